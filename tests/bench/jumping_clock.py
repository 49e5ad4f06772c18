"""A bench that runs at pace while the host's clock jumps: called under libfaketime, which reads the clock's offset from a file.

``python -m tests.bench.jumping_clock OFFSETS`` writes an offset into that file after each quarter of ten bench minutes, and
prints as JSON what the host's clock showed in each, the pump's pulses, and whether the bench thought that it had slept.
"""

import io
import json
import sys
from datetime import datetime
from pathlib import Path

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs import rig

RIG = """
schema = 1
name = "steady"
[devices.pump]
kind = "pump"
serial = "pty:"
basal = [{ at = 00:00:00, rate = 3.0 }]
"""
"""A pump whose rate does not depend on when the bench begins."""
OFFSETS = ("+400d", "-400d", "+0", "+12h")
QUARTER_MS = 150_000
PACE = 600.0


async def main(offset: Path, text: io.StringIO) -> list[str]:
    """Run for four quarters; the date on the host in each."""
    dates = []
    async with Bench(rig.parse(RIG, "steady"), ports=Ports.MEMORY, journal=Journal(text)) as bench:
        for jumped in OFFSETS:
            offset.write_text(jumped + "\n", encoding="ascii")
            dates.append(datetime.now().date().isoformat())  # noqa: DTZ005  # as whoever looks at the host's clock
            await bench.run(QUARTER_MS)
    return dates


if __name__ == "__main__":
    text = io.StringIO()
    dates = run(main(Path(sys.argv[1]), text), Pace(PACE))
    lines = [json.loads(line) for line in text.getvalue().splitlines()]
    pulses = [(line["t"], line["uu"]) for line in lines if line.get("ledger") == "pulse"]
    slept = [line for line in lines if line.get("bench") == "machine_slept"]
    print(json.dumps({"dates": dates, "pulses": pulses, "slept": slept, "ended": lines[-1]["t"]}))  # noqa: T201
