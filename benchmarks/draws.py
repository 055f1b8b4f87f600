"""What a random number costs: Philox4x32-10, keyed by (seed, stream, entity, tick), as every kernel draws it.

    python -m benchmarks.draws [--json]

Each draw is a whole Philox block of four words, of which one uniform takes two: draws are keyed by what they are for,
so that none depends on who drew before, and the rest of the block is left. The generator gives the known answers that
its authors published: `tests/core/test_random.py`.
"""

import argparse

from benchmarks.blocks import cpu_ns_a_unit, interleaved
from benchmarks.report import Report, Row
from vienv.core import jit
from vienv.core.random import Stream, normal, uniform

KNOWN_ANSWERS = "tests/core/test_random.py::test_philox_gives_the_known_answers_of_its_authors"
_TICKS, _ENTITIES = 2000, 100


@jit.crossing("float64(int64)")
def _uniforms(seed: int) -> float:
    total = 0.0
    for tick in range(_TICKS):
        for entity in range(_ENTITIES):
            total += uniform(seed, Stream.WAKE, entity, tick)
    return total


@jit.crossing("float64(int64)")
def _normals(seed: int) -> float:
    total = 0.0
    for tick in range(_TICKS):
        for entity in range(_ENTITIES):
            total += normal(seed, Stream.REPAIR, entity, tick)
    return total


def measure(seconds: float = 2.0) -> Report:
    """Uniform and normal numbers, in turns; the checksum is of all that were drawn."""
    jit.ready(_uniforms, _normals)
    kinds = {"uniform": _uniforms, "normal": _normals}
    sums = dict.fromkeys(kinds, 0.0)

    def block(name: str) -> float:
        def draw() -> float:
            sums[name] += kinds[name](7)
            return _TICKS * _ENTITIES

        return cpu_ns_a_unit(draw)

    costs = interleaved({name: lambda name=name: block(name) for name in kinds}, seconds)
    rows = [
        Row(
            f"Philox4x32-10, {name}",
            "",
            median_over_best=costs[name].median / costs[name].best,
            checksum=sums[name],
            note=f"{costs[name].best:.2f} ns a draw; known answers: {KNOWN_ANSWERS}",
        )
        for name in kinds
    ]
    return Report("draws", rows)


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    measure().show(parser.parse_args().json)


if __name__ == "__main__":
    main()
