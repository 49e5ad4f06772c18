"""A program under test as a process: it ends with the bench that has started it, however that ends."""

import os
import signal
import subprocess
import sys

import pytest

from tests.harness.processes import await_end, is_running

BENCH = """
import os, signal, sys
from isletbench.emulator.scenarios import process
deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
program = process.start([sys.executable, "-c", deaf], {}, None)
print(program.pid, flush=True)
signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
def test_a_program_does_not_outlive_a_bench_that_is_killed_though_it_ignores_what_asks_it_to_end() -> None:
    with subprocess.Popen([sys.executable, "-c", BENCH], stdout=subprocess.PIPE, text=True) as bench:
        assert bench.stdout is not None
        program = int(bench.stdout.readline())
        assert is_running(program)
        os.kill(bench.pid, signal.SIGKILL)
        await_end(program)
    assert not is_running(program)
