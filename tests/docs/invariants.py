"""The invariants 1-48, from docs/invariants.toml; `python -m tests.docs.invariants` writes the page invariants.md."""

import tomllib
from typing import Any

from tests.docs.parts import ROOT

DATA, TABLE = ROOT / "docs" / "invariants.toml", ROOT / "docs" / "invariants.md"
HEAD = """# Invariants

What holds of every cluster, whatever befalls it and whoever manages it; the tests that hold it, over random inventories
and stories; and the tests that plant a bug which these must catch. Made of [invariants.toml](invariants.toml) by
`python -m tests.docs.invariants`. What a cluster's rows themselves must satisfy after every tick is
`vienv.core.invariants.RULES`, which `vienv check` asks.

| # | holds | tests | planted bugs |
|---:|---|---|---|
"""


def invariants() -> list[dict[str, Any]]:
    """The rows, in order."""
    return tomllib.loads(DATA.read_text())["invariant"]


def table() -> str:
    """The page, from its data."""
    rows = [
        f"| {number} | {row['says']} | {_names(row['tests'])} | {_names(row['bugs'])} |"
        for number, row in enumerate(invariants(), 1)
    ]
    return HEAD + "\n".join(rows) + "\n"


def _names(tests: list[str]) -> str:
    return "<br>".join(f"`{test.split('::')[1]}`" for test in tests)


if __name__ == "__main__":
    TABLE.write_text(table())
