"""Balance against power cost, one panel a scenario: what the competition is about, in one look.

Down is better balanced, left is cheaper power. `static` is the black cross through which two thin lines run: who lies
left of and below both has beaten doing nothing on both counts. Filled marks are ranked, hollow ones see what a real
policy cannot; bars are 95 % intervals over worlds. matplotlib (extra `viz`) is imported only here, when a picture is
drawn.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vienv.contest.ranking import YARDSTICK
from vienv.contest.results import Row, ScenarioResult

MISSING = "no pareto.png: to draw it install vienv's extra `viz` (matplotlib)"
_COLUMNS = 3
_PANEL_INCHES = (5.6, 4.4)
_INK, _GRID = "#1b1b1b", "#e4e4e4"
_FAMILIES = (
    ("static", "#1b1b1b", "X"),
    ("random", "#9a9a9a", "v"),
    ("drs-dpm", "#1f8a5b", "o"),
    ("drs", "#2f6db3", "o"),
    ("dpm", "#7fb800", "o"),
    ("ppo", "#d1495b", "D"),
)
_OTHER = ("#a0622d", "s")
_LABEL_POINTS = 8.0
_GAP_PIXELS, _MARK_PIXELS = 2.0, 12.0
_CAPTION = (
    "Left of and below the lines through static is better on both counts. Bars: 95 % intervals over worlds. "
    "Hollow: not ranked. *: not trained on this scenario."
)


def draw(results: list[ScenarioResult], path: Path) -> bool:
    """Write the picture; False, and nothing written, if matplotlib is not installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - the extra `viz`
        from matplotlib.figure import Figure  # noqa: PLC0415
        from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415
    except ImportError:
        return False
    columns = min(_COLUMNS, len(results))
    rows = math.ceil(len(results) / columns)
    figure = Figure(
        figsize=(_PANEL_INCHES[0] * columns, _PANEL_INCHES[1] * rows),
        dpi=120,
        layout=ConstrainedLayoutEngine(h_pad=0.12, w_pad=0.08),
    )
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel in panels[len(results) :]:
        panel.set_visible(False)
    drawn = list(zip(panels, results, strict=False))
    for panel, result in drawn:
        _draw_panel(panel, result)
    figure.supxlabel(_CAPTION, fontsize=8, color="#6b6b6b")
    figure.draw_without_rendering()
    for panel, result in drawn:
        _place_labels(figure, panel, result)
    temporary = path.with_name(f".{path.name}.tmp")
    figure.savefig(temporary, format="png", metadata={"Software": None})
    temporary.replace(path)
    return True


def _draw_panel(panel: Any, result: ScenarioResult) -> None:
    static = next(row for row in result.rows if row.policy == YARDSTICK)
    panel.axvline(static.figures["energy_cost"].mean, color=_INK, linewidth=0.6, alpha=0.5, zorder=1)
    panel.axhline(static.figures["imbalance"].mean, color=_INK, linewidth=0.6, alpha=0.5, zorder=1)
    for row in result.rows:
        colour, mark = _look(row.policy)
        x, y = row.figures["energy_cost"], row.figures["imbalance"]
        bars = {"xerr": [[x.mean - x.low], [x.high - x.mean]], "yerr": [[y.mean - y.low], [y.high - y.mean]]}
        panel.errorbar(x.mean, y.mean, **bars, fmt="none", ecolor=colour, elinewidth=1.0, alpha=0.35, zorder=2)
        face = colour if row.ranked else "white"
        panel.plot(
            x.mean, y.mean, mark, color=colour, markerfacecolor=face, markersize=7, markeredgewidth=1.2, zorder=3
        )
    panel.set_title(result.scenario, loc="left", fontsize=12, fontweight="bold", color=_INK)
    panel.set_xlabel("power cost, EUR a world   (left is cheaper)", fontsize=9)
    panel.set_ylabel("imbalance   (down is better balanced)", fontsize=9)
    panel.set_ylim(bottom=0.0)
    panel.margins(x=0.14, y=0.1)
    panel.grid(color=_GRID, linewidth=0.7)
    panel.set_axisbelow(True)
    panel.tick_params(labelsize=8, color=_GRID)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        panel.spines[side].set_color("#b5b5b5")


def _place_labels(figure: Any, panel: Any, result: ScenarioResult) -> None:
    """Put each name at the free place nearest to its mark; the best policies choose first."""
    from matplotlib.patheffects import withStroke  # noqa: PLC0415

    renderer = figure.canvas.get_renderer()
    frame = panel.get_window_extent(renderer)
    centres = [panel.transData.transform(_point(row)) for row in result.rows]
    taken = [box for row in result.rows for box in _obstacles(panel, row)]
    for row, (x, y) in zip(result.rows, centres, strict=True):
        text = panel.text(0, 0, _name(row), fontsize=_LABEL_POINTS, color=_look(row.policy)[0], zorder=4)
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
        box = text.get_window_extent(renderer)
        left, bottom = _free_place(x, y, box.width, box.height, taken, (frame.x0, frame.y0, frame.x1, frame.y1))
        taken.append((left, bottom, left + box.width, bottom + box.height))
        text.set_position(panel.transData.inverted().transform((left, bottom)))
        text.set_verticalalignment("bottom")
        distance = max(abs(left + box.width / 2 - x) - box.width / 2, abs(bottom + box.height / 2 - y))
        if distance > 2.5 * box.height:
            near = (min(max(x, left), left + box.width), bottom if bottom > y else bottom + box.height)
            ends = panel.transData.inverted().transform([(x, y), near])
            panel.plot(ends[:, 0], ends[:, 1], color=_look(row.policy)[0], linewidth=0.5, alpha=0.6, zorder=2)


def _free_place(
    x: float, y: float, width: float, height: float, taken: Sequence[tuple[float, ...]], frame: tuple[float, ...]
) -> tuple[float, float]:
    """Lower left corner of the nearest place around (x, y), in pixels, that overlaps nothing and stays in the frame."""
    for ring in range(30):
        away = 8.0 + 6.0 * ring
        for step in range(16):
            angle = math.pi / 8.0 * step + math.pi / 4.0
            centre_x = x + math.cos(angle) * (away + width / 2.0)
            centre_y = y + math.sin(angle) * (away + height / 2.0)
            box = (centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2)
            is_inside = box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]
            if is_inside and not any(_overlap(box, other) for other in taken):
                return box[0], box[1]
    return x + 8.0, y


def _obstacles(panel: Any, row: Row) -> list[tuple[float, float, float, float]]:
    """A policy's mark and the two bars of its interval, as boxes in pixels."""
    x, y = row.figures["energy_cost"], row.figures["imbalance"]
    ends = panel.transData.transform([(x.mean, y.mean), (x.low, y.low), (x.high, y.high)])
    (centre_x, centre_y), (left, bottom), (right, top) = ends.tolist()
    half = _MARK_PIXELS / 2.0
    return [
        (centre_x - half, centre_y - half, centre_x + half, centre_y + half),
        (left, centre_y, right, centre_y),
        (centre_x, bottom, centre_x, top),
    ]


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    g = _GAP_PIXELS
    return a[0] < b[2] + g and b[0] < a[2] + g and a[1] < b[3] + g and b[1] < a[3] + g


def _point(row: Row) -> tuple[float, float]:
    return row.figures["energy_cost"].mean, row.figures["imbalance"].mean


def _name(row: Row) -> str:
    return row.policy + ("*" if row.zero_shot else "")


def _look(policy: str) -> tuple[str, str]:
    return next(((colour, mark) for prefix, colour, mark in _FAMILIES if policy.startswith(prefix)), _OTHER)
