"""A cluster as a picture: a card a host, in it the VMs as tiles, between cards the vMotions; plain NumPy.

A card's body is its host's CPU: each tile is as high as the VM's mean demand in the last five minutes is of it, so a
full card is a full host. Above it a bar of load, green to red, and a thin one of memory in use. Hosts in standby are
dim, coming ones striped, failed ones red. Left out: resource pools, datastores and rules.
"""

import math
from collections.abc import Mapping
from typing import Any

from vienv.replay import font
from vienv.replay.canvas import Canvas, Colour, Pixels
from vienv.replay.table import host_loads, title

WIDTH, HEIGHT = 640, 400
_TITLE_PX, _GAP_PX, _BAR_PX, _MEMORY_PX, _NAME_PX = 30, 4, 6, 3, 11
_ONE_ROW = 6
_NAMED_PX = 24
"""Narrower cards have no room for a name."""
_BACKGROUND, _INK, _FAINT = (16, 20, 28), (225, 230, 238), (120, 130, 145)
_BODY, _DIM, _STRIPE, _RED = (38, 46, 60), (23, 28, 38), (60, 84, 120), (120, 28, 32)
_MEMORY, _TROUGH, _MOVING, _QUEUED, _AMBER = (
    (150, 110, 220),
    (60, 68, 84),
    (255, 220, 80),
    (150, 140, 100),
    (230, 160, 40),
)
_LOADS: tuple[tuple[float, Colour], ...] = ((0.5, (70, 190, 110)), (0.8, (220, 190, 60)), (math.inf, (230, 80, 60)))
"""Up to half a host's CPU green, up to four fifths yellow, above red."""
_TILES = ((78, 146, 200), (92, 178, 190), (110, 130, 210), (84, 160, 150), (130, 160, 220), (70, 120, 170))

Card = tuple[float, float, float, float]


def frame(snapshot: Mapping[str, Any]) -> Pixels:
    """The cluster as a picture, (400, 640, 3) uint8."""
    canvas = Canvas(WIDTH, HEIGHT, _BACKGROUND)
    _title(canvas, snapshot)
    cards = _cards([host["name"] for host in snapshot["hosts"]])
    loads = host_loads(snapshot)
    for host in snapshot["hosts"]:
        _host(canvas, host, loads[host["name"]], cards[host["name"]])
    places = _tiles(canvas, snapshot, cards)
    for migration in snapshot["migrations"]:
        x0, y0 = places[migration["vm"]]
        x, y, width, height = cards[migration["destination"]]
        colour = _QUEUED if migration["phase"] == "queued" else _MOVING
        canvas.arrow(x0, y0, x + width / 2, y + height - height / 4, colour)
    return canvas.pixels


def _title(canvas: Canvas, snapshot: Mapping[str, Any]) -> None:
    hosts, report = snapshot["hosts"], snapshot["report"]
    on = sum(host["power"] in ("on", "entering_standby") for host in hosts)
    watts = sum(host["power_w"] for host in hosts)
    canvas.text(_GAP_PX, 4, title(snapshot), _INK, WIDTH)
    figures = (
        f"on {on}/{len(hosts)}  {watts:.0f} w  {report['energy_kwh']:.2f} kwh  imbalance {report['imbalance']:.3f}"
        f"  vmotions {report['migrations']:.0f}  bill {report['bill']:.3f} eur"
    )
    canvas.text(_GAP_PX, 17, figures, _FAINT, WIDTH)


def _cards(names: list[str]) -> dict[str, Card]:
    """Where each host's card lies (x, y, width, height): one row for a few, else twice as many columns as rows."""
    columns = len(names) if len(names) <= _ONE_ROW else math.ceil(math.sqrt(2 * len(names)))
    rows = math.ceil(len(names) / columns)
    width, height = (WIDTH - _GAP_PX) / columns, (HEIGHT - _TITLE_PX - _GAP_PX) / rows
    gap = min(_GAP_PX, width / 4, height / 4)
    return {
        name: (_GAP_PX + k % columns * width, _TITLE_PX + k // columns * height, width - gap, height - gap)
        for k, name in enumerate(names)
    }


def _body(card: Card) -> Card:
    """The part of a card below name and bars, where the tiles stand."""
    x, y, width, height = card
    name = _NAME_PX if width >= _NAMED_PX else 0
    head = min(_BAR_PX + _MEMORY_PX + name, height / 2)
    return x, y + head, width, height - head


def _host(canvas: Canvas, host: Mapping[str, Any], load: float, card: Card) -> None:
    x, y, width, height = card
    power = host["power"]
    canvas.rectangle(x, y, width, height, _BODY if power in ("on", "entering_standby") else _DIM)
    if power in ("waking", "booting", "entering_standby"):
        canvas.stripes(*_body(card), _STRIPE if power != "entering_standby" else _DIM)
    if power == "failed":
        canvas.rectangle(*_body(card), _RED)
    if host["connection"] != "connected":
        canvas.frame(x, y, width, height, _AMBER)
    if width >= _NAMED_PX:
        canvas.text(x + 2, y + 2, host["name"], _INK if power == "on" else _FAINT, width - 2)
        y += _NAME_PX
    if power not in ("on", "entering_standby"):
        canvas.rectangle(x, y, width, min(_NAME_PX, height), _DIM)
        canvas.text(x + 2, y + 2, power, _INK, width - 2)
        return
    memory = host["memory_consumed_mb"] / host["memory_capacity_mb"]
    canvas.rectangle(x, y, width, _BAR_PX, _TROUGH)
    canvas.rectangle(x, y, width * min(1.0, load), _BAR_PX, next(colour for top, colour in _LOADS if load <= top))
    canvas.rectangle(x, y + _BAR_PX, width * min(1.0, memory), _MEMORY_PX, _MEMORY)


def _tiles(canvas: Canvas, snapshot: Mapping[str, Any], cards: Mapping[str, Card]) -> dict[str, tuple[float, float]]:
    """Stack each host's VMs from the floor of its card; return where each VM's middle lies."""
    capacity_mhz = {host["name"]: host["cpu_capacity_mhz"] for host in snapshot["hosts"]}
    floor = {name: y + height for name, (_, y, _, height) in cards.items()}
    places = {}
    for k, vm in enumerate(snapshot["vms"]):
        if vm["host"] is None:
            continue
        x, top, width, height = _body(cards[vm["host"]])
        tall = max(2.0, height * vm["cpu_demand_5min_mhz"] / capacity_mhz[vm["host"]])
        y = max(top, floor[vm["host"]] - tall)
        places[vm["name"]] = (x + width / 2, (y + floor[vm["host"]]) / 2)
        colour = _TILES[k % len(_TILES)] if vm["state"] == "running" else _RED
        canvas.rectangle(x + 1, y, width - 2, max(1.0, floor[vm["host"]] - y - 1), colour)
        if width >= _NAMED_PX and floor[vm["host"]] - y > font.HEIGHT + 2:
            canvas.text(x + 3, y + 1, vm["name"], _BACKGROUND, width - 4)
        floor[vm["host"]] = y
    return places
