"""The bench's control API: HTTP on loopback, for the command line and for whatever steers a bench from any language.

Every call needs the bench's token, and a Host (and Origin, if a browser sends one) that is this machine's loopback: a web
page open in a browser must not be able to reach a bench. A wrong call gets a 4xx that says what was expected, and changes
nothing. ``api`` has the calls, ``guard`` lets nobody else in, ``tail`` streams the journal.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core import running
from isletbench.emulator.interfaces.control.api import application
from isletbench.emulator.journal.tail import Tail

A_DAY = 86_400
"""Keep-alive, in seconds of the bench's own time: at 1000x a minute has passed before a client can ask again."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers (SIGINT and SIGTERM are the bench's) and without its tick, which a fast or a standing
    clock would make a busy loop or a sleep for ever."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.stopping.wait()


@asynccontextmanager
async def controlled(bench: Bench) -> AsyncIterator[str]:
    """Let others of this user find and steer the bench while this lasts; yields the control API's URL."""
    token = secrets.token_urlsafe(24)
    async with serving(bench, token) as url:
        with running.announced(running.Running(os.getpid(), url, token, bench.hci)):
            yield url


@asynccontextmanager
async def serving(bench: Bench, token: str) -> AsyncIterator[str]:
    """Offer the control API while this lasts, on a free loopback port; yields its URL."""
    tail = Tail(bench.journal)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            application(bench, token, tail),
            log_level="critical",
            lifespan="off",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=A_DAY,
            date_header=False,
            server_header=False,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield url
        finally:
            tail.close()
            server.stopping.set()
            await task
