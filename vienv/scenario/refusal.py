"""How a scenario or a trace is refused: in one line, with the nearest valid name. And how a file is read safely."""

import difflib
import reprlib
import stat
from collections.abc import Iterable
from pathlib import Path

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 60
_REPR.maxlevel = 2


class ScenarioError(ValueError):
    """What is wrong with a scenario or a trace, in one line."""

    def __init__(self, message: str):
        super().__init__(" ".join(message.split()))


def shown(value: object) -> str:
    """A value for an error message: short, on one line, whatever it is."""
    try:
        return " ".join(_REPR.repr(value).split())
    except (ValueError, RecursionError):  # an integer of more than 4,300 digits
        return f"a huge {type(value).__name__}"


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a sentence that names the nearest valid name, and all of them if they are few."""
    known = sorted(names)
    close = difflib.get_close_matches(name, known, 1, 0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{hint} (known: {', '.join(known) or 'none'})" if len(known) <= 12 else hint


def read_regular(path: Path, label: str, most_bytes: int) -> bytes:
    """The bytes of a regular file that is not too large."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ScenarioError(f"{label}: not a regular file")
        if status.st_size > most_bytes:
            raise ScenarioError(f"{label}: {status.st_size} bytes; at most {most_bytes} are allowed")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ScenarioError(f"{label}: cannot be read: {reason}") from None
