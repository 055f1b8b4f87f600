"""Wrong words about DRS: one line each; and which version ranks by what."""

import copy
from typing import Any

import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.core import arena
from vienv.scenario import Worlds, load
from vienv.scenario.profiles import PROFILES

GOOD: dict[str, Any] = {
    "name": "small",
    "profile": "vs7",
    "hosts": [{"name": "esx", "count": 3, "server": "Dell 2950 III", "memory_gb": 64}],
    "vms": {"count": 4},
    "drs": {"metric": "score", "score_knee_percent": 30, "score_loss_percent": 5},
}
CASES = [
    # (field path, value set, what the line must say)
    ("drs.metric", "scores", "did you mean 'score'"),
    ("drs.metric", 1, "'load'"),
    ("drs.automation", "fully", "did you mean 'full'"),
    ("drs.automation", True, "'manual', 'partial' or 'full'"),
    ("drs.automation", None, "'manual', 'partial' or 'full'"),
    ("drs.automatic", "full", "unknown key"),
    ("drs.score_knee_percent", 81, "less than or equal to 80"),
    ("drs.score_knee_percent", -1, "greater than or equal to 0"),
    ("drs.score_loss_percent", 16, "less than or equal to 15"),
    ("drs.score_loss_percent", "10", "number"),
    ("drs.score_knee", 30, "did you mean 'score_knee_percent'"),
    ("drs", "score", "dictionary"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_word_about_drs_is_refused_in_one_line(path: str, value: object, allowed: str):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    assert path in line, line
    assert allowed in line, line


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "vs7"])
def test_only_vsphere_7_has_scores(profile: str):
    data = copy.deepcopy(GOOD) | {"profile": profile}
    assert refusal(data) == f"scenario: drs.metric: 'score' is not allowed: 'load' in profile {profile}"
    del data["drs"]
    assert Worlds(load(data)).sizes.scored_vms == 0


@pytest.mark.parametrize(("metric", "rows"), [(None, 4), ("score", 4), ("load", 0)])
def test_vsphere_7_ranks_by_score_unless_told_otherwise(metric: str | None, rows: int):
    data = copy.deepcopy(GOOD)
    data["drs"] |= {"metric": metric} if metric else {}
    if metric is None:
        del data["drs"]["metric"]
    worlds = Worlds(load(data))
    assert worlds.sizes.scored_vms == rows
    settings = arena.virtual_center_params_of(worlds._common.floats, worlds._common.ints, worlds.spans)
    assert settings.ranks_by_score == (1 if rows else 0)
    assert (settings.score_knee, settings.score_loss) == (0.3, 0.05)
    assert worlds.scenario.interval_s == 60.0
