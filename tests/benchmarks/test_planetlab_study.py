"""The study of CloudSim's benchmark at toy size: it plays the same day as the model, and prints every table."""

import sys

import numpy as np
import pytest

from benchmarks import planetlab_study, planetlab_watch
from vienv.cloudsim import Policy, simulate
from vienv.core import jit


@pytest.fixture(scope="module")
def percent():
    jit.ready(planetlab_watch.advance)
    return np.random.default_rng(0).integers(1, 100, (40, 288)).astype(float)


@pytest.mark.parametrize("name", ["dvfs", "thr-mmt", "lr-mmt"])
def test_a_day_that_is_watched_step_by_step_has_the_figures_of_the_day(name, percent):
    policy = Policy.parse(name)
    found, whole = planetlab_watch.watched(percent, policy, 1).results, simulate(percent, policy, 1)
    for measured, expected in zip(found, whole, strict=True):
        np.testing.assert_array_equal(measured, expected)


def test_hosts_that_are_never_used_are_most_and_boots_are_charged_at_peak_for_four_minutes(percent):
    idle = planetlab_watch.watched(percent, Policy.parse("dvfs"), 1)
    busy = planetlab_watch.watched(percent, Policy.parse("thr-mmt"), 1)
    assert idle.never_used > 700
    assert (idle.boots, idle.boot_kwh, idle.receiving) == (0, 0.0, 0.0)
    assert busy.boots > 0
    assert busy.boots * 117 / 15_000 <= busy.boot_kwh <= busy.boots * 135 / 15_000
    assert 0.0 < busy.receiving <= 1.0


def test_only_demand_that_changes_makes_the_mean_of_a_slices_ends_differ_from_its_beginning(percent):
    steady = planetlab_watch.watched(np.full_like(percent, 20.0), Policy.parse("dvfs"), 1)
    rising = planetlab_watch.watched(np.tile(np.linspace(5.0, 80.0, 288), (len(percent), 1)), Policy.parse("dvfs"), 1)
    assert steady.slope_kwh == pytest.approx(0.0, abs=1e-9)
    assert rising.slope_kwh > 0.0


def test_the_study_prints_its_tables_and_draws_its_picture(tmp_path, monkeypatch, capsys, percent):
    np.savez(
        tmp_path / "planetlab_20000101.npz",
        cpu_percent=percent.astype(np.uint8),
        names=np.array([f"vm{k:02}".encode() for k in range(len(percent))]),
    )
    picture = tmp_path / "planetlab.png"
    monkeypatch.setattr(sys, "argv", ["planetlab_study", "--data", str(tmp_path), "--picture", str(picture)])
    planetlab_study.main()
    printed = capsys.readouterr().out
    for title in ("Not charged", "Order of the files", "20000101: stock and repaired"):
        assert title in printed
    assert "| lr-mc-1.2 |" in printed
    assert picture.stat().st_size > 10_000
