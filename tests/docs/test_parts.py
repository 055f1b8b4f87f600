"""Every part of VMware Infrastructure has a module, a source, and tests that exist, assert, and fail by its fault."""

import ast
import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any
from unittest.mock import patch

import pytest
from numba import config

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
    assert part["preset"] in preset_names()
    for module in part["module"].split(", "):
        assert (ROOT / module).is_file(), module
    for test in part["tests"]:
        file, _, name = test.partition("::")
        functions = {node.name: node for node in ast.walk(ast.parse((ROOT / file).read_text())) if _is_function(node)}
        assert name in functions, test
        assert any(isinstance(node, ast.Assert) for node in ast.walk(functions[name])), f"{test} asserts nothing"


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef)


# One of a part's tests fails, in this process, once the part's fault is planted


@pytest.mark.skipif(not config.DISABLE_JIT, reason="a fault is planted in a kernel's Python")
@pytest.mark.parametrize("part", parts(), ids=[f"{number}" for number in range(1, len(parts()) + 1)])
def test_a_part_whose_fault_is_planted_has_a_test_that_fails(part: dict[str, Any]):
    module, _, rest = part["fault"].partition(":")
    name, _, value = rest.partition(" = ")
    given = ast.literal_eval(value)
    with patch.object(import_module(module), name, lambda *_, **__: given):
        assert any(_fails(test) for test in part["tests"])


def _fails(test: str) -> bool:
    """Whether the test fails in one of its cases; a test with fixtures of its own is not asked."""
    file, _, name = test.partition("::")
    function = getattr(import_module(file.removesuffix(".py").replace("/", ".")), name)
    cases = _cases(function)
    if set(inspect.signature(function).parameters) - set(cases[0]):
        return False
    for case in cases:
        try:
            function(**case)
        except (AssertionError, pytest.fail.Exception):
            return True
    return False


def _cases(function: Callable[..., None]) -> list[dict[str, Any]]:
    """What a test is parametrized with, case by case."""
    cases: list[dict[str, Any]] = [{}]
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names, rows = mark.args
            names = [part.strip() for part in names.split(",")] if isinstance(names, str) else list(names)
            rows = [row if len(names) > 1 else (row,) for row in rows]
            cases = [case | dict(zip(names, row, strict=True)) for case in cases for row in rows]
    return cases
