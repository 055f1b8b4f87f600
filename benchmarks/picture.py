"""The picture: what one VM costs in one tick, against the size of the cluster, free and contended.

The kernel as a line over made clusters; the same tick in C, whole Gymnasium steps where they were timed, and the
prototype's published figures as marks.
"""

from collections.abc import Iterable
from pathlib import Path

from benchmarks import prototype
from benchmarks.clusters import LOADS
from benchmarks.report import Row

SCALING = "bare kernel"
_COLOURS = dict(zip(LOADS, ("tab:blue", "tab:red"), strict=True))
_PRESET_VMS = {"office": 48, "rack": 192, "datacenter": 400}


def draw(rows: Iterable[Row], path: Path, caption: str) -> None:
    """Write the picture from the rows of `scaling` and `reference`."""
    import matplotlib as mpl  # noqa: PLC0415 - needs the extra `viz`

    mpl.use("agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    rows = list(rows)
    figure, axes = plt.subplots(figsize=(9.0, 5.5), layout="constrained")
    for load, colour in _COLOURS.items():
        line = sorted((_vms(row), row.ns_per_vm_tick) for row in rows if row.name == SCALING and _is_made(row, load))
        axes.plot(*zip(*line, strict=True), "o-", color=colour, label=f"vienv's kernel, {load}")
        fresh = [r for r in rows if r.name == SCALING and r.load == load and "new demand" in r.scenario]
        _marks(
            axes, [(_vms(r), r.ns_per_vm_tick) for r in fresh], "s", colour, f"... with new demand each tick, {load}"
        )
        in_c = [row for row in rows if row.name == "C" and row.load == load]
        _marks(axes, [(_vms(r), r.ns_per_vm_tick) for r in in_c], "x", colour, f"the same tick in C, {load}")
        published = [(size[1], each.numba) for (size, at), each in prototype.FIGURES.items() if at == load]
        _marks(axes, published, "^", colour, f"prototype (published; CPU only, no memory or HA), {load}")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="VMs in the cluster",
        ylabel="CPU ns for one VM and one tick",
        title="Cost of the physics against the size of the cluster, one thread",
    )
    axes.grid(which="both", alpha=0.25)
    axes.legend(fontsize="small", ncols=2)
    figure.supxlabel(caption, fontsize="x-small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _marks(axes, points: list[tuple[int, float]], marker: str, colour: str, label: str) -> None:
    if points:
        face = colour if marker == "x" else "none"
        axes.scatter(*zip(*points, strict=True), marker=marker, s=45, facecolor=face, edgecolor=colour, label=label)


def _is_made(row: Row, load: str) -> bool:
    return row.load == load and row.scenario not in _PRESET_VMS and "," not in row.scenario


def _vms(row: Row) -> int:
    """VMs of a row's scenario: a preset, or `<hosts>x<vms>`."""
    name = row.scenario.partition(",")[0]
    return _PRESET_VMS[name] if name in _PRESET_VMS else int(name.partition("x")[2])
