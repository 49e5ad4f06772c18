"""A bench that is killed again and again, each time between two other instructions, and goes on from its state file.

``python -m tests.bench.killed DIRECTORY COUNT`` forks a bench COUNT times on one state file; each kills itself (SIGKILL) at a
point of its own: before or after a statement of the database, or before something leaves a device. What its client has heard
is in ``heard``, one line a bolus; the pulses that have left the device are in ``left``, each as its instant and what was left
in the reservoir after it.
"""

import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from isletbench.emulator.bench import state_file
from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.host import Host
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.rigs import rig
from isletbench.protocols import ids
from isletbench.protocols.ids import BolusType, TbrType
from tests.bench.test_day import Conversation

RIG = """
schema = 1
name = "killed"
[devices.pump]
kind = "pump"
profile = "generic"
serial = "pty:"
reservoir = 300
basal = [{ at = 00:00:00, rate = 3.0 }, { at = 10:00:00, rate = 5.0 }]
"""


class Fuse:
    """Burns down a step at a time; then the process is no more."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def burn(self) -> None:
        self.steps -= 1
        if self.steps <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def fuse_on_the_database(fuse: Fuse) -> None:
    class Connection(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            fuse.burn()
            done = super().execute(*arguments)
            fuse.burn()
            return done

        def executemany(self, *arguments: Any) -> sqlite3.Cursor:
            fuse.burn()
            done = super().executemany(*arguments)
            fuse.burn()
            return done

    connect = sqlite3.connect
    state_file.sqlite3.connect = lambda *args, **options: connect(*args, factory=Connection, **options)  # type: ignore[attr-defined]


def fuse_on_what_leaves(fuse: Fuse, place: Path) -> None:
    carry_out = Host._carry_out
    left = (place / "left").open("ab", buffering=0)

    def burning(self: Host[Any], effect: Any, now: int) -> None:
        fuse.burn()
        carry_out(self, effect, now)
        if isinstance(effect, Occurrence) and isinstance(effect.event, Pulse):
            left.write(f"{effect.at} {effect.event.reservoir_uu}\n".encode())
        fuse.burn()

    Host._carry_out = burning  # type: ignore[method-assign]


async def treat(place: Path) -> None:
    """A client that gives boluses and temp basals, and writes down what it was told, until the bench dies."""
    with (place / "heard").open("ab", buffering=0) as heard:
        bench = Bench(rig.parse(RIG, "killed"), ports=Ports.MEMORY, state=place / "state")
        async with bench:
            collector = LinkCollector(bench.memory["pump"].connect)
            await collector.connect()
            talk = Conversation(collector, ids.SERVICE, protected=True)
            await talk.listen(ids.COMMAND_POINT)
            while True:
                answer = await talk.ask(ids.COMMAND_POINT, ids.SetBolus(BolusType.MULTIWAVE, 0.5, 0.5, 10))
                if isinstance(answer, ids.SetBolusResponse):
                    heard.write(f"{answer.bolus_id}\n".encode())
                await talk.ask(ids.COMMAND_POINT, ids.SetTbrAdjustment(TbrType.RELATIVE, 1.5, 5))
                await bench.run(400_000)


def main(place: Path, count: int) -> None:
    for turn in range(count):
        child = os.fork()
        if child == 0:
            fuse = Fuse(7 + turn * turn % 293 + 5 * turn)
            fuse_on_the_database(fuse)
            fuse_on_what_leaves(fuse, place)
            run(treat(place), Pace(None))
            os._exit(1)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"bench {turn} ended by itself: {status}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
