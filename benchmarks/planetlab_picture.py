"""The picture of docs/planetlab.md: energy against SLAV, every detector and selection, stock and repaired."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from vienv.cloudsim import Policy, Results
from vienv.cloudsim.enums import Detector, Selection

_COLOURS = {
    Detector.THR: "tab:blue",
    Detector.IQR: "tab:orange",
    Detector.MAD: "tab:green",
    Detector.LR: "tab:red",
}
_MARKERS = {Selection.MMT: "o", Selection.MU: "s", Selection.RS: "^", Selection.MC: "D"}


class Point(NamedTuple):
    """One run."""

    day: str
    policy: Policy
    is_repaired: bool
    results: Results


def draw(points: Sequence[Point], path: Path) -> None:
    """Write the picture; policies that never migrate have no SLAV and are left out."""
    import matplotlib as mpl  # noqa: PLC0415 - needs the extra `viz`

    mpl.use("agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    days = list(dict.fromkeys(point.day for point in points))
    figure, panels = plt.subplots(
        1, len(days), figsize=(4.2 * len(days), 5.0), layout="constrained", sharey=True, squeeze=False
    )
    for axes, day in zip(panels[0], days, strict=True):
        for point in points:
            colour = _COLOURS.get(point.policy.detector)
            if point.day != day or colour is None:
                continue
            axes.plot(
                point.results.energy_kwh,
                1e5 * point.results.slav,
                _MARKERS[point.policy.selection],
                color=colour,
                markerfacecolor="none" if point.is_repaired else colour,
            )
        axes.set(title=day, xlabel="energy, kWh")
        axes.grid(alpha=0.25)
    panels[0][0].set_ylabel("SLAV, 1e-5")
    line = plt.Line2D
    keys = [line([], [], marker="o", ls="", color=c, label=d.name) for d, c in _COLOURS.items()]
    keys += [line([], [], marker=m, ls="", color="0.3", label=s.name) for s, m in _MARKERS.items()]
    keys.append(line([], [], marker="o", ls="", color="0.3", label="stock"))
    keys.append(
        line([], [], marker="o", ls="", color="0.3", markerfacecolor="none", label="repaired: no VM is deleted")
    )
    figure.legend(handles=keys, loc="outside lower center", ncols=len(keys) // 2)
    figure.savefig(path, dpi=110)
    plt.close(figure)
