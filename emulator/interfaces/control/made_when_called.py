"""An application that is made by its first call; in a thread, so that the devices go on meanwhile."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class MadeWhenCalled:
    """Makes an application with ``make`` when it is called first."""

    def __init__(self, make: "Callable[[], ASGIApp]") -> None:
        self._make = make
        self._made: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a call, as ASGI has it."""
        if self._made is None:
            self._made = asyncio.ensure_future(asyncio.to_thread(self._make))
        app = await asyncio.shield(self._made)  # a caller that leaves does not take it from the others
        await app(scope, receive, send)
