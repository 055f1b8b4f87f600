"""`make bench`, or `python -m benchmarks`: run every benchmark, judge every goal, keep the results.

Each benchmark runs in a process of its own, one after another, so that none inherits another's threads or memory; the
rivals that a ratio compares always share a process. Writes <out>/<benchmark>.csv, figures.csv, goals.md and cost.png.
Exit status 0 whether goals are reached or not: what is short is said, not hidden; 1 if a benchmark failed.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import goals, picture
from benchmarks.report import Figure, Report, Row, machine, write_csv

RESULTS = Path(__file__).parent / "results"
RUNS = {
    "startup": ["startup"],
    "reference": ["reference"],
    "scaling": ["scaling"],
    "throughput": ["throughput", "--scenario", "office", "--num-envs", "64"],
    "pick-and-place": ["throughput", "--hosts", "280", "--vms", "1900"],
    "overhead": ["overhead"],
    "threads": ["threads"],
    "training": ["training"],
    "draws": ["draws"],
}


def main() -> None:
    """Run, judge, write, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=RUNS, action="append", help="may be given more than once")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    reports, failed = {}, []
    for name in arguments.only or RUNS:
        began = time.perf_counter()
        report = run(RUNS[name])
        seconds = time.perf_counter() - began
        print(f"{name}: {'failed' if report is None else f'{seconds:.0f} s'}", file=sys.stderr, flush=True)
        if report is None:
            failed.append(name)
        else:
            reports[name] = report
    write(reports, arguments.out)
    print((arguments.out / "goals.md").read_text())
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


def run(command: list[str]) -> Report | None:
    """One benchmark in a process of its own; None, and its complaint on stderr, if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{command[0]}", *command[1:], "--json"],
        env=os.environ | {"OMP_WAIT_POLICY": "passive"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        return None
    return Report.of_dict(json.loads(done.stdout))


def write(reports: dict[str, Report], out: Path) -> None:
    """Keep rows and figures, the table of goals, and the picture."""
    for name, report in reports.items():
        write_csv(out / f"{name}.csv", Row, report.rows)
    figures = [figure for report in reports.values() for figure in report.figures]
    write_csv(out / "figures.csv", Figure, figures)
    named = ", ".join(machine().values())
    table = goals.table(goals.judge(reports.values()))
    (out / "goals.md").write_text(f"Measured by `make bench` on {named}.\n\n{table}\n")
    drawn = [row for name in ("scaling", "reference") if name in reports for row in reports[name].rows]
    if "scaling" in reports:
        picture.draw(drawn, out / "cost.png", named)


if __name__ == "__main__":
    main()
