"""The bench's control API: HTTP on loopback, for ``loopbench status`` and for whatever steers a bench from any language.

Every call needs the bench's token, and a Host (and Origin, if a browser sends one) that is this machine's loopback: a web
page open in a browser must not be able to reach a bench. A wrong call gets a 4xx that says what was expected.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from emulator import runtime
from emulator.bench import Bench

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


def application(bench: Bench, token: str) -> FastAPI:
    """The API over a running bench."""
    app = FastAPI(title="loopbench", version="1", openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None)

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if problem := _problem(request, token):
            status, words = problem
            return JSONResponse({"error": words}, status)
        return await call_next(request)

    @app.get("/v1/status")
    async def status() -> dict[str, Any]:
        """What every device of the bench is doing."""
        return bench.status()

    return app


def _problem(request: Request, token: str) -> tuple[int, str] | None:
    """Why this request is refused, if it is."""
    if _host(request.headers.get("host", "")) not in LOOPBACK:
        return 403, "the Host header must name this machine's loopback address"
    origin = request.headers.get("origin")
    if origin is not None and _host(urlsplit(origin).netloc) not in LOOPBACK:
        return 403, "the Origin header must name this machine's loopback address"
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not secrets.compare_digest(given.encode(), token.encode()):
        return 401, "expected the header Authorization: Bearer TOKEN with the bench's token"
    return None


def _host(netloc: str) -> str:
    return netloc if netloc.endswith("]") else netloc.rpartition(":")[0] or netloc


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: SIGINT and SIGTERM are the bench's to handle."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def controlled(bench: Bench) -> AsyncIterator[str]:
    """Let others of this user find and steer the bench while this lasts; yields the control API's URL."""
    token = secrets.token_urlsafe(24)
    async with serving(bench, token) as url:
        with runtime.announced(runtime.Running(os.getpid(), url, token, bench.hci)):
            yield url


@asynccontextmanager
async def serving(bench: Bench, token: str) -> AsyncIterator[str]:
    """Offer the control API while this lasts, on a free loopback port; yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(application(bench, token), log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield url
        finally:
            server.should_exit = True
            await task
