"""The tests of episodes, commands and batches can fail: each of these faults, planted, is caught."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CAUGHT_BY = {
    "see_the_next_sample": "test_episode.py::test_nothing_shown_depends_on_what_is_still_to_come",
    "wake_a_failure_by_moving": "test_episode.py::test_demand_and_failures_are_the_same_tape_whatever_anybody_does",
    "draw_from_the_global_generator": "test_seeds.py::test_global_random_states_change_nothing",
    "remember_outside_the_rows": "test_episode.py::test_a_snapshot_of_two_rows_continues_as_if_nothing_had_been",
    "show_a_buffer": "../contract/test_registered_ids.py::"
    "test_observations_are_finite_in_the_space_and_fresh_and_infos_keep_their_keys",
    "show_what_is_not_a_number": "../contract/test_registered_ids.py::"
    "test_observations_are_finite_in_the_space_and_fresh_and_infos_keep_their_keys",
    "allow_every_toggle": "test_commands.py::"
    "test_the_mask_allows_exactly_what_virtualcenter_accepts_and_a_refusal_changes_nothing",
    "allow_grey_hosts": "test_commands.py::"
    "test_the_mask_allows_exactly_what_virtualcenter_accepts_and_a_refusal_changes_nothing[linked-vienv/Cluster-v0]",
    "allow_what_a_pool_cannot_reserve": "test_commands.py::"
    "test_the_mask_allows_exactly_what_virtualcenter_accepts_and_a_refusal_changes_nothing[ruled-vienv/Cluster-v0]",
    "keep_showing_paths_that_are_lost": "test_show.py::"
    "test_after_every_command_the_output_is_what_writing_everything_gives[stored-vienv/Cluster-v0]",
    "keep_showing_links_that_are_down": "test_show.py::"
    "test_after_every_command_the_output_is_what_writing_everything_gives[linked-vienv/Cluster-v0]",
    "forget_whom_a_vm_left": "test_show.py::test_after_every_command_the_output_is_what_writing_everything_gives",
    "forget_who_needs_a_look": "test_show.py::test_after_every_command_the_output_is_what_writing_everything_gives",
    "forget_who_enters_a_cluster": "test_show.py::test_after_every_command_the_output_is_what_writing_everything_gives",
    "count_refusals_as_commands": "test_commands.py::"
    "test_the_mask_allows_exactly_what_virtualcenter_accepts_and_a_refusal_changes_nothing",
    "forget_a_term": "test_reward.py::test_the_default_reward_is_one_less_the_bill_over_its_scale",
    "terminate_at_the_horizon": "test_episode.py::test_the_horizon_truncates_and_does_not_terminate",
    "forgive_the_lost": "test_episode.py::test_a_lost_cluster_terminates_and_the_rest_of_the_episode_is_charged",
    "start_everywhere_in_one_world": "test_vector.py::"
    "test_row_e_of_a_batch_is_the_single_environment_with_seed_n_plus_e_into_the_next_episode",
    "pay_for_ticks": "test_episode.py::test_halving_the_tick_changes_energy_by_less_than_a_hundredth",
}
ONE_TEST_FAILED = 1


@pytest.mark.parametrize("fault", CAUGHT_BY)
def test_a_planted_fault_is_caught(fault):
    command = [sys.executable, "-m", "tests.envs.planted", fault, str(HERE / CAUGHT_BY[fault])]
    plain = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=plain, cwd=ROOT, timeout=300)
    assert done.returncode == ONE_TEST_FAILED, done.stdout[-2000:]
    assert "AssertionError" in done.stdout or "assert " in done.stdout
