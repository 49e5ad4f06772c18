"""The control API of a bench: HTTP on loopback, for the command line and for programs in any language.

Every call needs the bench's token, and a Host (and Origin, if present) that is this machine's loopback, so that a web page in a
browser cannot call it. An invalid call gets a 4xx status with what was expected, and changes nothing. ``api`` has the calls,
``guard`` the access control, ``journal.tail`` the stream of entries.

The port is open from the start; the calls themselves are made when the first one arrives, for most benches are never called:
FastAPI, and the validators of all faults, were a fifth of a start.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import uvicorn

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core import running
from isletbench.emulator.interfaces.control.made_when_called import MadeWhenCalled
from isletbench.emulator.journal.tail import Tail

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from isletbench.emulator.scenarios.watched import Watched

KEEP_ALIVE_S = 86_400
"""Keep-alive timeout, s of bench time, which may pass at 1000x."""


class _Server(uvicorn.Server):
    """A uvicorn server without signal handlers (the bench handles SIGINT and SIGTERM) and without its periodic tick, which
    depends on real time."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.stopping.wait()


@asynccontextmanager
async def controlled(bench: Bench, tail: Tail | None = None) -> AsyncIterator[str]:
    """Offer and announce the control API to programs of this user; yields its URL. See ``announced``."""
    async with announced(bench, tail) as announcement:
        yield announcement.control


@asynccontextmanager
async def announced(bench: Bench, tail: Tail | None = None, watched: "Watched | None" = None) -> AsyncIterator[running.Running]:
    """Offer and announce the control API; yields what is announced.

    ``tail`` is the end of the bench's journal where it was made before the bench has started, so that its numbers are those of
    the journal's lines. ``watched`` is the scenario that is played for people to watch.
    """
    token = secrets.token_urlsafe(24)
    tail = tail or Tail(bench.journal)

    def make() -> "FastAPI":
        from isletbench.emulator.interfaces.control.api import application

        return application(bench, token, tail, watched)

    async with served(MadeWhenCalled(make), tail.close) as url:
        await bench.open_to_hosts()  # after what takes long: a host commands its controller at once
        announcement = running.Running(os.getpid(), url, token, bench.hci)
        with running.announced(announcement):
            yield announcement


@asynccontextmanager
async def served(app: "ASGIApp", close: Callable[[], None]) -> AsyncIterator[str]:
    """Serve an application on a free loopback port; yields its URL. ``close`` ends its streams."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            interface="asgi3",
            loop="none",
            ws="none",
            log_level="critical",
            lifespan="off",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=KEEP_ALIVE_S,
            date_header=False,
            server_header=False,
        )
        config.load()  # here: the first turn of the server would hold up whoever the bench has opened to
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield url
        finally:
            close()
            server.stopping.set()
            await task
