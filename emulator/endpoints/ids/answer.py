"""What ends a procedure of a control point, and whether it has changed the pump."""

from dataclasses import field
from typing import Any

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump.happenings import Outcome
from isletbench.protocols import ids
from isletbench.protocols.ids import Response


@dataclass(slots=True)
class Answer:
    """The operation that ends a procedure, and the records that go before it through Command Data."""

    last: Any
    records: list[Any] = field(default_factory=list)
    changed: bool = False
    """Whether the procedure has changed the pump."""


def success(operation: Any) -> Any:
    """The response code of a command that has no answer of its own."""
    return ids.CommandResponseCode(ids.COMMAND.opcode_of(operation), Response.SUCCESS)


def done(operation: Any, outcome: Outcome[Any], last: Any = None) -> Answer:
    """The answer of a procedure that may have changed the pump: one of its own, or success."""
    return Answer(last or success(operation), changed=outcome.changed)
