"""Hearing what a program believes: lines of JSON, written into a named pipe in whatever language the program is.

with open(os.environ["ISLETBENCH_BELIEFS"], "a") as beliefs:
    print('{"belief": "alert", "about": "occlusion"}', file=beliefs, flush=True)
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.journal.beliefs import BeliefError
from isletbench.emulator.journal.bench_events import BeliefRefused

LONGEST_LINE = 1 << 16
READ_SIZE = 1 << 16


class _Lines:
    """Takes octets, and hands whole lines to the bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._rest = b""

    def take(self, octets: bytes) -> None:
        *lines, self._rest = (self._rest + octets).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            self._refused(f"a line is longer than {LONGEST_LINE} octets")
            self._rest = b""
        for line in lines:
            if line.strip():
                try:
                    self._bench.believe(line)
                except BeliefError as error:
                    self._refused(str(error))

    def _refused(self, why: str) -> None:
        self._bench.journal.bench(self._bench.clock.now(), BeliefRefused(why))


@contextmanager
def believing(bench: Bench, path: Path) -> Iterator[Path | None]:
    """A pipe at ``path`` whose lines are the beliefs of whoever writes them; None where there are no named pipes."""
    if not hasattr(os, "mkfifo"):
        yield None
        return
    os.mkfifo(path, 0o600)
    pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)  # open for writing, too: so it does not end with the first writer
    lines = _Lines(bench)

    def readable() -> None:
        try:
            while octets := os.read(pipe, READ_SIZE):
                lines.take(octets)
        except BlockingIOError:
            pass

    loop = asyncio.get_running_loop()
    loop.add_reader(pipe, readable)
    try:
        yield path
        readable()  # what was written last
    finally:
        loop.remove_reader(pipe)
        os.close(pipe)
        path.unlink()
