"""Every benchmark runs at toy size and names what surrounds its numbers. What they measure is judged nowhere here."""

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as bench
from benchmarks import blocks, clusters, draws, overhead, physics, scaling, startup, threads, throughput
from benchmarks.clusters import CONTENDED, FREE
from benchmarks.report import Figure, Report, Row, read_csv
from vienv.core import arena, jit
from vienv.core.enums import HISTORY_INTERVALS
from vienv.envs.vector_env import ClusterVectorEnv

TOY = (2, 8)


@pytest.mark.parametrize("load", clusters.LOADS)
@pytest.mark.parametrize("name", [*clusters.PRESETS, *clusters.SIZES])
def test_contended_has_every_host_over_its_capacity_at_all_times_and_free_leaves_room(name, load):
    scenario = clusters.preset(name, load) if isinstance(name, str) else clusters.made(*name, load)
    over = host_loads(physics.Batch(scenario, 1)) > 1.0
    assert over.mean() > 0.99 if load == CONTENDED else over.mean() < 0.1


def host_loads(batch):
    """Demand / capacity of each host, if nothing ever moves: (samples of the episode, hosts)."""
    rows = batch.floats[0], batch.ints[0], batch.spans
    hosts, vms = arena.hosts_of(*rows), arena.vms_of(*rows)
    mhz = arena.workload_of(*rows).demand.reshape(-1, vms.host.size)[HISTORY_INTERVALS:] * vms.cpu_configured_mhz
    lives_on = vms.host[:, np.newaxis] == np.arange(hosts.power_state.size)
    return mhz @ lives_on / hosts.cpu_capacity_mhz


def test_rivals_take_turns_and_the_first_turn_is_not_counted():
    turns = []

    def rival(name, costs):
        return lambda: turns.append(name) or costs.pop(0)

    found = blocks.interleaved({"a": rival("a", [99.0, 6.0, 4.0, 5.0]), "b": rival("b", [9.0, 2.0, 2.0, 2.5])}, 0.0)
    assert "".join(turns) == "abababab"
    assert found["a"] == blocks.Cost((6.0, 4.0, 5.0))
    assert (found["a"].best, found["a"].median) == (4.0, 5.0)
    assert found["a"].over(found["b"]) == (2.0, 2.0)


def test_a_batch_that_is_put_back_plays_the_same_episode():
    jit.ready(physics.advance)
    batch = physics.Batch(clusters.made(*TOY), 2)
    assert batch.episode() == 24 * 15 * 8 * 2
    first = batch.checksum
    batch.rewind()
    assert batch.clock.interval.max() == 0
    batch.episode()
    assert batch.checksum == first != 0.0


def test_scaling_sets_sizes_and_loads_side_by_side():
    report = scaling.measure(seconds=0.0, sizes=(TOY,), presets=())
    assert {(row.scenario, row.load) for row in report.rows} == {
        (name, load) for name in ("2x8", "2x8, new demand each tick") for load in clusters.LOADS
    }
    assert all(row.ns_per_vm_tick > 0.0 and row.hosts_on == 2.0 for row in report.rows)
    assert {row.crowded for row in report.rows if row.load == CONTENDED} == {1.0}
    assert {figure.goal for figure in report.figures} == {"contended_to_free", "memory_growth"}


def test_throughput_steps_a_batch_by_both_policies_at_both_loads():
    report = throughput.measure("lab", num_envs=2, seconds=0.0)
    assert [(row.name, row.load) for row in report.rows] == [
        (f"VectorEnv.step, {policy}", load) for load in clusters.LOADS for policy in ("random legal", "commit")
    ]
    assert all(row.env_steps_per_s > 0.0 and row.episodes_ended >= 8 for row in report.rows)


def test_pick_and_place_counts_resets_too():
    report = throughput.measure_pick_and_place(3, 12, seconds=0.0)
    (row,) = report.rows
    assert (row.scenario, row.num_envs, row.load) == ("3x12", 1, FREE)
    assert row.episodes_ended == 4
    assert report.figures == []


def test_a_command_line_prints_one_json_object(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["draws", "--json"])
    draws.main()
    said = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in said["rows"]] == ["Philox4x32-10, uniform", "Philox4x32-10, normal"]


def test_a_process_that_fails_before_its_first_step_is_an_error(tmp_path):
    with startup.Process(tmp_path, "raise SystemExit(3)") as process, pytest.raises(startup.StartError, match="3"):
        process.first_step()


def test_a_start_tells_its_cpu_time_and_whether_it_compiled(tmp_path):
    program = f"import sys; print({startup.COMPILING!r}, file=sys.stderr); print(0.5, False, flush=True)"
    with startup.Process(tmp_path, program) as process:
        start = process.first_step()
    assert (start.cpu_s, start.has_told) == (0.5, True)
    assert start.wall_s > 0.0


@pytest.mark.slow
def test_cold_cached_and_uncached_starts_all_reach_their_first_step():
    report = startup.measure(starts=3)
    assert {figure.goal for figure in report.figures} == {"cached_start", "cold_compile"}
    assert len(report.rows) == 5


def test_training_times_both_learners_and_the_environment_inside():
    pytest.importorskip("sb3_contrib")
    training = importlib.import_module("benchmarks.training")  # torch is slow to import
    report = training.measure(0.0, replace(training.RECIPE, num_envs=2, steps_per_rollout=16, batch_size=16))
    assert [row.name for row in report.rows] == ["MaskablePPO", "PPO"]
    share = next(figure for figure in report.figures if figure.goal == "env_share")
    assert 0.0 < share.value < 100.0


def test_results_are_rows_figures_goals_and_a_picture(tmp_path):
    pytest.importorskip("matplotlib")
    rows = [
        Row(scaling_row, size, load=load, ns_per_vm_tick=2.0)
        for scaling_row in ("bare kernel", "C")
        for size in ("8x64", "32x512", "800x1052", "office")
        for load in clusters.LOADS
    ]
    figures = [Figure("contended_to_free", "8x64", 2.5)]
    bench.write({"scaling": Report("scaling", rows, figures)}, tmp_path)
    assert read_csv(tmp_path / "scaling.csv", Row) == rows
    assert read_csv(tmp_path / "figures.csv", Figure) == figures
    assert "short" in (tmp_path / "goals.md").read_text()
    assert Path(tmp_path / "cost.png").read_bytes()[1:4] == b"PNG"


def test_overhead_times_both_sides_of_the_boundary():
    report = overhead.measure(seconds=0.0, batches=((2, FREE),), scenario="lab")
    assert {figure.goal for figure in report.figures} == {"vector_step", "env_step_dict", "env_step_flat"}
    assert [row.name for row in report.rows[:2]] == ["VectorEnv.step", "native call, batch"]


def test_the_bare_call_does_what_a_step_that_commits_does():
    env, bare = ClusterVectorEnv(3, "lab"), ClusterVectorEnv(3, "lab")
    for each in (env, bare):
        each.reset(seed=0)
    call = overhead.bare_call(bare)
    overhead.order_commits(bare)
    for _ in range(5):
        env.step(np.zeros(3, np.int64))
        call()
    assert all(mine.tobytes() == theirs.tobytes() for mine, theirs in zip(env.native[:2], bare.native[:2], strict=True))


def test_threads_play_the_same_bytes_and_another_world_is_noticed():
    report = threads.measure(0.0, (("lab", FREE),), num_envs=4, steps_compared=30)
    assert [row.threads for row in report.rows] == [1, 2]
    assert next(figure for figure in report.figures if figure.goal == "same_bytes").value == 1.0
    envs = [ClusterVectorEnv(2, "lab", split=split) for split in ("train", "test")]
    assert not threads.have_same_bytes(*envs, steps=3)
