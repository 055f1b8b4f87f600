"""Rectangles, stripes, arrows and letters on an array of pixels, clipped at its edges."""

import math

import numpy as np
from numpy.typing import NDArray

from vienv.replay import font

Colour = tuple[int, int, int]
Pixels = NDArray[np.uint8]
_HEAD_PX, _HEAD_ANGLE = 7.0, 0.45


class Canvas:
    """A picture in the making: x to the right, y down, both in pixels from the upper left corner."""

    def __init__(self, width: int, height: int, background: Colour) -> None:
        self.pixels: Pixels = np.empty((height, width, 3), np.uint8)
        self.pixels[:] = background

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self._part(x, y, width, height)[:] = colour

    def stripes(self, x: float, y: float, width: float, height: float, colour: Colour, period: int = 8) -> None:
        """Hatch a rectangle with diagonal stripes, half of its area."""
        part = self._part(x, y, width, height)
        rows, columns = np.indices(part.shape[:2])
        part[(rows + columns) % period < period // 2] = colour

    def frame(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Draw a rectangle's edge, one pixel thick."""
        self.rectangle(x, y, width, 1, colour)
        self.rectangle(x, y + height - 1, width, 1, colour)
        self.rectangle(x, y, 1, height, colour)
        self.rectangle(x + width - 1, y, 1, height, colour)

    def arrow(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """Draw a line two pixels thick from (x0, y0) to (x1, y1), with a head at its end."""
        self._line(x0, y0, x1, y1, colour)
        back = math.atan2(y0 - y1, x0 - x1)
        for side in (-_HEAD_ANGLE, _HEAD_ANGLE):
            self._line(x1, y1, x1 + _HEAD_PX * math.cos(back + side), y1 + _HEAD_PX * math.sin(back + side), colour)

    def text(self, x: float, y: float, line: str, colour: Colour, width: float | None = None) -> None:
        """Write a line, cut after the last whole letter that fits into width."""
        letters = len(line) if width is None else max(0, int(width) // font.ADVANCE)
        ink = font.pixels(line[:letters])
        part = self._part(round(x), round(y), ink.shape[1], ink.shape[0])
        part[ink[: part.shape[0], : part.shape[1]]] = colour

    def _line(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        points = max(2, round(max(abs(x1 - x0), abs(y1 - y0))) + 1)
        height, width, _ = self.pixels.shape
        for shift in (0, 1):
            x = np.rint(np.linspace(x0, x1, points)).astype(int) + shift
            y = np.rint(np.linspace(y0, y1, points)).astype(int)
            is_inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            self.pixels[y[is_inside], x[is_inside]] = colour

    def _part(self, x: float, y: float, width: float, height: float) -> Pixels:
        left, top = max(0, round(x)), max(0, round(y))
        return self.pixels[top : max(top, round(y + height)), left : max(left, round(x + width))]
