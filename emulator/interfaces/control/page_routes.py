"""Where the page is in an application: below ``/page/``, made when a browser asks for it first."""

from collections.abc import Callable
from functools import cache

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from isletbench.emulator.interfaces.control.errors import answer_errors
from isletbench.emulator.interfaces.control.guard import ENTRANCE, PAGE, guard


def offer_page(app: FastAPI, make: Callable[[], ASGIApp]) -> None:
    """Offer the site that ``make`` returns."""
    site = cache(make)

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await site()(scope, receive, send)

    app.mount(PAGE, page)

    @app.get(ENTRANCE, include_in_schema=False)
    async def entrance() -> RedirectResponse:
        return RedirectResponse(PAGE, 303)


def page_alone(site: ASGIApp, token: str) -> FastAPI:
    """An application that has the page and nothing to steer: a finished journal."""
    app = FastAPI(openapi_url=None)
    app.middleware("http")(guard(token))
    answer_errors(app)
    offer_page(app, lambda: site)
    return app
