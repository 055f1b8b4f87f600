"""A font of 5 x 7 pixels for capitals, digits and a few signs: no font file, no display, no library.

Five columns a letter, two hexadecimal digits each; the lowest bit is the top row. What it lacks is drawn as a gap.
"""

import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH, ADVANCE = 7, 5, 6

_COLUMNS = {
    "0": "3E5149453E", "1": "00427F4000", "2": "4261514946", "3": "2141454B31", "4": "1814127F10",
    "5": "2745454539", "6": "3C4A494930", "7": "0171090503", "8": "3649494936", "9": "064949291E",
    "A": "7E1111117E", "B": "7F49494936", "C": "3E41414122", "D": "7F4141221C", "E": "7F49494941",
    "F": "7F09090901", "G": "3E4149497A", "H": "7F0808087F", "I": "00417F4100", "J": "2040413F01",
    "K": "7F08142241", "L": "7F40404040", "M": "7F020C027F", "N": "7F0408107F", "O": "3E4141413E",
    "P": "7F09090906", "Q": "3E4151215E", "R": "7F09192946", "S": "4649494931", "T": "01017F0101",
    "U": "3F4040403F", "V": "1F2040201F", "W": "3F4038403F", "X": "6314081463", "Y": "0708700807",
    "Z": "6151494543", ".": "0060600000", ":": "0036360000", "/": "2010080402", "-": "0808080808",
    "%": "2313086462", "_": "4040404040",
}  # fmt: skip


def pixels(line: str) -> NDArray[np.bool_]:
    """Which pixels of a line of text are inked, (7, 6 x letters); small letters are drawn as capitals."""
    ink = np.zeros((HEIGHT, max(1, ADVANCE * len(line))), bool)
    for k, letter in enumerate(line.upper()):
        columns = bytes.fromhex(_COLUMNS.get(letter, "00" * WIDTH))
        for x, column in enumerate(columns):
            ink[:, ADVANCE * k + x] = [column >> y & 1 for y in range(HEIGHT)]
    return ink
