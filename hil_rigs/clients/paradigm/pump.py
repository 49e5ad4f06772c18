"""A Paradigm pump as its client sees it, whatever adapter is in front of it."""

from typing import Any, Protocol, TypeVar

from isletbench.protocols.medtronic.opcodes import Generation, Opcode

T = TypeVar("T")
ATTEMPTS = 3
"""How often a read is tried."""


class NoAnswer(ConnectionError):
    """Nothing has come, or nothing that could be understood: what was asked for may have been done."""


class NotSent(NoAnswer):
    """The parameters have not been sent: nothing was done."""


class Refusal(Exception):
    """The pump does not do it; ``code`` says why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"NAK {code:02X}")
        self.code = code


class Pump(Protocol):
    """The pump behind an adapter. ``OSError`` is raised for an adapter that cannot be reached."""

    generation: Generation
    """How its messages and records are laid out."""

    async def wake(self) -> None:
        """Make sure that the pump hears. Raises ``NoAnswer``."""

    async def read(self, opcode: Opcode, kind: type[T]) -> T:
        """The answer to a read of one frame; it is asked for anew where it does not come. Raises ``NoAnswer``, ``Refusal``."""

    async def command(self, opcode: Opcode, parameters: Any) -> None:
        """Have the pump do something. Raises ``NotSent``, ``NoAnswer``, ``Refusal``."""

    async def history(self, page: int = 0) -> list[Any]:
        """The records of a history page, oldest first. Raises ``NoAnswer``, ``Refusal``."""

    async def close(self) -> None:
        """Close the adapter. Idempotent."""
