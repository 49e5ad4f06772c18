"""A bench in another process, standing still until it is told to go on, and its control API."""

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interfaces.cli.test_up import PATIENCE_S, Up, start_up


@dataclass
class Answer:
    """What a call was answered."""

    status: int
    content: Any


@dataclass
class Steered:
    """A running bench, and whom to ask."""

    up: Up
    url: str
    token: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call the API; ``body`` is sent as JSON, octets as they are."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return Answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read())

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What a call that should succeed is answered."""
        answer = self.call(method, path, body)
        assert answer.status in (200, 201), answer
        return json.loads(answer.content)

    def refusal(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """Status and sentence of a call that should be refused."""
        answer = self.call(method, path, body, **headers)
        return answer.status, json.loads(answer.content)["error"]


@contextmanager
def steered(directory: Path) -> Iterator[Steered]:
    """The default rig, paused."""
    up = start_up(directory, "--pace", "paused")
    try:
        (announced,) = (directory / "run").glob("bench-*.json")
        told = json.loads(announced.read_text(encoding="utf-8"))
        yield Steered(up, told["control"], told["token"])
    finally:
        if up.process.poll() is None:
            up.process.send_signal(signal.SIGTERM)
        _, stderr = up.process.communicate(timeout=PATIENCE_S)
    assert up.process.returncode == 0, stderr
    assert stderr == ""
