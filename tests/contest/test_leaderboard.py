import json
import sys

import pytest
from rich.console import Console

from tests.contest.played import played
from vienv.contest import leaderboard, picture
from vienv.contest.results import QUANTITIES, result_of

FIGURES = {
    "cost_index", "bill", "imbalance", "imbalance_hourly", "energy_kwh", "energy_cost", "unserved_cpu_percent",
    "unserved_memory_percent", "vm_down_s", "migrations", "vmotion_downtime_s", "power_cycles",
}  # fmt: skip


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    contest = played(tmp_path_factory.mktemp("played"), seeds=3)
    results = [result_of(contest, entry) for entry in contest.entries]
    leaderboard.write(contest, results)
    return contest, results, json.loads((contest.folder / "leaderboard.json").read_text())


def test_every_policy_has_a_row_in_every_scenario_with_all_figures(board):
    contest, _, document = board
    rows = {(row["scenario"], row["policy"]): row for row in document["rows"]}
    assert len(rows) == len(document["rows"]) == 2 * len({c.name for c in contest.competitors})
    for row in rows.values():
        assert set(row) == {"scenario", "policy", "worlds", "ranked", "zero_shot", "training_seeds"} | FIGURES
        assert all(set(row[name]) == {"mean", "low", "high"} for name in FIGURES)
        assert all(row[name]["low"] <= row[name]["mean"] <= row[name]["high"] for name in FIGURES)
    assert set(QUANTITIES) == FIGURES


def test_header_names_what_the_figures_depend_on(board):
    _, _, document = board
    header = document["header"]
    assert header["kernel_source"] == "7" * 64
    assert header["scenarios"] == {"lab": "5" * 64, "office": "5" * 64}
    assert header["seeds"] == list(range(12))
    assert set(header) >= {"version", "data", "machine", "policies", "split"}
    assert set(header["machine"]) == {"cpu", "cores", "system", "python"}


def test_static_is_exactly_one_hundred(board):
    _, _, document = board
    static = [row["cost_index"] for row in document["rows"] if row["policy"] == "static"]
    assert static == [{"mean": 100.0, "low": 100.0, "high": 100.0}] * 2


def test_agents_are_zero_shot_only_where_they_were_not_trained(board):
    _, _, document = board
    marked = {(row["scenario"], row["policy"]) for row in document["rows"] if row["zero_shot"]}
    assert marked == {("office", "ppo-tuner"), ("office", "ppo-recommend")}


def test_a_policy_that_sees_the_future_is_shown_and_not_ranked(board):
    _, _, document = board
    assert {row["policy"] for row in document["rows"] if not row["ranked"]} == {"clairvoyant"}
    assert "clairvoyant" not in {entry["policy"] for entry in document["ranks"]}
    assert "clairvoyant" not in {d[k] for d in document["differences"] for k in ("policy", "other")}


def test_twins_are_printed_as_a_tie(board):
    contest, results, document = board
    ranks = {entry["policy"]: entry for entry in document["ranks"] if entry["scenario"] == "lab"}
    assert ranks["static"]["rank"] == ranks["drs-1"]["rank"]
    assert ranks["static"]["tie"]
    text = (contest.folder / "leaderboard.md").read_text()
    assert f"| ={ranks['static']['rank']} | static |" in text
    assert results[0].standings["drs-3"].rank < ranks["static"]["rank"]


def test_overall_is_the_geometric_mean_over_scenarios(board):
    _, _, document = board
    index = {(row["scenario"], row["policy"]): row["cost_index"]["mean"] for row in document["rows"]}
    overall = {entry["policy"]: entry["cost_index"]["mean"] for entry in document["overall"]}
    assert overall["drs-3"] == pytest.approx((index["lab", "drs-3"] * index["office", "drs-3"]) ** 0.5)


def test_every_price_is_halved_and_doubled(board):
    _, _, document = board
    changes = {(e["price"], e["factor"]) for e in document["price_sensitivity"] if e["scenario"] == "lab"}
    prices = {"energy", "imbalance", "migration", "unserved_cpu", "unserved_memory", "vm_down", "power_cycle"}
    assert changes == {("none", 1.0)} | {(price, factor) for price in prices for factor in (0.5, 2.0)}


def test_leaderboard_repeats_byte_for_byte(board):
    contest, _, _ = board
    before = (contest.folder / "leaderboard.json").read_bytes()
    leaderboard.write(contest, [result_of(contest, entry) for entry in contest.entries])
    assert (contest.folder / "leaderboard.json").read_bytes() == before


def test_another_scenario_beside_it_leaves_a_scenarios_rows_as_they_were(board, tmp_path):
    _, results, _ = board
    contest = played(tmp_path, scenarios=("lab",), seeds=3)
    assert result_of(contest, contest.entries[0]).rows == results[0].rows


def test_terminal_shows_every_policy(board, capsys):
    _, results, _ = board
    leaderboard.show(results, Console(width=160))
    out = capsys.readouterr().out
    assert all(row.policy in out for row in results[0].rows)
    assert "overall" in out


def test_picture_is_drawn(board, tmp_path):
    _, results, _ = board
    assert picture.draw(results, tmp_path / "pareto.png")
    assert (tmp_path / "pareto.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert [p.name for p in tmp_path.iterdir()] == ["pareto.png"]


def test_without_matplotlib_nothing_is_drawn(board, tmp_path, monkeypatch):
    _, results, _ = board
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert not picture.draw(results, tmp_path / "pareto.png")
    assert not list(tmp_path.iterdir())
