"""Clusters for the eye: a table for a terminal and a picture, from `snapshot()`; neither needs a display."""

from vienv.replay.picture import frame
from vienv.replay.table import text

__all__ = ["frame", "text"]
