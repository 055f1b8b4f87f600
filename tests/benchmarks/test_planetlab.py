"""Runs are held against CloudSim's: what is equal passes, what differs is named, what cannot be run is refused."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import planetlab, planetlab_runs
from benchmarks.cloudsim_reference import FIGURES, STATE, References
from vienv.cloudsim import STANDARD, Policy, Results, ready, simulate
from vienv.scenario.planetlab import SAMPLES, read_day

REAL = Path(__file__).parents[3] / "shared" / "data" / "planetlab"
DAYS = ("20110303", "20110306")
NAMES = ("b_root", "B_guest", "a_root")
INTERVALS = 287
EQUAL: dict[str, Any] = {
    "energy_kwh": 192.62307,
    "migrations": 26711,
    "distinct_vm_moves": 23535,
    "slav": 0.0000317578,
    "slatah": 0.0491328263,
    "pdm": 0.0006463668,
    "sla_overall": 0.0007100112,
    "sla_average": 0.1015113878,
    "host_shutdowns": 5885,
    "mean_time_before_shutdown_s": 949.58,
    "sd_time_before_shutdown_s": 3248.17,
    "mean_time_before_vm_migration_s": 13.88,
    "sd_time_before_vm_migration_s": 6.32,
    "mean_active_hosts": 91.86,
    "vms_left_at_end": 520,
    "sim_time_s": 86400.0,
}
ALLOWED = {
    **dict.fromkeys(("migrations", "distinct_vm_moves", "host_shutdowns", "vms_left_at_end"), 0),
    "energy_kwh": 1e-5,
    "slatah": 1e-9,
    **{column: 2e-6 * EQUAL[column] for column in ("pdm", "sla_overall", "sla_average")},
    **{column: 0.005 for column in EQUAL if column.startswith(("mean_", "sd_"))},
}
RUNS = (  # policy, selection, parameter, rng_seed, vm_order
    ("dvfs", "", "", "", "name_bytes"),
    ("thr", "mmt", "0.8", "", "name_bytes"),
    ("thr", "rs", "0.8", "1", "name_bytes"),
    ("thr", "rs", "0.8", "2", "name_bytes"),
    ("thr", "mmt", "0.8", "", "name_uppercase"),
)
STATES = np.arange(1.0, INTERVALS + 1.0)[:, None] * [1.0, 10.5, 2.0, 3.0, 0.25]
REPAIRED = (("dvfs", 929.7, 0), ("thr-mmt-0.8", 255.5, 41_116), ("lr-mmt-1.2", 225.3, 45_151))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two days of three VMs; CloudSim's runs of the first, and the steps of one of them."""
    percent = np.full((len(NAMES), SAMPLES), 7, np.uint8)
    percent[:, 0], percent[:, 5] = np.arange(1, len(NAMES) + 1), 0
    for day in DAYS:
        np.savez(tmp_path / f"planetlab_{day}.npz", cpu_percent=percent, names=np.array(NAMES, "S"))
    heading = "day,policy,selection,parameter,rng_seed,vm_order,vms,user_s_median,sys_s_median," + ",".join(EQUAL)
    lines = [",".join([DAYS[0], *run, "3,14,2", *map(str, EQUAL.values())]) for run in RUNS]
    (tmp_path / "cloudsim_reference.csv").write_text("\n".join([heading, *lines]) + "\n")
    heading = "day,policy,selection,t_s," + ",".join(figure.column for figure in STATE)
    lines = [f"{DAYS[0]},thr,mmt,0," + ",".join(map(str, state)) for state in STATES]
    (tmp_path / "cloudsim_intervals.csv").write_text("\n".join([heading, *lines]) + "\n")
    return tmp_path


class Model:
    """Stands in for the simulation: gives what it is told to give, and remembers what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.figures, self.intervals = dict(EQUAL), STATES.copy()
        self.asked: list[tuple[str, int, list[int]]] = []
        self.least: list[float] = []
        monkeypatch.setattr(planetlab_runs, "simulate", self.simulate)
        monkeypatch.setattr(planetlab, "ready", lambda: None)

    def simulate(self, percent: np.ndarray, policy: Policy, seed: int = 0) -> Results:
        assert percent.shape == (len(NAMES), SAMPLES)
        assert percent.dtype == np.float64
        self.asked.append((policy.name, seed, percent[:, 0].astype(int).tolist()))
        self.least.append(float(percent.min()))
        return Results(**self.figures, intervals=self.intervals)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    return Model(monkeypatch)


def main(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    """The exit status of a command line."""
    monkeypatch.setattr(sys, "argv", ["planetlab", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        planetlab.main()
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, data: Path, model: Model):
    """Run the benchmark on the synthetic days; returns its exit status."""
    return lambda *arguments: main(monkeypatch, "--data", data, *arguments)


def test_every_run_on_record_is_repeated_in_its_order_and_with_its_seed(bench, model, capsys):
    assert bench("--day", DAYS[0]) == 0
    by_bytes, by_uppercase = [2, 3, 1], [3, 2, 1]
    assert model.asked == [
        ("dvfs", 0, by_bytes),
        ("thr-mmt-0.8", 0, by_bytes),
        ("thr-mmt-0.8", 0, by_uppercase),
        ("thr-rs-0.8", 1, by_bytes),
        ("thr-rs-0.8", 2, by_bytes),
    ]
    said = capsys.readouterr()
    assert said.out.count(" equal ") == len(RUNS)
    assert said.out.count("| CloudSim |") == len(RUNS)
    assert "5 of 5 runs give CloudSim's figures." in said.out
    assert "differs" not in said.out
    assert said.err == ""


@pytest.mark.parametrize("column", ALLOWED)
def test_a_figure_beyond_its_tolerance_is_named_and_one_within_is_equal(bench, model, capsys, column):
    model.figures[column] = EQUAL[column] + 0.99 * ALLOWED[column]
    assert bench("--policy", "dvfs", "--day", DAYS[0]) == 0
    capsys.readouterr()
    model.figures[column] = EQUAL[column] - (1.01 * ALLOWED[column] or 1)
    assert bench("--policy", "dvfs", "--day", DAYS[0]) == 1
    said = capsys.readouterr().out
    assert "| differs |" in said
    assert f"{DAYS[0]} dvfs bytes differs: {column} " in said


def test_every_figure_has_a_tolerance():
    assert {figure.column for figure in FIGURES} == set(ALLOWED)


def test_a_figure_that_is_not_a_number_differs(bench, model):
    model.figures["pdm"] = math.nan
    assert bench("--policy", "dvfs", "--day", DAYS[0]) == 1


@pytest.mark.parametrize("k", range(len(STATE)))
def test_the_first_step_that_departs_is_named(bench, model, capsys, k):
    model.figures["migrations"] += 1
    model.intervals[200:, :] += 5.0
    model.intervals[3, k] += 1.0
    assert bench("--policy", "thr-mmt", "--day", DAYS[0]) == 1
    said = capsys.readouterr().out
    assert f"{DAYS[0]} thr-mmt-0.8 bytes departs at step 4 of 287, 1200.1 s: {STATE[k].column} " in said
    assert "thr-mmt-0.8 uppercase differs: migrations 26712, CloudSim 26711" in said
    assert "uppercase departs" not in said  # CloudSim's steps are on record in byte order


def test_json_says_the_same_as_data(bench, model, capsys):
    model.figures["mean_time_before_vm_migration_s"] = math.nan
    assert bench("--policy", "thr-rs", "thr-mmt-0.7", "--day", DAYS[0], "--seed", "2", "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["equal"], said["repaired"]) == (False, False)
    assert len(said["kernels"]) == 64
    assert {"version", "machine", "peak_rss_mib"} <= said.keys()
    drawn, other = said["runs"]
    assert (drawn["policy"], drawn["seed"], drawn["order"], drawn["vms"]) == ("thr-rs-0.8", 2, "bytes", 3)
    assert len(drawn["data_sha256"]) == 64
    assert drawn["reference"]["energy_kwh"] == drawn["measured"]["energy_kwh"] == EQUAL["energy_kwh"]
    assert drawn["measured"]["mean_time_before_vm_migration_s"] is None
    assert [each["figure"] for each in drawn["differences"]] == ["mean_time_before_vm_migration_s"]
    assert (drawn["equal"], drawn["reference_cpu_s"]) == (False, 16.0)
    assert drawn["cpu_s"] > 0.0
    assert (other["policy"], other["seed"], other["equal"], other["reference"]) == ("thr-mmt-0.7", None, None, None)


def test_what_cloudsim_leaves_undefined_is_not_compared(bench, model, data, capsys):
    path = data / "cloudsim_reference.csv"
    path.write_text(path.read_text().replace("13.88", ""))
    model.figures["mean_time_before_vm_migration_s"] = math.nan
    assert bench("--day", DAYS[0], "--json") == 0
    assert json.loads(capsys.readouterr().out)["equal"] is True


def test_a_day_without_a_record_is_run_by_the_standard_policies(bench, model, capsys):
    assert bench("--day", DAYS[1]) == 0
    assert [name for name, *_ in model.asked] == [policy.name for policy in STANDARD]
    said = capsys.readouterr().out
    assert said.count(" no reference ") == len(STANDARD)
    assert "Nothing is there to compare with" in said
    assert "runs give" not in said


def test_without_the_csv_there_is_nothing_to_compare_with(bench, model, data, capsys):
    (data / "cloudsim_reference.csv").unlink()
    assert bench("--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["equal"] is None
    assert len(said["runs"]) == len(DAYS) * len(STANDARD)
    assert {(run["policy"], run["seed"]) for run in said["runs"]} >= {("thr-rs-0.8", 1), ("npa", None)}


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["--policy", "thr-rs", "--seed", "2"], [("thr-rs-0.8", 2)]),
        (["--policy", "thr-rs", "--seed", "7"], [("thr-rs-0.8", 7)]),
        (["--policy", "thr-rs-0.8", "thr-rs", "--order", "listing"], [("thr-rs-0.8", 1)]),
        (["--policy", "thr-mmt", "--seed", "2"], [("thr-mmt-0.8", 0), ("thr-mmt-0.8", 0)]),
        (["--order", "uppercase"], [("thr-mmt-0.8", 0)]),
    ],
)
def test_seed_order_and_policy_choose_what_is_run(bench, model, arguments, asked):
    assert bench("--day", DAYS[0], *arguments) == 0
    assert [(name, seed) for name, seed, _ in model.asked] == asked


def test_one_day_itself_is_compared_with_the_record_beside_it(monkeypatch, data, model, capsys):
    assert main(monkeypatch, "--data", data / f"planetlab_{DAYS[0]}.npz") == 0
    assert capsys.readouterr().out.count(" equal ") == len(RUNS)


def test_repaired_leaves_nobody_at_zero_and_is_held_against_the_stock_run(bench, model, capsys):
    model.figures["migrations"] += 1  # what CloudSim's stock runs gave is not what it is held against
    assert bench("--day", DAYS[0], "--policy", "dvfs", "--repaired") == 0
    assert model.least[0] == 0.0
    assert 0.0 < model.least[1] < 1e-6
    said = capsys.readouterr().out
    assert "| repaired |" in said
    assert "| stock    |" in said
    assert "Why it matters" in said
    assert "equal" not in said


def test_a_terminal_sees_each_run_begin(bench, model, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert bench("--day", DAYS[0]) == 0
    assert capsys.readouterr().err.splitlines()[4] == f"5/5 {DAYS[0]} thr-rs-0.8 seed 2 bytes"


REFUSED = [
    (["--policy", "thr-mmx"], "thr-mmx"),
    (["--policy", "thr-mmt-zero"], "thr-mmt-zero"),
    (["--policy", "hal-mmt"], "hal-mmt"),
    (["--policy", ""], "--policy"),
    (["--order", "byte"], "'byte'"),
    (["--seed", "-1"], "'-1'; a whole number from 0 to 9223372036854775807"),
    (["--seed", "1.5"], "'1.5'; a whole number"),
    (["--seed", "9" * 5000], "9'; a whole number"),
    (["--day", "20110304"], "there is no day '20110304'; did you mean"),
    (["--days", "x"], "unrecognized arguments"),
    (["--data", "nowhere"], "nowhere: cannot be read: No such file"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_run_is_refused_in_one_line(bench, model, capsys, arguments, said):
    assert bench(*arguments) == 2
    assert said in refusal(capsys)
    assert model.asked == []


def refusal(capsys) -> str:
    """The one line on stderr; nothing is on stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("planetlab: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("7\n" * 287, None, "a_root: 287 lines; 288 are needed"),
        ("7\n" * 287 + "130\n", None, "a_root: line 288: '130'; a whole percentage from 0 to 100"),
        (None, None, "2 VMs are there; CloudSim ran 3"),
    ],
)
def test_a_folder_with_a_short_wrong_or_missing_file_is_refused(bench, model, data, capsys, name, text, said):
    (data / f"planetlab_{DAYS[0]}.npz").unlink()
    folder = data / DAYS[0]
    folder.mkdir()
    for each in NAMES[:2]:
        (folder / each).write_text("7\n" * SAMPLES)
    if name is not None:
        (folder / "a_root").write_text(name)
    assert bench() == 2
    assert said in refusal(capsys)
    assert model.asked == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("cloudsim_reference.csv", "name_bytes", "name_size", "line 2: vm_order 'name_size'; name_bytes or"),
        ("cloudsim_reference.csv", "192.62307", "much", "line 2: energy_kwh 'much'; a number is needed"),
        ("cloudsim_reference.csv", "192.62307", "nan", "line 2: energy_kwh 'nan'; a number is needed"),
        ("cloudsim_reference.csv", "thr,mmt", "thr,mmx", "line 3: "),
        ("cloudsim_reference.csv", ",vms,", ",machines,", "line 2: vms None; a number is needed"),
        ("cloudsim_intervals.csv", "1.0,10.5", "1.0,", "line 2: used_mips ''; a number is needed"),
        ("cloudsim_intervals.csv", "thr,mmt", "thr", "line 2: "),
    ],
)
def test_a_broken_record_is_refused(bench, model, data, capsys, file, old, new, said):
    path = data / file
    path.write_text(path.read_text().replace(old, new, 1))
    assert bench() == 2
    assert f"{path}: {said}" in refusal(capsys)


def test_a_record_that_is_not_text_is_refused(bench, model, data, capsys):
    (data / "cloudsim_reference.csv").write_bytes(b"day\n\xff\xfe\n")
    assert bench() == 2
    assert "not a CSV file in UTF-8" in refusal(capsys)


@pytest.fixture
def real() -> Path:
    """The folder of the real days."""
    if not REAL.exists():
        pytest.skip("../shared/data/planetlab with three real days and CloudSim's figures is not beside the project")
    return REAL


@pytest.mark.parametrize(("day", "runs"), [("20110303", 14), ("20110306", 12), ("20110322", 12)])
def test_all_of_cloudsim_s_runs_of_a_real_day_are_equal(monkeypatch, capsys, real, day, runs):
    status = main(monkeypatch, "--data", real, "--day", day, "--json")
    said = json.loads(capsys.readouterr().out)
    assert [run["differences"] for run in said["runs"] if not run["equal"]] == []
    assert (status, len(said["runs"])) == (0, runs)


def test_the_real_steps_are_those_of_cloudsim(real):
    ready()
    references = References(real)
    for row in references.rows:
        if (
            row.day == DAYS[0]
            and row.order == "bytes"
            and row.policy in map(Policy.parse, ("dvfs", "thr-mmt", "lr-mmt"))
        ):
            intervals = simulate(read_day(real, row.day).percent, row.policy).intervals
            assert references.first_departure(row, intervals) is None
            intervals[286, 0] += 1.0
            assert "step 287 of 287" in references.first_departure(row, intervals)


def test_a_repaired_real_day_costs_what_all_its_vms_cost(monkeypatch, capsys, real):
    names = [name for name, *_ in REPAIRED]
    arguments = ["--day", DAYS[0], "--order", "bytes", "--policy", *names, "--repaired", "--json"]
    assert main(monkeypatch, "--data", real, *arguments) == 0
    said = json.loads(capsys.readouterr().out)
    for run, (name, kwh, migrations) in zip(said["runs"], REPAIRED, strict=True):
        assert run["policy"] == name
        assert run["measured"]["energy_kwh"] == pytest.approx(kwh, abs=0.05)
        assert run["measured"]["migrations"] == migrations
        assert run["measured"]["vms_left_at_end"] == run["vms"] == 1052
        assert run["stock"]["vms_left_at_end"] == 520
