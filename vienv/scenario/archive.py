"""How a trace's files are read: regular ones of a bounded size, and npz archives of which nothing is taken on trust.

An archive's members are added up as they claim to unpack before one is; each header is held against the bytes behind
it before an array is made, and a pickle is never loaded. What the arrays mean is the reader's business.
"""

import io
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vienv.scenario.refusal import ScenarioError, read_regular

MOST_BYTES = 1024 * 1024 * 1024
"""Of a trace, packed or unpacked."""
MOST_VMS = 65_536
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, OverflowError, SyntaxError)
"""What zipfile and NumPy raise on broken, encrypted or odd archives."""
_MOST_HEADER = 4096


class TraceError(ScenarioError):
    """What is wrong with a trace, in one line."""


def read_bytes(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """A trace's file, whole.

    Raises:
        TraceError: it is missing, too large or not a regular file.
    """
    try:
        return read_regular(path, str(path), most_bytes)
    except ScenarioError as error:
        raise TraceError(str(error)) from None


class Archive:
    """The arrays of an npz file, by name.

    Raises:
        TraceError: from every method, if the archive is not whole or an array not what its header claims.
    """

    def __init__(self, raw: bytes, label: str):
        self._label = label
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
        except _BROKEN as error:
            raise self._broken(error) from None
        self._members = {info.filename.removesuffix(".npy"): info for info in self._zip.infolist()}
        if sum(info.file_size for info in self._zip.infolist()) > MOST_BYTES:
            raise TraceError(f"{label}: claims more than {MOST_BYTES} bytes unpacked")

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def array(self, name: str) -> NDArray[Any]:
        """One array; there must be one of that name."""
        try:
            return self._read(self._members[name])
        except TraceError:
            raise
        except _BROKEN as error:
            raise self._broken(error) from None

    def _read(self, info: zipfile.ZipInfo) -> NDArray[Any]:
        raw = self._zip.read(info)
        stream = io.BytesIO(raw)
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(stream, max_header_size=_MOST_HEADER)
        if dtype.hasobject:
            raise TraceError(f"{self._label}: {info.filename}: holds Python objects, which are never loaded")
        if math.prod(shape) * dtype.itemsize != len(raw) - stream.tell():
            raise TraceError(f"{self._label}: {info.filename}: its header claims {shape} and its size says otherwise")
        return np.lib.format.read_array(io.BytesIO(raw), allow_pickle=False, max_header_size=_MOST_HEADER)

    def _broken(self, error: Exception) -> TraceError:
        return TraceError(f"{self._label}: not a whole npz archive: {error}")
