"""What the example clients have in common where they run as programs."""

import asyncio
import json
import signal
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import ReportBelief


def belief_writer(stack: ExitStack, path: str | None) -> ReportBelief:
    """A function that writes each belief as a line of JSON to a file, or discards it where there is no path."""
    if path is None:
        return lambda belief: None
    sink = stack.enter_context(Path(path).open("w", encoding="utf-8"))  # noqa: SIM115  # the stack closes it
    return lambda belief: print(json.dumps(belief), file=sink, flush=True)


async def until_ended(work: Coroutine[Any, Any, None]) -> None:
    """Do this until it is done, or until the program is asked to end: SIGTERM or SIGINT."""
    running = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    with suppress(asyncio.CancelledError):
        await running
