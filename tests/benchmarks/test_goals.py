"""Goals are judged by their worst figure, in one place."""

import math

import pytest

from benchmarks import goals
from benchmarks.goals import GOALS, Verdict, judge
from benchmarks.report import Figure, Report


def verdicts(*figures):
    judged = judge([Report("made", figures=[Figure(*figure) for figure in figures])])
    return {each.goal.name: each for each in judged}


def test_every_goal_has_a_verdict_even_if_nobody_measured_it():
    judged = judge([])
    assert [each.goal for each in judged] == list(GOALS)
    assert {each.verdict for each in judged} == {Verdict.MISSING}
    assert goals.table(judged).count("not measured") == len(GOALS)


def test_one_case_over_the_bound_is_short_and_is_the_one_that_is_shown():
    found = verdicts(("kernel_to_c", "office", 1.02), ("kernel_to_c", "rack", 1.16), ("kernel_to_c", "large", 1.15))
    assert found["kernel_to_c"].verdict == Verdict.SHORT
    assert found["kernel_to_c"].worst.case == "rack"
    assert found["kernel_to_c"].count == 3


def test_a_floor_is_judged_by_the_least_figure():
    found = verdicts(("two_threads", "office", 1.97), ("two_threads", "rack", 1.89))
    assert (found["two_threads"].verdict, found["two_threads"].worst.case) == (Verdict.SHORT, "rack")
    assert verdicts(("two_threads", "office", 1.9))["two_threads"].verdict == Verdict.PASS


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_a_goal_is_met_at_its_bound_and_never_by_nan(goal):
    assert goal.is_met_by(goal.bound)
    assert not goal.is_met_by(goal.bound * (0.99 if goal.is_floor else 1.01))
    assert not goal.is_met_by(math.nan)


def test_a_figure_for_a_goal_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="kernel_to_d"):
        verdicts(("kernel_to_d", "office", 1.0))


def test_the_table_names_bound_value_case_and_verdict():
    table = goals.table(judge([Report("made", figures=[Figure("pick_and_place", "280x1900", 61_234.5, 60_000.0)])]))
    line = next(line for line in table.splitlines() if "pick-and-place" in line)
    for said in (">= 50,000", "61,234", "60,000", "280x1900", "pass"):
        assert said in line
