"""Each preset's page says what a run says."""

import pytest

from benchmarks import shows
from tests.docs.parts import ROOT

WORLDS = 8
PAGES = sorted((ROOT / "docs" / "presets").glob("*.md"))
SHOWN = [page for page in PAGES if f"benchmarks.shows --scenario {page.stem}" in page.read_text()]


@pytest.mark.parametrize("page", SHOWN, ids=[page.stem for page in SHOWN])
def test_the_line_of_static_is_what_a_run_gives_today(page):
    reports, _ = shows.play("static", page.stem, WORLDS)
    head, _, line = shows.totals({"static": reports})
    assert head in page.read_text()
    assert line in page.read_text()
