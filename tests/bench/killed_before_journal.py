"""A bench that is killed after a turn is stored and before it is journalled: ``killed_before_journal STATE JOURNAL``."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.journal.files import JournalFile
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.rigs import rig
from tests.bench.killed import RIG

PULSES = 3
"""How many are journalled; the next one is stored only."""


def kill_at_a_pulse() -> None:
    carry_out, left = Host._carry_out, PULSES

    def counted(self: Host[Any], effect: Any, now: int) -> None:
        nonlocal left
        if isinstance(effect, Occurrence) and isinstance(effect.event, Pulse):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
        carry_out(self, effect, now)

    Host._carry_out = counted  # type: ignore[method-assign]


async def main(state: Path, journal: Path) -> None:
    kill_at_a_pulse()
    text = RIG.replace('profile = "generic"', 'profile = "patch"').replace("reservoir = 300", "reservoir = 200")
    with JournalFile(journal) as file:
        async with Bench(rig.parse(text, "killed"), ports=Ports.MEMORY, state=state, journal=Journal(file)) as bench:
            await bench.run(minutes(30))


if __name__ == "__main__":
    run(main(Path(sys.argv[1]), Path(sys.argv[2])), Pace(None))
