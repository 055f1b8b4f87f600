"""The study of DRS's and DPM's settings: reproducible, resumable, and written so that the baseline reads it."""

import pytest

pytest.importorskip("optuna")

from rich.console import Console

from agents import tune
from vienv.baselines.dpm import DpmSettings
from vienv.baselines.drs import DrsSettings
from vienv.baselines.drs_dpm import tuned_settings

QUIET = Console(quiet=True)
TRIALS = 14  # a few more than the sampler's random start


@pytest.fixture
def bowl(monkeypatch):
    """Instead of playing worlds: an index with its least value inside the space."""

    def index(_, found):
        return 50.0 + (found["drs.threshold"] - 4.0) ** 2 + (found["dpm.target"] - 0.8) ** 2

    monkeypatch.setattr(tune, "evaluate", index)


def test_the_first_evaluation_is_the_defaults_and_the_best_is_no_worse(bowl, tmp_path):
    best, default = tune.search(None, tmp_path / "study.log", TRIALS, 0, QUIET)
    assert default == pytest.approx(50.0 + 1.0 + 0.17**2)
    assert best.value < default


def test_a_study_that_was_stopped_ends_as_one_that_was_not(bowl, tmp_path):
    whole, _ = tune.search(None, tmp_path / "whole.log", TRIALS, 7, QUIET)
    for trials in (1, 5, 12, TRIALS):
        resumed, _ = tune.search(None, tmp_path / "resumed.log", trials, 7, QUIET)
    assert resumed.params == whole.params
    other, _ = tune.search(None, tmp_path / "other.log", TRIALS, 8, QUIET)
    assert other.params != whole.params


def test_the_baseline_reads_what_the_study_writes(tmp_path):
    found = {name: least for name, (least, _, _) in tune.SPACE.items()}
    path = tmp_path / "tuned.toml"
    path.write_text(tune.document(found, 3, 0, ("lab", "office"), 32, (57.0, 55.0)))
    drs, dpm = tuned_settings(path)
    assert drs == DrsSettings(
        threshold=1.5, target_coefficient=0.02, minimum_gain=0.002, strong_gain=0.05, stable_intervals=2.0
    )
    assert dpm == DpmSettings(
        target=0.45,
        tolerance=0.03,
        deviations=0.0,
        minimum_uptime_h=0.08,
        power_performance_ratio=2.0,
        stable_intervals=3.0,
    )


def test_every_setting_that_is_searched_can_be_at_its_default():
    for name, (least, most, _) in tune.SPACE.items():
        table, setting = name.split(".")
        default = getattr(DrsSettings() if table == "drs" else DpmSettings(), setting)
        assert least <= default <= most, name
