"""What tests of campaigns share: small cells, made-up results, and a crew that plays at once."""

import base64
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from typing import Any

from isletbench.emulator.campaigns.campaign import Campaign, validated
from isletbench.emulator.campaigns.cell import Cell, cell_of
from isletbench.emulator.campaigns.executors import Crew
from isletbench.emulator.campaigns.play import key_of, situation_of
from isletbench.emulator.campaigns.result import Outcome, Result
from isletbench.emulator.campaigns.worker import Order

CAREFUL = "isletbench.hil_rigs.clients.controller.in_process:client_of"
CARELESS = "isletbench.hil_rigs.clients.careless.in_process:client_of"
ROGUES = "tests.harness.rogue_clients:client_of"


def cell(scenario: str | dict[str, Any] = "DLV-01", command: tuple[str, ...] = (CAREFUL,), **more: Any) -> Cell:
    """A cell with a client in the bench's own process."""
    return cell_of({"scenario": scenario, "client": {"command": list(command), "version": more.pop("version", "1")}, **more})


def campaign(**more: Any) -> Campaign:
    """A campaign over the careful controller."""
    given = {"schema": 1, "scenarios": ["DLV-01"], "client": [{"command": [CAREFUL], "version": "1"}], **more}
    return validated(given, "campaign")


def result(of: Cell, outcome: str = "passed", **more: Any) -> Result:
    """A result that nobody played."""
    given: dict[str, Any] = {
        "key": key_of(of),
        "situation": situation_of(of),
        "cell": of.to_dict(),
        "scenario": "DLV-01",
        "outcome": Outcome(outcome),
        "pace": "jump",
        "versions": {"client": of.client.version, "code": "1"},
        "journal": "a",
    }
    return Result.model_validate(given | more)


def failed(of: Cell, check: str = "doses_once", words: str = "bolus 2 is number 2", **more: Any) -> Result:
    """The result of a cell that failed, and nobody played."""
    return result(of, "failed", findings=[{"check": check, "at": 60_000, "line": 1, "words": words}], **more)


def report_line(made: Result, matched: Mapping[str, int] | None = None) -> str:
    """What a worker would write."""
    plain = {"result": made.model_dump(mode="json", by_alias=True), "matched": matched}
    return json.dumps({**plain, "journal": base64.b64encode(b"").decode()})


class AtOnce(Executor):
    """Does what it is given when it is given."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def crew(play: Callable[[Order], Result]) -> Crew:
    """A crew whose cells end as ``play`` says."""
    return Crew(AtOnce(), 2, lambda line: report_line(play(Order.of(line))))
