"""The parts of VMware Infrastructure, from docs/parts.toml; `python -m tests.docs.parts` writes the page parts.md."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DATA, TABLE = ROOT / "docs" / "parts.toml", ROOT / "docs" / "parts.md"
HEAD = """# The parts of VMware Infrastructure

One row a part: what must be observed, the module in which it stands, the preset that shows it, the tests that fail
without it, and the source. Made of [parts.toml](parts.toml) by `python -m tests.docs.parts`.

| # | part | observed | module | preset | tests | source |
|---:|---|---|---|---|---|---|
"""


def parts() -> list[dict[str, Any]]:
    """The rows, in order."""
    return tomllib.loads(DATA.read_text())["part"]


def table() -> str:
    """The page, from its data."""
    lines = []
    for number, part in enumerate(parts(), 1):
        tests = "<br>".join(f"`{test.split('::')[1]}`" for test in part["tests"]) or "next"
        modules = ", ".join(f"`{module}`" for module in part["module"].split(", ") if module)
        cells = (part["name"], part["observed"], modules, part["preset"], tests, part["source"])
        lines.append(f"| {number} | {' | '.join(cell or ' ' for cell in cells)} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table())
