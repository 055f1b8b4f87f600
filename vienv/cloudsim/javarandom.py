"""java.util.Random: the generator from which CloudSim's random choices come, so that a seed draws the same VMs here.

The 48-bit linear congruential generator of Knuth (The Art of Computer Programming, volume 2, 3.2.1), as the API
documentation of java.util.Random specifies it bit by bit. State is a plain integer; every draw returns the next one.
A product of two 48-bit numbers leaves numba's int64; the mask takes the same bits from it as from Python's longer
integer. Left out: everything but whole numbers from 0.
"""

from vienv.core.jit import kernel

_MULTIPLIER = 0x5DEECE66D
_INCREMENT = 0xB
_LOW48 = (1 << 48) - 1
_STATE_BITS = 48
_INT_BITS = 31
_TWO31 = 1 << 31


@kernel
def seeded(seed: int) -> int:
    """The state of `new Random(seed)`."""
    return (int(seed) ^ _MULTIPLIER) & _LOW48


@kernel
def next_bits(state: int, bits: int) -> tuple[int, int]:
    """The next state, and its highest bits, 1 to 32 of them: 0 <= value < 2**bits. Java reads 32 bits as signed."""
    state = (int(state) * _MULTIPLIER + _INCREMENT) & _LOW48
    return state, state >> (_STATE_BITS - bits)


@kernel
def next_int(state: int, below: int) -> tuple[int, int]:
    """The state after `nextInt(below)`, and its value: 0 <= value < below, 1 <= below < 2**31, all equally likely."""
    state, word = next_bits(state, _INT_BITS)
    if below & (below - 1) == 0:
        return state, (below * word) >> _INT_BITS
    value = word % below
    while word - value + (below - 1) >= _TWO31:  # an incomplete last round of `below` numbers; Java sees it overflow
        state, word = next_bits(state, _INT_BITS)
        value = word % below
    return state, value
