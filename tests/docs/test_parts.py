"""Every part of VMware Infrastructure has a module, a source and tests that exist and assert; what is next is named."""

import ast

import pytest

from tests.docs.parts import ROOT, TABLE, parts, table
from vienv.scenario import preset_names

NEXT = {29, 30, 31, 32, 33}
"""Rows without a test yet. This may only shrink."""
TESTED = [(number, part) for number, part in enumerate(parts(), 1) if number not in NEXT]


def test_the_page_is_made_of_the_data():
    assert TABLE.read_text() == table(), "run `python -m tests.docs.parts`"


def test_the_rows_that_are_next_are_those_without_a_test():
    assert len(parts()) == 33
    assert {number for number, part in enumerate(parts(), 1) if not part["tests"]} == NEXT


@pytest.mark.parametrize(("number", "part"), TESTED, ids=[f"{number}" for number, _ in TESTED])
def test_a_parts_module_preset_and_tests_exist_and_its_tests_assert(number: int, part: dict[str, str]):
    assert part["source"], number
    assert part["preset"] == "" or part["preset"] in preset_names()
    for module in part["module"].split(", "):
        assert (ROOT / module).is_file(), module
    for test in part["tests"]:
        file, _, name = test.partition("::")
        functions = {node.name: node for node in ast.walk(ast.parse((ROOT / file).read_text())) if _is_function(node)}
        assert name in functions, test
        assert any(isinstance(node, ast.Assert) for node in ast.walk(functions[name])), f"{test} asserts nothing"


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef)
