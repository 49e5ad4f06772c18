"""What a device writes into the journal of an exchange: how far it came with a request, and why it refused one.

A note is a frozen dataclass. A kind of note has a name of its own (``refused``) or, where it marks a stage of an operation, the
name of that operation (``SetBolus``).
"""

import re
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, ClassVar

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass

NOTES: dict[str, type["Note"]] = {}
"""Every kind of note that has a name of its own."""


class Stage(StrEnum):
    """How far an exchange has come.

    A reply lost before and after ``COMMITTED`` looks the same to the client and differs for the patient, so the stage is
    written down, not inferred.
    """

    ON_THE_WIRE = "on_the_wire"
    """The client has sent it, and something keeps it from reaching the device as it is."""
    RECEIVED = "received"
    """The request's octets are complete at the device."""
    DECODED = "decoded"
    """The octets have a meaning."""
    ACCEPTED = "accepted"
    """The device will do it; nothing has changed yet."""
    COMMITTED = "committed"
    """It is done: therapy, settings or records have changed."""
    REPLY_QUEUED = "reply_queued"
    """The answer exists."""
    REPLY_SENT = "reply_sent"
    """The answer has been handed to the wire."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the journal, not for the wire. Subclasses are frozen dataclasses.

    ``at`` is when it became true, which may lie before the call that found it out.
    """

    at: Instant
    name: ClassVar[str]
    """What the journal calls it: the class's name in small letters unless the class says another."""
    stage: ClassVar[Stage | None] = None
    """How far the exchange has come, for a note that marks it."""

    def __init_subclass__(cls, *, name: str | None = None, **settings: Any) -> None:
        super(Note, cls).__init_subclass__(**settings)  # noqa: UP008  # the decorator makes the class a second time
        if "name" not in cls.__dict__ and "operation" not in cls.__annotations__:  # slots=True makes the class a second time
            cls.name = name or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
        if "operation" not in cls.__annotations__:
            NOTES[cls.name] = cls


@dataclass(frozen=True, slots=True)
class Decoded(Note):
    """The octets of a request have a meaning: an operation and its operand."""

    operation: str
    operand: object = None
    """None for an operation without one."""
    stage: ClassVar[Stage | None] = Stage.DECODED


@dataclass(frozen=True, slots=True)
class Accepted(Note):
    """The device will carry out the operation."""

    operation: str
    records: int | None = None
    """How many records a report is about to send."""
    stage: ClassVar[Stage | None] = Stage.ACCEPTED


@dataclass(frozen=True, slots=True)
class Committed(Note):
    """The operation has changed therapy, settings or records."""

    operation: str
    answer: object = None
    """What a record access control point answers to a deletion."""
    stage: ClassVar[Stage | None] = Stage.COMMITTED


@dataclass(frozen=True, slots=True)
class ReadingsShown(Note):
    """The answer of an existing protocol holds stored readings of a sensor: what it shows of each, only its layout knows."""

    measured: tuple[Instant, ...]
    """When each of them was measured, in the order of the answer."""


@dataclass(frozen=True, slots=True)
class Refused(Note):
    """The device does not carry out the request."""

    why: str
    code: str | None = None
    """The name of the ATT error code; None where the refusal is in the answer of a control point."""


@dataclass(frozen=True, slots=True)
class IgnoredRequest(Note, name="ignored"):
    """The device neither carries out the request nor answers it."""

    opcode: str
    """Its octets, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class UnknownNote(Note):
    """A note of a kind that is not installed here, as it was written down."""

    operation: str
    values: Mapping[str, Any]
    stage: Stage | None = field(default=None, kw_only=True)  # type: ignore[misc]  # of every other note its kind decides
