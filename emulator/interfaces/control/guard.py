"""Access control of the API: requests need the bench's token and a loopback Host, which excludes web pages in a browser."""

import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import JSONResponse

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
MAX_BODY = 1 << 20
"""Longest body of a request, octets."""
OPEN_PAGE = "/"
"""The page for people: a browser sends no such header with its first request, so the URL may contain the token."""

CallNext = Callable[[Request], Awaitable[Response]]


def guard(token: str) -> Callable[[Request, CallNext], Awaitable[Response]]:
    """Return a middleware that rejects requests without the token or with a wrong Host or Origin."""

    async def guarded(request: Request, call_next: CallNext) -> Response:
        if problem := _problem(request, token):
            status, words = problem
            return JSONResponse({"error": words}, status)
        return await call_next(request)

    return guarded


def _problem(request: Request, token: str) -> tuple[int, str] | None:
    """Return status code and sentence for a request to reject, else None."""
    if _host(request.headers.get("host", "")) not in LOOPBACK:
        return 403, "the Host header must name this machine's loopback address"
    origin = request.headers.get("origin")
    if origin is not None and _host(urlsplit(origin).netloc) not in LOOPBACK:
        return 403, "the Origin header must name this machine's loopback address"
    if not secrets.compare_digest(_token_of(request).encode(), token.encode()):
        return 401, "expected the header Authorization: Bearer TOKEN with the bench's token"
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > MAX_BODY:
        return 413, f"expected a body with Content-Length, at most {MAX_BODY} octets"
    return None


def _token_of(request: Request) -> str:
    if request.url.path == OPEN_PAGE and request.method == "GET":
        return request.query_params.get("token", "")
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _host(netloc: str) -> str:
    return netloc if netloc.endswith("]") else netloc.rpartition(":")[0] or netloc
