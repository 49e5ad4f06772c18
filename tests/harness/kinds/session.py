"""One session with the devices of a rig in jump pace, for a process in which a third-party kind is installed."""

import asyncio
import json
import sys
from pathlib import Path

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.interfaces.terminal.lines import line_of
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import load_rig


async def session(place: Path) -> None:
    """Ask the thermometer before and after it is warmed; print what is seen of it."""
    with (place / "journal.jsonl").open("w", encoding="utf-8") as sink:
        bench = Bench(load_rig(str(place / "rig.toml")), ports=Ports.MEMORY, state=place / "state", journal=Journal(sink))
        async with bench:
            heard = bytearray()
            client = bench.memory["thermo"].connect(heard.extend)
            client.write(b"?")
            await asyncio.sleep(1)
            bench.steering.do("thermo", "warm", {"celsius": 36.6})
            await bench.run(5_000)
            client.write(b"??")
            await asyncio.sleep(1)
            status = bench.status()["devices"]["thermo"]
            sys.stdout.write(json.dumps({"heard": heard.decode(), "status": status, "line": line_of(status)}))


if __name__ == "__main__":
    run(session(Path(sys.argv[1])), Pace(None))
