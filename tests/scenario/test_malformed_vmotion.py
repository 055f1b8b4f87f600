"""Wrong bounds of vMotion sessions: one line each; and where a wait for a line is kept at all."""

import copy
from typing import Any

import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.core import arena
from vienv.scenario import Worlds, load

GOOD: dict[str, Any] = {
    "name": "small",
    "profile": "vs6",
    "hosts": [{"name": "esx", "count": 3, "server": "Dell 2950 III", "memory_gb": 16, "vmkernel_mbps": 500}],
    "vms": {"count": 4},
    "vmotion": {"minimum_mbps": 100, "queue_timeout_s": 600, "session_mb_s_most": 80},
}
CASES = [
    # (field path, value set, what the line must say)
    ("vmotion.session_mbps_minimum", -1, "greater than or equal to 0"),
    ("vmotion.session_mbps_minimum", "250", "number"),
    ("vmotion.session_mbps_minimum", 1e6, "less than or equal to 400000"),
    ("vmotion.session_mbps_minimun", 250, "did you mean 'session_mbps_minimum'"),
    ("vmotion.session_mb_s_most", 0, "greater than 0"),
    ("vmotion.session_mb_s_most", float("inf"), "finite"),
    ("vmotion.queue_timeout_s", -5, "greater than or equal to 0"),
    ("vmotion.queue_timeout_s", True, "number"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_bound_of_a_session_is_refused_in_one_line(path: str, value: object, allowed: str):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    assert path in line, line
    assert allowed in line, line


@pytest.mark.parametrize(
    ("profile", "mbps", "asked", "rows", "minimum_mbps"),
    [
        ("vs6", 500, None, 4, 250.0),  # four at a time would have 125 each
        ("vs6", 1000, None, 0, 250.0),  # four have 250 each
        ("vs6", 10_000, None, 0, 250.0),  # eight have 1,250 each
        ("vs5", 500, None, 0, 100.0),
        ("vs5", 1000, 300.0, 4, 300.0),
        ("vs7", 500, 0.0, 0, 100.0),
    ],
)
def test_waits_are_kept_where_a_line_may_be_too_full(profile, mbps, asked, rows, minimum_mbps):
    data = copy.deepcopy(GOOD)
    data["profile"], data["hosts"][0]["vmkernel_mbps"] = profile, mbps
    if asked is not None:
        data["vmotion"]["session_mbps_minimum"] = asked
    worlds = Worlds(load(data))
    assert worlds.sizes.waiting_vms == rows
    settings = arena.vmotion_params_of(worlds._common.floats, worlds._common.ints, worlds.spans)
    assert settings.minimum_mbps == minimum_mbps
    assert settings.session_mb_s_most == 80.0
