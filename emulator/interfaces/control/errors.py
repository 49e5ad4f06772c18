"""Errors as the control API answers them: a status code and one sentence."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as AnyHTTPException

from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.problems import first_problem
from isletbench.emulator.faults import FaultError


def answer_errors(app: FastAPI) -> None:
    """Answer every error of an application with a status code and one sentence."""

    @app.exception_handler(RequestValidationError)
    async def not_as_it_should_be(request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"error": first_problem(error, _body(request), skipped=1)}, 422)

    @app.exception_handler(AnyHTTPException)
    async def refused(request: Request, error: AnyHTTPException) -> JSONResponse:
        words = str(error.detail)
        if error.status_code == 400 and "parsing the body" in words:  # what the parser of JSON cannot hold
            words = "expected JSON with fewer values inside one another"
        if words == "Not Found":  # the router's text for an unknown path
            words = f"there is no {request.url.path}: GET /v1/openapi.json lists the paths"
        return JSONResponse({"error": words}, error.status_code, error.headers)

    @app.exception_handler(CannotDo)
    @app.exception_handler(FaultError)
    async def impossible(request: Request, error: ValueError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 409)


def _body(request: Request) -> Any:
    """Return the type of the body of a request; None where there is none."""
    body = request.scope["route"].body_field
    return None if body is None else body.field_info
