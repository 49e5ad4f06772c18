"""A Paradigm pump as messages: an op code with its parameters goes in, data or an acknowledgement or a refusal comes out."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from isletbench.emulator.core.notes import Accepted, Committed, Decoded, Note
from isletbench.emulator.core.notes import Refused as RefusedNote
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.paradigm.operations import Asked, asked
from isletbench.emulator.endpoints.paradigm.reads import ONLY, READS, Read, Rejection
from isletbench.emulator.endpoints.paradigm.state import State
from isletbench.emulator.endpoints.paradigm.writes import WRITES
from isletbench.emulator.gatt.notes import ClockSet
from isletbench.emulator.pump.states import Reason, Refused
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import answers
from isletbench.protocols.medtronic.opcodes import NakCode

CODES: Mapping[Reason, NakCode] = {
    Reason.NOT_POSSIBLE: NakCode.REFUSED,
    Reason.OUT_OF_RANGE: NakCode.OUT_OF_RANGE,
    Reason.UNKNOWN: NakCode.REFUSED,
    Reason.FAILED: NakCode.REFUSED,
    Reason.TOO_MANY_BOLUSES: NakCode.BOLUS_IN_PROGRESS,
}
"""What each refusal of the pump is answered with."""


@dataclass(frozen=True, slots=True)
class Data:
    """Data in one long payload or several."""

    payloads: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Ack:
    """It is done."""


@dataclass(frozen=True, slots=True)
class Nak:
    """It is not done."""

    code: NakCode


Reply: TypeAlias = Data | Ack | Nak
Replying: TypeAlias = Generator[Note, None, Reply]
"""Notes on the way, then the reply."""


def ask(state: State, opcode: int, given: bytes, now: Instant) -> Replying:
    """Do what a message asks."""
    try:
        message = asked(opcode, given, state.generation)
    except WireError as error:
        yield RefusedNote(now, str(error))
        return Nak(NakCode.OUT_OF_RANGE)
    yield Decoded(now, message.word, message.operand(state.generation.strokes))
    if opcode in WRITES:
        return (yield from _write(state, message, now))
    read = READS.get(opcode) or ONLY[state.generation].get(opcode)
    if read is None:
        yield RefusedNote(now, f"this pump knows no op code 0x{opcode:02X}")
        return Nak(NakCode.REFUSED)
    return (yield from _read(state, read, message, now))


def _read(state: State, read: Read, message: Asked, now: Instant) -> Replying:
    found = read(state, now, message.parameters)
    if isinstance(found, Rejection):
        yield RefusedNote(now, found.why)
        return Nak(found.code)
    return Data(found)


def _write(state: State, message: Asked, now: Instant) -> Replying:
    try:
        WRITES[message.opcode](state, now, message.parameters)
    except Refused as refused:
        yield RefusedNote(now, str(refused))
        return Nak(CODES[refused.reason])
    yield Accepted(now, message.word)
    yield _committed(message, now)
    return Ack()


def _committed(message: Asked, now: Instant) -> Note:
    """What has changed: of a clock, what it was set to."""
    if isinstance(message.parameters, answers.Clock):
        return ClockSet(now, message.parameters.to_datetime().isoformat())
    return Committed(now, message.word)
