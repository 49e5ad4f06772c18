"""Access control: every request needs a loopback Host and the bench's token, which excludes web pages of other origins.

Programs send the token in ``Authorization: Bearer TOKEN``. A browser opens ``/?token=TOKEN`` once: the token becomes a cookie
that no script can read and that is never sent with a request that another site has caused, and it leaves the address bar.
A cookie counts for requests of the page itself only, since cookies do not know ports: other programs of this machine share the
host name.
"""

import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
MAX_BODY = 1 << 20
"""Longest body of a request, octets."""
ENTRANCE = "/"
"""The only path that takes the token from its query, because a browser sends no header of ours."""
PAGE = "/page/"
"""The page for people."""
SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing."""
EXPECTED = "expected the header Authorization: Bearer TOKEN with the bench's token"
LOCKED = "This page needs the bench's token: open the link that `isletbench page` prints."

CallNext = Callable[[Request], Awaitable[Response]]


def guard(token: str) -> Callable[[Request, CallNext], Awaitable[Response]]:
    """Return a middleware that rejects requests without the token or with a wrong Host or Origin."""

    async def guarded(request: Request, call_next: CallNext) -> Response:
        if problem := _problem(request, token):
            return _refusal(request, *problem)
        if request.url.path == ENTRANCE and "token" in request.query_params:
            return _with_cookie(request, token)
        return await call_next(request)

    return guarded


def _problem(request: Request, token: str) -> tuple[int, str] | None:
    """Return status code and sentence for a request to reject, else None."""
    if _host(request.headers.get("host", "")) not in LOOPBACK:
        return 403, "the Host header must name this machine's loopback address"
    origin = request.headers.get("origin")
    if origin is not None and not _is_loopback(origin):
        return 403, "the Origin header must name this machine's loopback address"
    if not _has_token(request, token):
        return 401, EXPECTED
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers or not length.isdecimal() or int(length) > MAX_BODY:
        return 413, f"expected a body with Content-Length, at most {MAX_BODY} octets"
    return None


def _is_loopback(origin: str) -> bool:
    try:
        return _host(urlsplit(origin).netloc) in LOOPBACK
    except ValueError:  # no address at all, such as http://[
        return False


def _has_token(request: Request, token: str) -> bool:
    if "authorization" in request.headers:
        return _same(request.headers["authorization"].removeprefix("Bearer "), token)
    if request.url.path == ENTRANCE and request.method == "GET" and "token" in request.query_params:
        return _same(request.query_params["token"], token)
    return _is_of_the_page(request) and _same(request.cookies.get(_cookie(request), ""), token)


def _same(given: str, token: str) -> bool:
    return secrets.compare_digest(given.encode(), token.encode())


def _is_of_the_page(request: Request) -> bool:
    """Whether a request comes from the page itself, or from the address bar, and not from another program's page."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return request.method in SAFE  # a browser names the origin of everything else
    return origin == f"http://{request.headers['host']}"


def _with_cookie(request: Request, token: str) -> Response:
    """Answer the first request of a browser: keep the token as a cookie, and go to the address without it."""
    answer = RedirectResponse(PAGE, 303, headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
    answer.set_cookie(_cookie(request), token, httponly=True, samesite="strict", path="/")
    return answer


def _cookie(request: Request) -> str:
    """Return the name of the cookie: two benches on one machine have one each."""
    return f"isletbench_{request.scope['server'][1]}"


def _refusal(request: Request, status: int, words: str) -> Response:
    if status == 401 and "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(f"<!doctype html><meta charset=utf-8><title>isletbench</title><p>{LOCKED}</p>", status)
    return JSONResponse({"error": words}, status)


def _host(netloc: str) -> str:
    return netloc if netloc.endswith("]") else netloc.rpartition(":")[0] or netloc
