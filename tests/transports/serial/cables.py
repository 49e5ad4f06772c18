"""Two ends of a cable on one machine, as paths of ttys: what stands in for two crossed adapters."""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def socat(place: Path) -> AsyncIterator[tuple[str, str]]:
    """A pair of pseudo-terminals that socat joins."""
    ours, theirs = place / "ours", place / "theirs"
    process = await asyncio.create_subprocess_exec("socat", f"PTY,link={ours},raw,echo=0", f"PTY,link={theirs},raw,echo=0")
    async with asyncio.timeout(10):
        while not (ours.exists() and theirs.exists()):
            await asyncio.sleep(0.01)
    yield str(ours), str(theirs)
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    await process.wait()


@asynccontextmanager
async def crossed_ptys(place: Path) -> AsyncIterator[tuple[str, str]]:
    """A pair of pseudo-terminals whose masters this process joins; neither ever hangs up, as adapters do not."""
    masters, slaves = [], []
    for _ in range(2):
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        masters.append(master)
        slaves.append(slave)
    loop = asyncio.get_running_loop()

    def pump(source: int, sink: int) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(sink, os.read(source, 4_096))

    loop.add_reader(masters[0], pump, masters[0], masters[1])
    loop.add_reader(masters[1], pump, masters[1], masters[0])
    yield os.ttyname(slaves[0]), os.ttyname(slaves[1])
    for descriptor in masters:
        loop.remove_reader(descriptor)
    for descriptor in (*masters, *slaves):
        os.close(descriptor)
