"""Baselines that do not look far: static, random, open-loop; and how all are named."""

import numpy as np
import pytest

from tests.baselines.observations import batch, cluster, recommend
from vienv import baselines
from vienv.baselines import make, names
from vienv.baselines.open_loop import OpenLoop


def test_static_places_arrivals_and_nothing_else():
    arrival, mended_rule, balance = (cluster([[0.5], [0.1]]) for _ in range(3))
    recommend(arrival, 0, mandatory=1.0)
    recommend(arrival, 1, mandatory=1.0, placement=1.0)
    recommend(mended_rule, 0, mandatory=1.0)
    recommend(balance, 0, gain=0.3)
    assert make("static").act(*batch(arrival, mended_rule, balance)).tolist() == [2, 0, 0]


def test_random_only_does_what_is_legal_and_commits_nine_times_in_ten():
    c = cluster([[0.5], [0.1]], face="cluster")
    c.mask[:] = [1, 0, 1, 0, 1]
    policy = make("random")
    policy.reset(64, seed=5)
    seen = batch(*[c] * 64)
    actions = np.concatenate([policy.act(*seen) for _ in range(50)])
    assert set(actions.tolist()) == {0, 2, 4}
    assert 0.88 < (actions == 0).mean() < 0.92


def test_random_commits_when_nothing_else_is_legal():
    c = cluster([[0.5], [0.1]], face="cluster")
    c.mask[1:] = 0
    policy = make("random")
    policy.reset(256)
    assert not policy.act(*batch(*[c] * 256)).any()


def test_random_draws_the_same_for_a_cluster_whoever_plays_beside_it():
    c = cluster([[0.5], [0.1]], face="cluster")
    wide, narrow = make("random"), make("random")
    wide.reset(3, seed=7)
    narrow.reset(1, seed=9)
    for _ in range(50):
        assert wide.act(*batch(c, c, c))[2] == narrow.act(*batch(c))[0]


def test_open_loop_replays_its_log_and_leaves_out_what_the_mask_forbids():
    policy = OpenLoop(np.array([1, 2, 0, 5, 0]))
    policy.reset(2)
    free, bound = cluster([[0.5], [0.1]]), cluster([[0.5], [0.1]])
    free.mask[:] = 1
    bound.mask[1:5] = 0
    played = [policy.act(*batch(free, bound)).tolist() for _ in range(6)]
    assert [a for a, _ in played] == [1, 2, 0, 5, 0, 0]
    assert [b for _, b in played] == [0, 5, 0, 0, 0, 0]


def test_open_loop_without_a_log_says_what_it_needs():
    with pytest.raises(ValueError, match="no log is loaded"):
        make("open-loop").reset(1)


def test_an_unknown_name_is_answered_in_one_line_with_the_nearest():
    with pytest.raises(ValueError, match="'drs-6' is unknown; nearest is 'drs-5'") as caught:
        make("drs-6")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", names())
def test_every_baseline_answers_to_its_name_and_plays_a_registered_face(name):
    policy = make(name)
    assert policy.name == name
    assert policy.env_id in {"vienv/Cluster-v0", "vienv/Recommendations-v0"}


def test_only_the_clairvoyant_is_shown_the_future_and_it_is_not_ranked():
    seers = {n for n in names() if getattr(make(n), "foresight_samples", 0)}
    unranked = {n for n in names() if not getattr(make(n), "ranked", True)}
    assert seers == unranked == {"clairvoyant"}


def test_the_packaged_settings_of_the_tuned_baseline_are_such_as_vmware_allows():
    drs, dpm = make("drs-dpm-tuned").settings
    assert 1.0 <= drs.threshold <= 5.0
    assert 0.40 <= dpm.target <= 0.90  # DemandCapacityRatioTarget's range
    assert 0.10 <= dpm.tolerance <= 0.40  # DemandCapacityRatioToleranceHost's range
    assert baselines.drs_dpm.TUNED.is_file()
