"""Playing a cell in a process of its own: whatever the client does there, who waits for the result gets one.

The process is forked from this one, so that it need not import anything: a fresh state costs milliseconds. Nothing of a client
has been imported here, unless ``prepare`` was called for it.
"""

import os
import pickle
import signal
import sys
import tempfile
import traceback
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, TextIO, cast

from isletbench.emulator.campaigns.cell import Cell, CellError, ClientUnderTest, compose
from isletbench.emulator.campaigns.forked import Forked
from isletbench.emulator.campaigns.play import Controlled, Played, function_of, play_cell, without_a_run
from isletbench.emulator.campaigns.result import Outcome
from isletbench.emulator.core.child import adopt_orphans, end_children, end_with_parent
from isletbench.emulator.rigs.rig import RigError
from isletbench.emulator.scenarios.process import last_of

LIMIT_S = 300.0
"""How long a client in the bench's own process may take for one cell, of the world's time, when nothing else is said."""
TIMES_THE_LENGTH = 25.0
"""How many times the length of its scenario a program may take: it may be played anew at slower paces."""
GRACE_S = 10.0
"""How long a process may take to end when it is asked to (SIGTERM), of the world's time."""


class Killed(RuntimeError):
    """The process of a cell was killed by somebody else (SIGKILL): by a person, or for want of memory."""


def limit_of(cell: Cell) -> float:
    """How long a cell may take when nothing else is said, s of the world's time. Raises ``ScenarioError``."""
    if cell.client.in_process:
        return LIMIT_S
    return 60.0 + TIMES_THE_LENGTH * compose(cell).lasts / 1_000 / (cell.pace_of.factor or 1.0)


def prepare(client: ClientUnderTest) -> None:
    """Import the module of a client here, so that no process of a cell has to; of one that fails to, nothing is said."""
    if client.in_process:
        with suppress(CellError):
            function_of(client)


def play_apart(cell: Cell, controlled: Controlled, limit_s: float | None = None) -> Played:
    """Play a cell in a process of its own; one that takes longer than ``limit_s`` is killed.

    Raises ``ScenarioError`` and ``CellError`` for a cell that cannot be played, ``OSError`` for a client that cannot be
    started, ``Killed``.
    """
    limit = limit_of(cell) if limit_s is None else limit_s
    receiver, sender = Pipe(duplex=False)
    with tempfile.TemporaryFile("w+", 1, encoding="utf-8", errors="replace") as output, receiver:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # what is not written yet would be written twice
        child = Forked(lambda: _play_and_send(cell, controlled, sender, cast("TextIO", output)))
        sender.close()
        try:
            ended: Any = receiver.recv() if receiver.poll(limit) else None
            hung = ended is None
        except (EOFError, OSError):
            ended, hung = None, False
        finally:
            exit_code = _end(child)
        if ended is not None:
            return _played(ended)
        if not hung and exit_code == -signal.SIGKILL:
            raise Killed("the process of the cell was killed (SIGKILL)")
        why = f"the client hangs: it was ended after {limit:g} s" if hung else _how_it_ended(exit_code)
        return Played(without_a_run(cell, Outcome.CRASHED, why, last_of(cast("TextIO", output))))


def _played(ended: Any) -> Played:
    if isinstance(ended, BaseException):
        raise ended
    assert isinstance(ended, Played)
    return ended


def _how_it_ended(exit_code: int) -> str:
    if exit_code < 0:
        return f"the client took its process with it: {signal.Signals(-exit_code).name}"
    return f"the client ended its process with exit code {exit_code}"


def _end(child: Forked) -> int:
    """End the process of a cell, and what it has started; return its exit code."""
    if child.ended_within(GRACE_S / 10) is None:
        child.send(signal.SIGTERM)
        child.ended_within(GRACE_S)
    with suppress(ProcessLookupError, PermissionError):  # nobody of its group is left, or only what nobody has waited for
        os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


def _let_go_of_all_but(*kept: int) -> None:
    """Put nothing in the place of what this process has inherited, but the standard streams and these: the pipe of a worker
    that has died is at its end for whoever reads it, though a cell is still there.

    The numbers stay taken: an object from before the fork that goes away in this process closes its own, and not one that
    something of the cell has got meanwhile."""
    with open(os.devnull, "r+b", 0) as nothing:  # noqa: PTH123  # a device
        for number in map(int, os.listdir("/dev/fd")):  # noqa: PTH208  # as above
            if number > 2 and number not in (*kept, nothing.fileno()):
                with suppress(OSError):
                    os.dup2(nothing.fileno(), number, inheritable=False)


def _play_and_send(cell: Cell, controlled: Controlled, sender: Connection, output: TextIO) -> None:
    """What the process of a cell does."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    end_with_parent(signal.SIGTERM)  # nobody else knows of it, nor of a program that it has started
    adopt_orphans()
    _let_go_of_all_but(sender.fileno(), output.fileno())
    with open(os.devnull) as nothing:  # noqa: PTH123  # a device
        os.dup2(nothing.fileno(), 0)
    for stream in (1, 2):
        os.dup2(output.fileno(), stream)
    sys.stdout = sys.stderr = output
    ended: Any
    try:
        ended = play_cell(cell, controlled)
    except (RigError, OSError) as error:
        ended = error
    except SystemExit as error:
        sys.stdout.flush()
        end_children()
        os._exit(error.code if isinstance(error.code, int) else 1)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        end_children()
        os._exit(70)
    sys.stdout.flush()
    end_children()
    sender.send_bytes(pickle.dumps(ended))
    os._exit(0)
