"""The picture: what one VM costs in one tick, against the size of the cluster, free and contended.

The kernel as a line over made clusters; kernel and C side by side as `reference` timed them; ticks that find new demand
every time, and the prototype's published figures, as marks.
"""

from collections.abc import Iterable
from pathlib import Path

from benchmarks import prototype
from benchmarks.clusters import LOADS, PRESETS, SIZES
from benchmarks.report import Row
from vienv.scenario import load

SCALING = "bare kernel"
SPARSE = SIZES[-1]
"""Hosts, not VMs, make the cost of this one: it is on no line with the others."""
_SPARSE_VMS = SPARSE[1]
_COLOURS = dict(zip(LOADS, ("tab:blue", "tab:red"), strict=True))


def draw(rows: Iterable[Row], path: Path, caption: str) -> None:
    """Write the picture from the rows of `scaling` and `reference`."""
    import matplotlib as mpl  # noqa: PLC0415 - needs the extra `viz`

    mpl.use("agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    rows = list(rows)
    figure, axes = plt.subplots(figsize=(9.0, 7.0), layout="constrained")
    for at, colour in _COLOURS.items():
        line = sorted((_vms(row), row.ns_per_vm_tick) for row in rows if row.name == SCALING and _is_made(row, at))
        dense = [point for point in line if point[0] != _SPARSE_VMS]
        axes.plot(*zip(*dense, strict=True), "o-", color=colour, label=f"kernel, {at}")
        sparse = [point for point in line if point[0] == _SPARSE_VMS]
        _marks(axes, sparse, "o", colour, f"kernel, {SPARSE[0]} hosts for {SPARSE[1]:,} VMs, {at}")
        fresh = [r for r in rows if r.name == SCALING and r.load == at and "new demand" in r.scenario]
        _marks(axes, [(_vms(r), r.ns_per_vm_tick) for r in fresh], "s", colour, f"kernel, new demand each tick, {at}")
        for name, marker in (("C", "x"), ("kernel", "+")):
            beside = [(_vms(r), r.ns_per_vm_tick) for r in rows if r.name == name and r.load == at]
            _marks(axes, beside, marker, colour, f"{name}, with vMotions in flight (`reference`), {at}")
        published = [(size[1], each.numba) for (size, of), each in prototype.FIGURES.items() if of == at]
        _marks(axes, published, "^", colour, f"prototype (CPU only), published, {at}")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="VMs in the cluster",
        ylabel="CPU ns for one VM and one tick",
        title="Cost of the physics against the size of the cluster, one thread",
    )
    axes.set_ylim(bottom=1.0)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.grid(which="both", alpha=0.25)
    figure.legend(loc="outside lower center", fontsize="small", ncols=2, title=caption, title_fontsize="x-small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _marks(axes, points: list[tuple[int, float]], marker: str, colour: str, label: str) -> None:
    if points:
        axes.plot(*zip(*points, strict=True), marker, color=colour, markerfacecolor="none", markersize=7, label=label)


def _is_made(row: Row, at: str) -> bool:
    return row.load == at and row.scenario not in PRESETS and "," not in row.scenario


def _vms(row: Row) -> int:
    """VMs of a row's scenario: a preset, or `<hosts>x<vms>`."""
    name = row.scenario.partition(",")[0]
    return load(name).vms.count if name in PRESETS else int(name.partition("x")[2])
