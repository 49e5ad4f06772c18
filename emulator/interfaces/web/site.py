"""The routes of the page: its files, the rows of the journal, and a look at octets. Access control is the API's own."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from isletbench.emulator.interfaces.control.errors import answer_errors
from isletbench.emulator.interfaces.web import assets
from isletbench.emulator.interfaces.web.feed import Feed
from isletbench.emulator.reports.decoded import details

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
"""A browser loads nothing from anywhere else for this page, and shows it in no other one."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def site_of(feed: Feed, facts: Callable[[], dict[str, Any]], *routers: APIRouter) -> FastAPI:
    """The site of one journal, with more routes where a bench runs. ``facts`` says what the page is about."""
    app = FastAPI(openapi_url=None)
    answer_errors(app)
    for router in routers:
        app.include_router(router)

    @app.get("/facts")
    async def about() -> dict[str, Any]:
        """Return what the page is about: rig, seed, start, devices, and whether it runs."""
        return facts()

    @app.get("/feed")
    async def rows(request: Request) -> StreamingResponse:
        """Stream the rows of the journal, from the header Last-Event-ID on."""
        last = request.headers.get("last-event-id", "")
        after = int(last) if last.isdecimal() and len(last) < 16 else 0
        return StreamingResponse(feed.events(after), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @app.get("/octets/{name}/{octets}")
    async def octets(name: str, octets: str) -> dict[str, Any]:
        """Return a value decoded, field by field, with the octets of each."""
        try:
            return details(name, bytes.fromhex(octets))
        except KeyError:
            raise HTTPException(404, f"type {name!r}: expected one that `isletbench types` lists") from None
        except ValueError:
            raise HTTPException(422, "octets: expected pairs of hexadecimal digits") from None

    @app.get("/{file:path}")
    async def file(file: str) -> Response:
        """Return a file of the page."""
        found = assets.file(file or assets.INDEX)
        if found is None:
            raise HTTPException(404, f"there is no /page/{file}")
        return Response(found.content, media_type=found.media_type, headers=HEADERS)

    return app
