"""The control API is made by its first call: one that cannot be made yet is made by a later call."""

import asyncio
import errno
import json
from typing import Any

from isletbench.emulator.interfaces.control.made_when_called import MadeWhenCalled


class Maker:
    """Makes an application that answers 204, but for the first ``fails`` times."""

    def __init__(self, fails: int) -> None:
        self.fails, self.called = fails, 0

    def __call__(self) -> Any:
        self.called += 1
        if self.called <= self.fails:
            raise OSError(errno.EMFILE, "Too many open files")

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        return app


async def asked(app: MadeWhenCalled) -> tuple[int, bytes]:
    """Status and body of an answer."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    await app({"type": "http"}, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_it_is_made_once_for_all_who_call() -> None:
    maker = Maker(fails=0)
    app = MadeWhenCalled(maker)
    answers = await asyncio.gather(*(asked(app) for _ in range(3)), asked(app))
    assert answers == [(204, b"")] * 4
    assert maker.called == 1


async def test_without_open_files_a_call_is_refused_with_the_reason_and_a_later_one_is_answered() -> None:
    maker = Maker(fails=1)
    app = MadeWhenCalled(maker)
    answers = await asyncio.gather(asked(app), asked(app))
    assert [status for status, _ in answers] == [503, 503]
    assert json.loads(answers[0][1]) == {"error": "the bench cannot answer now: Too many open files"}
    assert await asked(app) == (204, b"")
    assert maker.called == 2
