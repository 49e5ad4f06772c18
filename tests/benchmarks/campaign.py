"""What a campaign costs besides its cells: how busy its workers are, and the overhead of a cell.

    python -m tests.benchmarks.campaign                 # 200 cells of 4 h over 2 workers
    python -m tests.benchmarks.campaign 50 4            # so many cells, over so many workers

Both figures are ratios within one run: what else the machine does slows cells and campaign alike.
"""

import os
import resource
import sys
import tempfile
from pathlib import Path

from isletbench.emulator.campaigns.campaign import validated
from isletbench.emulator.campaigns.conduct import conduct, plan
from isletbench.emulator.campaigns.executors import processes
from isletbench.emulator.campaigns.store import Store
from isletbench.emulator.core.clock import wall_seconds
from tests.harness.campaigns import CAREFUL

SCENARIO = "RUN-02"
"""Four hours."""


def spent_s() -> float:
    """Processor time of this process and its workers, with the processes that those have waited for, s."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    ticks = sum(sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15])) for pid in workers_of())
    return own.ru_utime + own.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def workers_of() -> list[int]:
    """The processes that this one has started."""
    tasks = Path("/proc/self/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def main(cells: int, workers: int) -> None:
    """Play, and print the figures."""
    axes = {"scenarios": [SCENARIO], "over": ["serial"], "seeds": list(range(1, cells + 1))}
    campaign = validated({"schema": 1, **axes, "client": [{"command": [CAREFUL]}]}, "benchmark")
    with tempfile.TemporaryDirectory() as place, Store(Path(place) / "campaign.db") as store:
        with processes(workers) as crew, Store(Path(place) / "first.db") as first:
            conduct(campaign, list(plan(campaign, crew))[: 2 * workers], first, crew)
            started = spent_s()
            began = wall_seconds()
            conduct(campaign, plan(campaign, crew), store, crew)
            wall = wall_seconds() - began
            spent = spent_s() - started
        results = list(store.results())
    took, processor = sum(one.took_s for one in results), sum(one.processor_s for one in results)
    hours = sum(one.lasted for one in results) / 3_600_000
    number, had = len(results), workers * wall
    print(f"{number} cells of {hours / number:.1f} h over {workers} workers in {wall:.1f} s")
    print(f"playing took {took:.1f} s of the {had:.1f} s that the workers had: {100 * took / had:.1f} % of ideal")
    print(f"processor time: {processor:.1f} s of playing, {spent:.1f} s in all: {100 * processor / spent:.1f} %")
    print(f"before: {started:.1f} s of processor time until every worker had played two cells")
    print(f"a cell: {1_000 * processor / number:.0f} ms of playing, {1_000 * (spent - processor) / number:.0f} ms besides")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, int(sys.argv[2]) if len(sys.argv) > 2 else 2)
