"""A program under test as a process: started, asked to end, killed."""

import ctypes.util
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from isletbench.emulator.core.child import ending_with_parent
from isletbench.emulator.core.clock import wall_seconds
from isletbench.emulator.scenarios.lateness import waited_s

GRACE_S = 5.0
"""How long a program may take to end when it is asked to (SIGTERM), of the world's time in which it has a processor."""
LOOK_S, MOST_S = 0.5, 60.0
"""How often it is looked whether it has ended, and after how long it is given up however late the machine is."""
LAST_OUTPUT = 4_000
"""The last characters of what a program has printed, kept for the verdict."""
FAKETIME = ("libfaketime.so.1", "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")


def faketime() -> str | None:
    """The library that scales a program's clock, where there is one."""
    return next((path for path in FAKETIME if Path(path).exists()), ctypes.util.find_library("faketime"))


def start(command: Sequence[str], variables: Mapping[str, str], clock_factor: float | None) -> "subprocess.Popen[str]":
    """Start a program with these environment variables, its clock scaled by a factor if one is given.

    Raises ``OSError`` when it cannot be started.
    """
    settings = {**os.environ, **variables, "PYTHONUNBUFFERED": "1"}
    if clock_factor is not None:
        library = faketime()
        if library is None:
            raise OSError("libfaketime is not installed: expected it for a client with a scaled clock (Debian: libfaketime)")
        settings |= {"LD_PRELOAD": library, "FAKETIME": f"+0 x{clock_factor:g}"}
    output = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  # it lives as long as the program
    try:
        started = subprocess.Popen(  # noqa: S603  # the program that the user names is what is to be run
            command,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=ending_with_parent(signal.SIGKILL),  # noqa: PLW1509  # it takes no lock
        )
    except OSError as error:
        output.close()
        raise OSError(error.errno, f"the client cannot be started: {error.strerror}: {command[0]}") from None
    started.stdout = output  # read when it is over
    return started


def end(program: "subprocess.Popen[str]") -> str:
    """Ask a program to end; what is wrong if it does not."""
    began, before = wall_seconds(), waited_s(program.pid)
    program.send_signal(signal.SIGTERM)
    while True:
        try:
            program.wait(min(LOOK_S, GRACE_S))
        except subprocess.TimeoutExpired:
            waited = (seconds - before.get(thread, 0.0) for thread, seconds in waited_s(program.pid).items())
            taken = wall_seconds() - began
            if taken >= MOST_S or taken - max(waited, default=0.0) >= GRACE_S:
                return f"the client did not end within {GRACE_S:g} s of SIGTERM: it hangs"
        else:
            return ""


def kill_and_collect_output(program: "subprocess.Popen[str]") -> str:
    """Kill a program and whatever it has started; the last of what they printed."""
    with suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()
    assert program.stdout is not None
    with program.stdout as output:
        return last_of(output)


def last_of(output: IO[str]) -> str:
    """The last characters of a file of text, however long it is: a program may have filled gigabytes."""
    octets = 4 * LAST_OUTPUT
    there = os.pread(output.fileno(), octets, max(0, os.fstat(output.fileno()).st_size - octets))
    return there.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")[-LAST_OUTPUT:]
