"""What a benchmark found survives JSON and CSV, and names its machine."""

import csv
import json

from benchmarks.report import Figure, Report, Row, machine, read_csv, write_csv

KEYS = {
    "name",
    "scenario",
    "num_envs",
    "threads",
    "load",
    "vm_ticks_per_s",
    "env_steps_per_s",
    "ns_per_vm_tick",
    "ratio_to_c",
    "hosts_on",
    "migrations_in_flight",
    "episodes_ended",
}
ROW = Row(
    "kernel", "office", 64, 2, "contended", 1.5e8, 2.0e5, 6.5, 1.07, hosts_on=7.5, episodes_ended=128, note="a, b"
)
FIGURE = Figure("kernel_to_c", "office, free", 1.07, note="x")


def test_json_is_one_object_with_the_first_row_s_keys_and_all_rows(capsys):
    Report("made", [ROW, Row("C", "office")], [FIGURE]).show(is_json=True)
    said = json.loads(capsys.readouterr().out)
    assert set(said) >= KEYS
    assert (said["name"], said["ns_per_vm_tick"], said["load"]) == ("kernel", 6.5, "contended")
    assert [row["name"] for row in said["rows"]] == ["kernel", "C"]
    assert said["machine"] == machine()
    assert Report.of_dict(said) == Report("made", [ROW, Row("C", "office")], [FIGURE])


def test_csv_gives_back_what_was_written_and_every_line_names_the_machine(tmp_path):
    path = tmp_path / "folder" / "rows.csv"
    write_csv(path, Row, [ROW, Row("C", "office")])
    assert read_csv(path, Row) == [ROW, Row("C", "office")]
    write_csv(tmp_path / "figures.csv", Figure, [FIGURE])
    assert read_csv(tmp_path / "figures.csv", Figure) == [FIGURE]
    with path.open(newline="") as file:
        assert all({name: line[name] for name in machine()} == machine() for line in csv.DictReader(file))


def test_the_machine_is_named_by_cpu_cores_versions_load_and_date():
    assert set(machine()) == {"cpu", "cores", "python", "numba", "numpy", "gymnasium", "others", "date"}
    assert all(machine().values())


def test_a_table_shows_only_columns_that_any_row_fills(capsys):
    Report("made", [Row("C", "office", ns_per_vm_tick=2.5)]).show(is_json=False)
    said = capsys.readouterr().out
    assert "ns_per_vm_tick" in said
    assert "ratio_to_c" not in said
    assert machine()["cpu"] in said
