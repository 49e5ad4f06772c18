"""An application that is made by its first call; in a thread, so that the devices go on meanwhile."""

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

NOT_NOW = 503
"""Service Unavailable: RFC 9110, 15.6.4."""


class MadeWhenCalled:
    """Makes an application with ``make`` when it is called first.

    Modules are read meanwhile, which needs open files: a call that finds none left is refused with 503 and the reason, and
    the next one tries again.
    """

    def __init__(self, make: "Callable[[], ASGIApp]") -> None:
        self._make = make
        self._made: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a call, as ASGI has it."""
        if self._made is None:
            self._made = asyncio.ensure_future(asyncio.to_thread(self._make))
        made = self._made
        try:
            app = await asyncio.shield(made)  # a caller that leaves does not take it from the others
        except OSError as error:
            if self._made is made:
                self._made = None
            await _refuse(send, f"the bench cannot answer now: {error.strerror or error}")
            return
        await app(scope, receive, send)


async def _refuse(send: "Send", why: str) -> None:
    """Answer an HTTP request without any module that is not there yet."""
    body = json.dumps({"error": why}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": NOT_NOW, "headers": headers})
    await send({"type": "http.response.body", "body": body})
