"""CloudSim's consolidation experiments on PlanetLab's traces, ours beside CloudSim's own figures.

    python -m benchmarks.planetlab --data ../shared/data/planetlab
    python -m benchmarks.planetlab --data ../shared/data/planetlab --day 20110303 --policy thr-mmt-0.8 --json

Without --policy, every run of cloudsim_reference.csv beside the traces is repeated, and every day that it lacks is run
with the ten standard policies, with nothing to compare with. CPU seconds are ours for reading the day and simulating
it, compiled before, beside CloudSim's whole process. Exit status: 1 if a row differs, 2 if something cannot be run.
"""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from benchmarks import planetlab_table
from benchmarks.planetlab_runs import Wanted, plan, repaired, run
from vienv.cloudsim import Policy, ready
from vienv.scenario.archive import TraceError
from vienv.scenario.planetlab import ORDERS

_MOST_SEED = 2**63 - 1
"""Of java.util.Random."""
_CANNOT_RUN = 2


def main() -> None:
    """Run, print, and leave with the exit status."""
    arguments = _arguments()
    try:
        cases, references = plan(
            Wanted(arguments.data, arguments.day, arguments.policy, arguments.seed, arguments.order)
        )
    except TraceError as error:
        _refuse(str(error))
    ready()
    runs = []
    for number, case in enumerate(cases, start=1):
        if sys.stderr.isatty():
            print(f"{number}/{len(cases)} {case}", file=sys.stderr, flush=True)
        runs.append(repaired(case, arguments.data) if arguments.repaired else run(case, arguments.data, references))
    planetlab_table.show(runs, arguments.json, arguments.repaired)
    sys.exit(int(any(each.differences for each in runs)))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _refuse(message)


def _arguments() -> argparse.Namespace:
    parser = _Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of days, or one day")
    parser.add_argument("--day", nargs="+", help="20110303 ...; by default all that there are")
    parser.add_argument("--policy", nargs="+", type=_policy, help="detector-selection[-parameter], npa or dvfs")
    parser.add_argument("--seed", type=_seed, help="of the random selection; by default those on record, or 1")
    parser.add_argument("--order", choices=ORDERS, help="of the VMs; by default those on record, or bytes")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repaired", action="store_true", help="zero demand does not end a VM")
    return parser.parse_args()


def _policy(name: str) -> Policy:
    try:
        return Policy.parse(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seed(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(_MOST_SEED)) or int(text) > _MOST_SEED:
        raise argparse.ArgumentTypeError(f"{text[:40]!r}; a whole number from 0 to {_MOST_SEED} is needed")
    return int(text)


def _refuse(message: str) -> NoReturn:
    print("planetlab: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(_CANNOT_RUN)


if __name__ == "__main__":
    main()
