"""A worker: a process that has imported everything once, and forks itself for every cell.

It reads an order a line and writes a report a line, both JSON. The same worker serves the executor of this computer and those
of a cluster; what it is given and returns is text, so nothing of ours has to be understood on the way.
"""

import base64
import gc
import gzip
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from isletbench.emulator.campaigns.apart import Killed, play_apart, prepare
from isletbench.emulator.campaigns.cell import Cell, ClientUnderTest, cell_of
from isletbench.emulator.campaigns.play import Controlled, play_cell
from isletbench.emulator.campaigns.result import Result
from isletbench.emulator.rigs.rig import RigError

WARMS_UP = ("isletbench.hil_rigs.clients.controller.in_process:client_of", "DLV-01", "10m")
"""What a worker plays before its first cell over a carrier, so that the tables and models of the bench are there when cells are
forked: a client of ours, a scenario, and how long."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is asked for."""

    cell: Cell
    limit_s: float | None = None
    """After how long it is ended; the default of ``apart`` when None."""
    keep_all: bool = False
    """Whether the journal is wanted of a cell that passed, too."""

    def to_line(self) -> str:
        """The order as a line of JSON, without the line's end."""
        return json.dumps({"cell": self.cell.to_dict(), "limit_s": self.limit_s, "keep_all": self.keep_all})

    @classmethod
    def of(cls, line: str) -> "Order":
        """The order that a line says. Raises ``CellError``."""
        plain = json.loads(line)
        return cls(cell_of(plain["cell"]), plain["limit_s"], plain["keep_all"])


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker answers."""

    result: Result
    journal: bytes = b""
    """Compressed by gzip; empty where it is not wanted."""
    matched: Mapping[str, int] | None = None
    """How many messages each fault of the run has matched."""


class WorkerLost(RuntimeError):
    """A worker died, or the process of the cell was killed: nothing is known of the cell."""


class CannotPlay(RigError):
    """A cell cannot be played at all: the call or a file is wrong; one sentence."""


def report_of(line: str) -> Report:
    """The report that a worker's line says. Raises ``WorkerLost``, ``CannotPlay``."""
    plain = json.loads(line)
    if "lost" in plain:
        raise WorkerLost(plain["lost"])
    if "wrong" in plain:
        raise CannotPlay(plain["wrong"])
    return Report(Result.model_validate(plain["result"]), base64.b64decode(plain["journal"]), plain["matched"])


def serve(orders: Iterable[str], answers: IO[str], controlled: Controlled) -> None:
    """Carry out orders until there are no more."""
    prepared: set[ClientUnderTest] = set()
    warm: set[str] = set()
    for line in orders:
        order = Order.of(line)
        if order.cell.over not in warm:
            warm.add(order.cell.over)
            _warm_up(order.cell.over, controlled)
        answer = _answer(order, controlled)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        if "result" in answer and order.cell.client not in prepared:
            prepared.add(order.cell.client)
            prepare(order.cell.client)


def _answer(order: Order, controlled: Controlled) -> dict[str, Any]:
    try:
        played = play_apart(order.cell, controlled, order.limit_s)
    except Killed as error:
        return {"lost": str(error)}
    except RigError as error:
        return {"wrong": str(error)}
    except OSError as error:
        return {"wrong": error.strerror or str(error)}
    wanted = order.keep_all or played.result.outcome != "passed"
    journal = gzip.compress(played.journal.encode(), 6, mtime=0) if wanted and played.journal else b""
    result = played.result.model_dump(mode="json", by_alias=True)
    return {"result": result, "journal": base64.b64encode(journal).decode(), "matched": played.matched}


def _warm_up(over: str, controlled: Controlled) -> None:
    """Play a moment over a carrier, so that what every run makes first is there; no collection of garbage touches it then, for
    what is touched is copied into every process of a cell."""
    client, scenario, lasts = WARMS_UP
    play_cell(cell_of({"scenario": scenario, "client": {"command": [client]}, "over": over, "lasts": lasts}), controlled)
    gc.collect()
    gc.freeze()


def serve_standard_streams(controlled: Controlled) -> None:
    """Carry out the orders of standard input, and report on standard output, which nothing else can write to meanwhile."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        serve(sys.stdin, answers, controlled)
