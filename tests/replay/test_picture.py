"""The picture shows each host's state by colour, its load by height, and its vMotions as arrows."""

import numpy as np
import pytest

from tests.replay.snapshots import cluster
from vienv.replay import font, frame, picture
from vienv.replay.canvas import Canvas

RED, INK = (200, 0, 0), (255, 255, 255)


def has(pixels, colour):
    return (pixels == colour).all(axis=-1)


def card(name, num_hosts=6):
    """The pixels that a host's card covers, as slices."""
    names = [f"esx-{k + 1:02d}" for k in range(num_hosts)]
    x, y, width, height = picture._cards(names)[name]
    return slice(round(y), round(y + height)), slice(round(x), round(x + width))


def test_a_picture_is_640_by_400_and_repeats():
    first = frame(cluster())
    assert (first.shape, first.dtype) == ((400, 640, 3), np.uint8)
    assert first.tobytes() == frame(cluster()).tobytes()


def test_tiles_are_as_high_as_the_load_of_their_host():
    pixels = frame(cluster() | {"migrations": []})
    body_px = picture._body(picture._cards([f"esx-{k + 1:02d}" for k in range(6)])["esx-01"])[3]
    for name, load in (("esx-01", 0.95), ("esx-02", 0.20)):
        middle = pixels[card(name)][:, -10]
        tiled = sum(has(middle, colour).sum() for colour in picture._TILES)
        assert tiled == pytest.approx(load * body_px, abs=5)


def test_a_failed_host_is_red_a_coming_one_striped_and_one_in_standby_dim():
    pixels = frame(cluster() | {"migrations": [], "vms": []})
    assert has(pixels[card("esx-05")], picture._RED).mean() > 0.8
    assert has(pixels[card("esx-04")], picture._STRIPE).mean() == pytest.approx(0.47, abs=0.05)
    assert has(pixels[card("esx-03")], picture._DIM).mean() > 0.9
    assert has(pixels[card("esx-01")], picture._BODY).mean() > 0.8
    assert has(pixels[card("esx-02")], picture._AMBER).any()


def test_the_load_bar_is_green_yellow_and_red_by_load():
    colours = [colour for _, colour in picture._LOADS]
    for mhz, colour in ((4000.0, colours[0]), (7000.0, colours[1]), (12000.0, colours[2])):
        shown = cluster() | {"migrations": []}
        shown["vms"] = [dict(shown["vms"][0], cpu_demand_5min_mhz=mhz)]
        bar = has(frame(shown)[card("esx-01")], colour)
        assert bar.any()
        assert bar.any(axis=0).mean() == pytest.approx(min(1.0, mhz / 10_000.0), abs=0.02)


def test_arrows_lead_from_a_vm_to_its_destination_and_queued_ones_are_faint():
    with_arrows, without = frame(cluster()), frame(cluster() | {"migrations": []})
    assert has(with_arrows, picture._MOVING).sum() > 50
    assert has(with_arrows, picture._QUEUED).sum() > 50
    assert not has(without, picture._MOVING).any()
    assert has(with_arrows[card("esx-02")], picture._MOVING).any()
    assert not has(with_arrows[card("esx-03")], picture._MOVING).any()


@pytest.mark.parametrize("num_hosts", [6, 8, 32, 400, 4000])
def test_every_host_has_a_card_of_its_own_inside_the_picture(num_hosts):
    covered = np.zeros((picture.HEIGHT, picture.WIDTH), int)
    cards = picture._cards([f"esx-{k + 1:02d}" for k in range(num_hosts)])
    for x, y, width, height in cards.values():
        assert min(x, y) >= 0
        assert x + width <= picture.WIDTH
        assert y + height <= picture.HEIGHT
        if num_hosts <= 400:
            covered[round(y) : round(y + height), round(x) : round(x + width)] += 1
    assert covered.max() <= 1
    assert frame(cluster(num_hosts)).shape == (400, 640, 3)


def test_letters_are_told_apart_and_what_the_font_lacks_is_a_gap():
    drawn = {font.pixels(letter).tobytes() for letter in font._COLUMNS}
    assert len(drawn) == len(font._COLUMNS) == 10 + 26 + 6
    assert font.pixels("a").tobytes() == font.pixels("A").tobytes()
    assert not font.pixels("@").any()
    upright = ["..#..", ".##..", "..#..", "..#..", "..#..", "..#..", ".###."]
    assert ["".join(".#"[int(ink)] for ink in row[:5]) for row in font.pixels("1")] == upright


def test_what_is_drawn_beyond_the_edge_is_cut():
    canvas = Canvas(20, 10, (0, 0, 0))
    canvas.rectangle(-5, -5, 8, 8, RED)
    canvas.text(15, 6, "HI", INK)
    canvas.arrow(-10, 5, 40, 5, RED)
    assert has(canvas.pixels, RED)[:3, :3].all()
    assert not has(canvas.pixels, RED)[4, 6:].any()
    assert has(canvas.pixels, INK)[6:, 15].all()
