"""Where the page is in an application: below ``/page/``, made when a browser asks for it first."""

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp

from isletbench.emulator.interfaces.control.errors import answer_errors
from isletbench.emulator.interfaces.control.guard import ENTRANCE, PAGE, guard
from isletbench.emulator.interfaces.control.made_when_called import MadeWhenCalled


def offer_page(app: FastAPI, make: Callable[[], ASGIApp]) -> None:
    """Offer the site that ``make`` returns."""
    app.mount(PAGE, MadeWhenCalled(make))

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
