"""Every invariant has a test that asserts, and one that plants a bug and expects that the first fails."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.docs.invariants import TABLE, invariants, table
from tests.docs.parts import ROOT

NUM_INVARIANTS = 48
HOLD = ("check", "hold", "try_on_many", "backed_up", "told")
"""Functions that assert begin so."""
CATCH = ("raises", "caught_by")
EXPECTED_FAILURE = "ONE_TEST_FAILED"
"""What tests that run others in a process of their own, with a fault planted, expect."""


def test_the_page_is_made_of_the_data():
    assert TABLE.read_text() == table(), "run `python -m tests.docs.invariants`"


def test_every_number_is_there():
    assert len(invariants()) == NUM_INVARIANTS


@pytest.mark.parametrize("row", invariants(), ids=[str(number) for number in range(1, len(invariants()) + 1)])
def test_an_invariants_tests_assert_and_its_bugs_are_planted_to_be_caught(row: dict[str, list[str]]):
    assert row["tests"]
    assert row["bugs"]
    for test in row["tests"]:
        function = _function(test)
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(function))
        assert asserts or any(name.startswith(HOLD) for name in _called(function)), f"{test} asserts nothing"
    for bug in row["bugs"]:
        function = _function(bug)
        expects = any(isinstance(node, ast.Name) and node.id == EXPECTED_FAILURE for node in ast.walk(function))
        assert expects or set(CATCH) & _called(function), f"{bug} expects no failure"


def _function(test: str) -> ast.FunctionDef:
    """The test's function; its case, if it names one, stands in its file."""
    file, _, name = test.partition("::")
    name, _, case = name.removesuffix("]").partition("[")
    functions = {node.name: node for node in ast.walk(_parsed(ROOT / file)) if isinstance(node, ast.FunctionDef)}
    assert name in functions, test
    assert case in (ROOT / file).read_text(), test
    return functions[name]


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def _called(function: ast.FunctionDef) -> set[str]:
    """Names of what the function calls."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
