"""A client of the control API of a running bench."""

import json
import os
from typing import TYPE_CHECKING, Any

from isletbench.emulator.interfaces.cli.errors import CallError

if TYPE_CHECKING:
    from urllib.error import HTTPError

    from isletbench.emulator.core.running import Running

TIMEOUT_S = 600
"""A step of a day takes a minute and a half."""


def running_bench() -> "Running":
    """The bench that ISLETBENCH_CONTROL names, or the newest one. Raises ``CallError`` when there is none."""
    from isletbench.emulator.core import running

    benches = running.benches()
    if not benches:
        raise CallError("no bench is running: start one with `isletbench up`")
    if wanted := os.environ.get("ISLETBENCH_CONTROL"):
        benches = [bench for bench in benches if bench.control == wanted]
        if not benches:
            raise CallError(f"no bench of yours is running at ISLETBENCH_CONTROL={wanted}")
    return benches[-1]


def ask(bench: "Running", path: str, method: str = "GET", body: Any = None) -> Any:
    """Call the control API. Raises ``CallError`` with what the bench says when it refuses."""
    import urllib.error
    import urllib.request

    request = urllib.request.Request(  # noqa: S310  # a loopback URL the bench itself wrote down
        bench.control + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {bench.token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  # likewise
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise CallError(_words(error)) from None
    except urllib.error.URLError as error:
        raise CallError(f"the bench at {bench.control} does not answer: {error.reason}") from None
    except OSError as error:
        raise CallError(f"the bench at {bench.control} does not answer: {error}") from None


def _words(error: "HTTPError") -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"the bench answers {error.code} {error.reason}"
