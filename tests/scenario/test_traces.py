"""Real rows under a scenario: every format, splits without a common (VM, day), and broken files in one line."""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.scenario.worlds import written
from vienv.scenario import ScenarioError, Worlds, archive, load
from vienv.scenario.archive import TraceError
from vienv.scenario.keys import SPLITS
from vienv.scenario.traces import read_trace, read_traces

DAY_S = 86_400.0
DAY = 288
SHARED = Path(__file__).parents[3] / "shared" / "data"
BITBRAINS = SHARED / "bitbrains" / "bitbrains_50vm_20d.npz"
PLANETLAB = SHARED / "planetlab" / "planetlab_20110303.npz"


@pytest.fixture
def planetlab(tmp_path: Path) -> Path:
    """One day of 40 VMs in PlanetLab's format; VM v's first sample is v percent."""
    percent = np.random.default_rng(1).integers(0, 60, (40, DAY)).astype(np.uint8)
    percent[:, 0] = np.arange(40)
    path = tmp_path / "planetlab.npz"
    np.savez(path, cpu_percent=percent, names=np.array([f"vm{v}" for v in range(40)], "S8"))
    return path


def bitbrains(path: Path, mhz: np.ndarray, start: str = "2013-08-12T13:35:46+00:00") -> Path:
    """A file in the Bitbrains archive's format; every VM has 1000 MHz."""
    np.savez(
        path,
        cpu_mhz=mhz.astype(np.float32),
        cpu_capacity_mhz=np.full(len(mhz), 1000.0, np.float32),
        start_utc=np.array(start.encode()),
    )
    return path


def test_a_row_is_a_fraction_of_the_scenario_s_vm(planetlab: Path):
    worlds = Worlds(load("office"), planetlab)
    rows = written(worlds, "train").demand
    first = (rows[12] * 100.0).round().astype(int)
    trace = np.load(planetlab)["cpu_percent"] / 100.0
    for v in range(worlds.sizes.vms):
        assert rows[12 : 12 + DAY, v] == pytest.approx(trace[first[v]], abs=1e-6)


def test_the_hour_before_repeats_the_first_sample(planetlab: Path):
    rows = written(Worlds(load("lab"), planetlab), "train").demand
    assert (rows[:13] == rows[12]).all()


def test_a_trace_of_one_day_gives_each_split_its_own_vms(planetlab: Path):
    bank = read_traces(planetlab, DAY_S)
    held = {split: {v for v, _ in bank.held_by(split)} for split in SPLITS}
    assert not held["train"] & held["test"]
    assert not held["train"] & held["tune"]
    assert not held["tune"] & held["test"]
    assert len(held["train"]) == 24


def test_worlds_of_one_day_differ_by_the_vms_drawn(planetlab: Path):
    worlds = Worlds(load("lab"), planetlab)
    assert (written(worlds, "train", 0).demand != written(worlds, "train", 1).demand).any()


def test_vms_repeat_only_when_the_trace_has_too_few(planetlab: Path):
    rows = written(Worlds(load("lab"), planetlab), "train").demand
    assert len({row.tobytes() for row in rows.T}) == 16


def test_days_begin_at_midnight_and_are_split(tmp_path: Path):
    """The record begins at 13:35:46, so 125 samples pass before its first midnight."""
    mhz = np.repeat(np.arange(125 + 6 * DAY)[None, :], 4, axis=0) % 997 + np.arange(4)[:, None]
    path = bitbrains(tmp_path / "b.npz", mhz)
    fractions = read_trace(path).fractions
    assert fractions[0, 0] == pytest.approx(125 / 1000)
    worlds = Worlds(load("lab"), path)
    weekdays = {written(worlds, "test", world).clock.week_starts_s[0] / DAY_S for world in range(5)}
    assert weekdays == {5.0}  # 12 August 2013 is a Monday: day 0 is Tuesday 13, test's day 4 is a Saturday
    starts = {split: {written(worlds, split, w).demand[12].min() for w in range(40)} for split in SPLITS}
    assert [len(starts[split]) for split in SPLITS] == [4, 1, 1]
    assert not starts["train"] & (starts["tune"] | starts["test"])


def test_a_vm_sits_out_the_days_of_which_records_are_missing(tmp_path: Path):
    mhz = np.full((3, 3 * DAY), 100.0)
    mhz[0] = 900.0
    mhz[0, DAY + 20 : DAY + 60] = np.nan
    bank = read_traces(bitbrains(tmp_path / "b.npz", mhz, "2013-08-12T00:00:00+00:00"), DAY_S)
    assert (0, 1) not in bank.held_by("tune")
    assert (0, 0) in bank.held_by("train")
    assert (0, 2) in bank.held_by("test")


def test_a_gap_of_an_hour_is_carried_over(tmp_path: Path):
    mhz = np.full((3, 3 * DAY), 100.0)
    mhz[0, 50:62] = np.nan
    fractions = read_trace(bitbrains(tmp_path / "b.npz", mhz, "2013-08-12T00:00:00+00:00")).fractions
    assert not np.isnan(fractions).any()


def test_use_above_capacity_is_clipped_to_1(tmp_path: Path):
    fractions = read_trace(bitbrains(tmp_path / "b.npz", np.full((3, DAY), 1060.0), "2013-08-12T00:00:00")).fractions
    assert fractions.max() == 1.0


def test_cloudsim_s_folder_equals_the_archive(tmp_path: Path, planetlab: Path):
    folder = tmp_path / "20110303"
    folder.mkdir()
    for v, row in enumerate(np.load(planetlab)["cpu_percent"]):
        (folder / f"vm{v:02d}").write_text("\n".join(str(int(x)) for x in row))
    assert (read_trace(folder).fractions == read_trace(planetlab).fractions).all()


def test_a_csv_has_a_column_a_vm_and_a_line_a_sample(tmp_path: Path):
    path = tmp_path / "demand.csv"
    path.write_text("a,b,c\n" + "0.5,,1\n" * DAY)
    fractions = read_trace(path).fractions
    assert fractions.shape == (3, DAY)
    assert (fractions[0] == 0.5).all()
    assert np.isnan(fractions[1]).all()


def test_the_data_s_hash_is_recorded(planetlab: Path):
    assert Worlds(load("lab"), planetlab).data_hash == hashlib.sha256(planetlab.read_bytes()).hexdigest()
    assert Worlds(load("lab")).data_hash == ""


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data with the real traces is not here")
@pytest.mark.parametrize("path", [BITBRAINS, PLANETLAB], ids=["bitbrains", "planetlab"])
def test_splits_of_the_real_traces_share_no_vm_and_day(path: Path):
    bank, fractions = read_traces(path, DAY_S), read_trace(path).fractions
    hashes: dict[str, set[bytes]] = {}
    for split in SPLITS:
        parts = [fractions[v, day * DAY : (day + 1) * DAY] for v, day in bank.held_by(split)]
        assert parts
        assert not any(np.isnan(part).any() for part in parts)
        busy = [part for part in parts if part.std() > 0.0]  # idle days are all alike
        hashes[split] = {hashlib.sha256(part.tobytes()).digest() for part in busy}
    assert not hashes["train"] & hashes["tune"]
    assert not hashes["train"] & hashes["test"]
    assert not hashes["tune"] & hashes["test"]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data with the real traces is not here")
@pytest.mark.parametrize("path", [BITBRAINS, PLANETLAB], ids=["bitbrains", "planetlab"])
def test_worlds_under_real_traces_are_whole(path: Path):
    worlds = Worlds(load("rack"), path)
    c = written(worlds, "test", 5)
    assert not np.isnan(c.floats).any()
    assert c.workload.demand.min() >= 0.0
    assert c.workload.demand.max() <= 1.0
    assert c.hosts.demand_mhz.sum() > 0.0


def truncated(path: Path, keep: float) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * keep)])


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_archive_is_refused_in_one_line(planetlab: Path, keep: float):
    truncated(planetlab, keep)
    assert "planetlab.npz" in refusal(planetlab)


def test_flipped_bytes_are_refused(planetlab: Path):
    raw = bytearray(planetlab.read_bytes())
    raw[200:260] = bytes(60)
    planetlab.write_bytes(bytes(raw))
    assert "not a whole npz archive" in refusal(planetlab)


def test_a_header_that_claims_terabytes_is_refused_before_it_is_allocated(tmp_path: Path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 10**6)})
    path = tmp_path / "claim.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cpu_percent.npy", header.getvalue() + b"1234")
    assert "its header claims" in refusal(path)


def test_a_pickle_is_never_loaded(tmp_path: Path):
    path = tmp_path / "pickle.npz"
    np.savez(path, cpu_percent=np.array([{"a": 1}], object))
    assert "Python objects" in refusal(path)


def test_a_bomb_is_refused_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """1 MB of zeros takes 1 kB packed: what counts is what the members claim, before one is unpacked."""
    monkeypatch.setattr(archive, "MOST_BYTES", 512 * 1024)
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, cpu_percent=np.zeros((1024, 1024), np.uint8))
    assert path.stat().st_size < 64 * 1024
    assert "more than 524288 bytes unpacked" in refusal(path)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("short.csv", "a,b,c\n" + "0.1,0.2,0.3\n" * 276, "23 h from midnight on; the episode needs 24 h"),
        ("odd.csv", "a,b,c\n0.1,0.2\n", "line 2: 2 fields; the heading has 3"),
        ("words.csv", "a,b,c\n0.1,0.2,busy\n", "line 2: fractions 0 to 1"),
        ("negative.csv", "a,b,c\n" + "0.1,-0.2,0.3\n" * DAY, "not negative"),
        ("infinite.csv", "a,b,c\n" + "0.1,inf,0.3\n" * DAY, "finite"),
        ("empty.csv", "", "holds no demand"),
        ("two.csv", "a,b\n" + "0.1,0.2\n" * DAY, "three VMs or days needed"),
        ("demand.txt", "0.1", "a .npz, a .csv or a folder"),
        ("foreign.npz", "PK", "not a whole npz archive"),
    ],
)
def test_an_odd_file_is_refused_in_one_line(tmp_path: Path, name: str, text: str, said: str):
    path = tmp_path / name
    path.write_text(text)
    assert said in refusal(path)


def test_an_archive_of_something_else_is_refused(tmp_path: Path):
    path = tmp_path / "else.npz"
    np.savez(path, weights=np.zeros(3))
    assert "neither cpu_percent nor cpu_mhz" in refusal(path)
    np.savez(path, cpu_percent=np.zeros(288))
    assert "(vms, samples) are needed" in refusal(path)
    np.savez(path, cpu_mhz=np.zeros((3, 288)), cpu_capacity_mhz=np.zeros(3), start_utc=np.array(b"2013"))
    assert "above 0" in refusal(path)
    np.savez(path, cpu_mhz=np.zeros((3, 288)), cpu_capacity_mhz=np.ones(3), start_utc=np.array(b"2013"))
    assert "start_utc" in refusal(path)


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path):
    assert "No such file" in refusal(tmp_path / "none.npz")
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "0 files" in refusal(folder)
    (folder / "vm1").write_text("1\n2\n")
    (folder / "vm2").write_text("1\n")
    assert "1 samples; vm1 has 2" in refusal(folder)


def refusal(path: Path) -> str:
    """The one line with which a trace is refused."""
    with pytest.raises(TraceError) as caught:
        read_traces(path, DAY_S)
    line = str(caught.value)
    assert isinstance(caught.value, ScenarioError)
    assert "\n" not in line
    assert path.name in line
    return line
