"""How long the whole library of scenarios takes a careful client in jump pace, and whether two runs of it differ.

python -m tests.benchmarks.catalogue
"""

import difflib
import time

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Verdict
from isletbench.emulator.scenarios.scenario import load_scenario, scenarios
from isletbench.hil_rigs.clients.controller.in_process import client_of


def played(over: str) -> list[Verdict]:
    """Every scenario that makes sense on a carrier, once."""
    known = [one for one in map(load_scenario, scenarios()) if over in one.over]
    return [run(play(one, client_of(one), over), Pace(None)) for one in known]


def main() -> None:
    """Print a line for each carrier."""
    for over in ("serial", "ble"):
        runs = []
        for _ in range(2):
            began = time.perf_counter()
            verdicts = played(over)
            runs.append((time.perf_counter() - began, verdicts))
        (first, verdicts), (second, again) = runs
        hours = sum(load_scenario(verdict.scenario).lasts for verdict in verdicts) / 3_600_000
        differing = sum(
            len(list(difflib.unified_diff(one.journal.splitlines(), two.journal.splitlines(), n=0)))
            for one, two in zip(verdicts, again, strict=True)
        )
        lines = sum(verdict.journal.count("\n") for verdict in verdicts)
        passed = sum(verdict.passed for verdict in verdicts)
        print(
            f"{over:6}  {passed} of {len(verdicts)} scenarios passed, {hours:.0f} h of bench time"
            f" in {min(first, second):.1f} s;"
            f" journals of {lines} lines, of which {differing} differ in a second run"
        )


if __name__ == "__main__":
    main()
