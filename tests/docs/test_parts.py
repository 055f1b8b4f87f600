"""Every part of VMware Infrastructure has a module, a source and tests that exist and assert."""

import ast

import pytest

from tests.docs.parts import ROOT, TABLE, parts, table
from vienv.scenario import preset_names


def test_the_page_is_made_of_the_data():
    assert TABLE.read_text() == table(), "run `python -m tests.docs.parts`"


def test_every_row_is_there():
    assert len(parts()) == 33


@pytest.mark.parametrize("part", parts(), ids=[f"{number}" for number in range(1, len(parts()) + 1)])
def test_a_parts_module_preset_and_tests_exist_and_its_tests_assert(part: dict[str, str]):
    assert part["source"]
    assert part["tests"]
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
