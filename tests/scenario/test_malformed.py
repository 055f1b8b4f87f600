"""Wrong scenarios: each is refused in one line that names file, field, value and what is allowed."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vienv.scenario import ScenarioError, Worlds, load

GOOD: dict[str, Any] = {
    "name": "small",
    "hosts": [{"name": "esx", "count": 2, "server": "Dell 2950 III", "memory_gb": 16}],
    "datastores": [{"name": "san"}, {"name": "disk", "kind": "local", "host": "esx-01"}],
    "pools": [{"name": "gold"}],
    "vms": {"count": 4},
    "vm": [{"name": "db", "host": "esx-01", "datastore": "san", "pool": "gold"}],
    "incidents": [{"kind": "maintenance", "at_s": 600, "duration_s": 600, "host": "esx-02"}],
}


def setting(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Set the field at a dotted path."""

    def change(data: dict[str, Any]) -> None:
        *folders, last = path.split(".")
        for part in folders:
            data = data[int(part)] if isinstance(data, list) else data.setdefault(part, {})
        if isinstance(data, list):
            data[int(last)] = value
        else:
            data[last] = value

    return change


CASES = [
    # (field path in the line, value set, what else the line must say)
    ("name", 7, "string"),
    ("name", "../../etc", "pattern"),
    ("name", "x" * 1000, "pattern"),
    ("profile", "vi4", "did you mean 'vi3'"),
    ("limits", "vmwear", "did you mean 'vmware'"),
    ("duration_h", float("nan"), "finite"),
    ("duration_h", float("inf"), "finite"),
    ("duration_h", -1, "greater than 0"),
    ("duration_h", "24", "number"),
    ("duration_h", 24.01, "multiple of interval_s"),
    ("tick_s", 0, "greater than or equal to 1"),
    ("interval_s", 310, "multiple of tick_s"),
    ("recommendations", 65, "less than or equal to 64"),
    ("recommendations", 3.5, "integer"),
    ("recommendations", True, "integer"),
    ("demand.grows_percent_a_day", -100, "greater than or equal to -99"),
    ("vm.0.grows_percent_a_day", "fast", "number"),
    ("hosts", [], "at least 1"),
    ("hosts", {}, "list"),
    ("hosts.0.count", -1, "greater than or equal to 1"),
    ("hosts.0.count", 10**30, "less than or equal to 4096"),
    ("hosts.0.memory_gb", -16, "greater than or equal to 1"),
    ("hosts.0.memory_gb", None, "number"),
    ("hosts.0.server", "Dell 2950 II", "did you mean 'Dell 2950 III'"),
    ("hosts.0.power_w", [1.0, 2.0], "at least 11"),
    ("hosts.0.power_w", [float(w) for w in range(11, 0, -1)], "never fall"),
    ("hosts.0.vmkernel_mbps", -1, "greater than or equal to 0"),
    ("datastores.0.kind", "FC", "'FC SAN'"),
    ("datastores.1.host", "esx-1", "did you mean 'esx-01'"),
    ("datastores.0.host", "esx-01", "no other does"),
    ("datastores.0.reached_by", ["esx-03"], "there is no host 'esx-03'"),
    ("pools.0.shares", "huge", "'normal'"),
    ("pools.0.limit_mhz", -5, "greater than or equal to 0"),
    ("vms.count", 70_000, "less than or equal to 65536"),
    ("vms.count", 2_000, "at most 170 a host"),
    ("vms.vcpus", [8], "at most 4 a VM"),
    ("vms.vcpus_percent", [50.0], "add up to 100"),
    ("vms.vcpus_percent", [50.0, 50.0], "as many percentages"),
    ("vms.pools", ["golden"], "did you mean 'gold'"),
    ("vms.reservation_percent", 101, "less than or equal to 100"),
    ("vm.0.host", "esx-20", "there is no host 'esx-20'"),
    ("vm.0.datastore", "sann", "did you mean 'san'"),
    ("vm.0.pool", "silver", "there is no pool 'silver'"),
    ("vm.0.name", "vm-001", "stands twice"),
    ("vm.0.memory_gb", 1e300, "less than or equal to 65536"),
    ("vm.0.memory_reservation_mb", 2048, "at most its memory_gb"),
    ("vm.0.restart_priority", "hihg", "did you mean 'high'"),
    ("demand.mean_load", 0, "greater than 0"),
    ("demand.imbalance_most", 0.05, "imbalance_least or more"),
    ("ha.admission", "percentage", "in profile vi3"),
    ("ha.failures_tolerated", 2, "fewer than the 2 hosts"),
    ("ha.host_mtbf_days", -20, "greater than or equal to 0.01"),
    ("power.minimum_hosts_on", 3, "at most the 2 hosts"),
    ("tariff.eur_per_kwh", -0.2, "greater than or equal to 0"),
    ("tariff.kind", "file", "a path"),
    ("tariff.file", "prices.csv", "none without"),
    ("prices.migration_eur", "cheap", "number"),
    ("incidents.0.kind", "host_failur", "did you mean 'host_failure'"),
    ("incidents.0.host", "esx-9", "there is no host"),
    ("incidents.0.at_s", 1e7, "below the episode"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_value_is_refused_in_one_line_with_file_field_and_what_is_allowed(
    tmp_path: Path, path: str, value: object, allowed: str
):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    field = path if path != "vm.0.name" else "vm"
    field = "vms.count" if (path, value) == ("vms.count", 2_000) else field
    line = refusal(data)
    assert line.startswith("scenario: "), line
    assert field in line or (path == "tariff.kind" and "tariff.file" in line), line
    assert allowed in line, line
    if isinstance(value, float | str) and len(str(value)) < 60 and path != "tariff.kind":
        assert str(value) in line, line


def leaves(data: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of everything in a scenario."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield f"{path}{key}"
        if isinstance(value, dict | list):
            yield from leaves(value, f"{path}{key}.")


WILD = [None, -1, 1e308, float("nan"), "a" * 10_000, "\n\x00", [], {}, True, 10**5000, [[[]]], [{}], b"x", object()]


def test_a_wild_value_in_any_field_is_accepted_or_refused_in_one_line():
    """Some 2,000 scenarios, each with one field of the whole schema replaced."""
    whole = load(copy.deepcopy(GOOD)).model_dump(mode="json")
    refused = 0
    for path in leaves(whole):
        for value in WILD:
            data = copy.deepcopy(whole)
            setting(path, value)(data)
            try:
                load(data)
            except ScenarioError as error:
                assert "\n" not in str(error)
                assert len(str(error)) < 600
                refused += 1
    assert refused > 1500


UNKNOWN = [
    ("durations_h", 24, "duration_h"),
    ("hosts.0.memory_mb", 1, "memory_gb"),
    ("vms.vcpu", [1], "vcpus"),
    ("demand.noise_correlations", 0.9, "noise_correlation"),
    ("ha.host_mtbf_day", 20, "host_mtbf_days"),
    ("prices.migrations_eur", 1, "migration_eur"),
]


@pytest.mark.parametrize(("path", "value", "near"), UNKNOWN, ids=[path for path, _, _ in UNKNOWN])
def test_an_unknown_key_is_refused_with_the_nearest_known_name(path: str, value: object, near: str):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    assert f"{path}: unknown key; did you mean {near!r}?" in line


def test_a_missing_field_is_named():
    data = copy.deepcopy(GOOD)
    del data["hosts"][0]["memory_gb"]
    assert refusal(data) == "scenario: hosts.0.memory_gb: missing; it is required"


def test_the_good_scenario_is_accepted():
    assert Worlds(load(copy.deepcopy(GOOD))).host_names == ("esx-01", "esx-02")


def test_duplicate_groups_and_names_are_refused():
    data = copy.deepcopy(GOOD)
    data["hosts"].append(dict(data["hosts"][0]))
    assert "group 'esx' stands twice" in refusal(data)
    data = copy.deepcopy(GOOD)
    data["vm"].append(dict(data["vm"][0]))
    assert "VM 'db' stands twice" in refusal(data)


def test_a_world_that_would_take_gigabytes_is_refused_before_it_is_allocated():
    data = copy.deepcopy(GOOD) | {"limits": "none", "duration_h": 8760}
    data["vms"] = {"count": 60_000}
    assert "duration_h" in refusal(data)
    assert "samples" in refusal(data)


def test_vms_that_fit_nowhere_are_refused_before_the_first_world():
    data = copy.deepcopy(GOOD)
    data["vms"] = {"count": 40, "memory_gb": [4], "memory_percent": [100.0]}
    scenario = load(data)
    with pytest.raises(ScenarioError, match="no host has room"):
        Worlds(scenario)


FILES = [
    ("nan.json", '{"name": "x", "duration_h": NaN}', "NaN"),
    ("infinite.json", '{"name": "x", "duration_h": 1e999}', "duration_h"),
    ("twice.json", '{"name": "x", "name": "y"}', "stands twice"),
    ("cut.json", '{"name": "x"', "not valid JSON"),
    ("deep.json", "[" * 200_000, "nested too deeply"),
    ("number.json", '{"name": "x", "duration_h": ' + "9" * 5000 + "}", "not valid JSON"),
    ("list.json", "[1, 2]", "dictionary"),
    ("twice.toml", 'name = "x"\nname = "y"', "not valid TOML"),
    ("nan.toml", 'name = "x"\nduration_h = nan', "duration_h"),
    ("deep.toml", "a = " + "[" * 200_000, "nested too deeply"),
    ("empty.toml", "", "missing"),
    ("scenario.yaml", "name: x", "neither a preset nor the path"),
]


@pytest.mark.parametrize(("name", "text", "said"), FILES, ids=[name for name, _, _ in FILES])
def test_a_broken_file_is_refused_in_one_line(tmp_path: Path, name: str, text: str, said: str):
    path = tmp_path / name
    path.write_text(text)
    line = refusal(path)
    assert said in line, line
    assert name in line, line


def test_a_file_that_is_not_text_is_refused(tmp_path: Path):
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe\x00name")
    assert "not valid TOML" in refusal(path)


def test_a_claim_of_two_gigabytes_is_refused_unread(tmp_path: Path):
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    assert "at most 16777216 are allowed" in refusal(path)


def test_folders_devices_and_missing_files_are_refused(tmp_path: Path):
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert "not a regular file" in refusal(folder)
    assert "No such file" in refusal(tmp_path / "none.toml")
    link = tmp_path / "zero.toml"
    link.symlink_to("/dev/zero")
    assert "not a regular file" in refusal(link)


def test_a_misspelt_preset_names_the_nearest():
    assert "did you mean 'office'?" in refusal("offce")


def test_a_source_of_another_type_is_refused():
    assert "not a preset's name, a path or a dict" in refusal(7)


def test_a_deeply_nested_dict_is_refused():
    nest: dict[str, Any] = {}
    for _ in range(100_000):
        nest = {"a": nest}
    assert "name" in refusal({"name": nest, "hosts": nest})


@pytest.mark.parametrize("hours", [0, 23, 47])
def test_a_price_file_of_too_few_hours_is_refused(tmp_path: Path, hours: int):
    prices = tmp_path / "prices.csv"
    prices.write_text("hour,EUR/MWh\n" + "".join(f"{h},50\n" for h in range(hours)))
    line = refusal(with_prices(tmp_path))
    assert "prices.csv" in line
    assert f"{hours} hourly prices; at least 72 are needed" in line


def test_a_price_file_with_a_bad_line_names_the_line(tmp_path: Path):
    (tmp_path / "prices.csv").write_text("hour,EUR/MWh\n0,50\n1,dear\n")
    assert "line 3: no price" in refusal(with_prices(tmp_path))
    (tmp_path / "prices.csv").write_text("hour,EUR/MWh\n0,nan\n")
    assert "line 2: the price is not finite" in refusal(with_prices(tmp_path))


def test_a_refusal_takes_less_memory_than_its_claim_would(tmp_path: Path):
    """In a process of its own that may take 1 GB: nothing is allocated for a claim that is refused."""
    path = tmp_path / "claim.json"
    claim = copy.deepcopy(GOOD) | {"limits": "none", "duration_h": 8760, "vms": {"count": 65_000}}
    path.write_text(json.dumps(claim))
    code = f"""
import resource
from vienv.scenario import ScenarioError, load
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    load({str(path)!r})
except ScenarioError as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used, error)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    kilobytes, line = out.split(" ", 1)
    assert int(kilobytes) < 100_000
    assert "duration_h" in line


def with_prices(folder: Path) -> Path:
    """A scenario file whose tariff is prices.csv beside it."""
    path = folder / "scenario.json"
    path.write_text(json.dumps(GOOD | {"tariff": {"kind": "file", "file": "prices.csv"}}))
    return path


def refusal(source: Any) -> str:
    """The one line with which a scenario is refused."""
    with pytest.raises(ScenarioError) as caught:
        load(source)
    line = str(caught.value)
    assert "\n" not in line
    assert 0 < len(line) < 600
    return line
