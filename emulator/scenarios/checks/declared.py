"""What a check is, and the words in which checks speak of a conversation.

A check finds what is wrong, each with the line of the journal at which it went wrong; finding nothing is passing. What it
demands of a client stands in its docstring.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from isletbench.emulator.core.actions import name_of
from isletbench.emulator.core.models import Part
from isletbench.emulator.core.quantities import Instant, Span
from isletbench.emulator.faults.fault import Name
from isletbench.emulator.journal.beliefs import Kind
from isletbench.emulator.journal.conversation import Conversation, Exchange, Said
from isletbench.protocols import cgms
from isletbench.protocols.e2e import split_records
from isletbench.protocols.errors import WireError

DELIVERS = ("SetBolus", "SetTbrAdjustment")
"""Operations that let insulin flow."""
_COUNTED = ("GetDeliveredInsulin", "ids.RecordAccessControlPoint.REPORT")
RESOLVES: Mapping[str | None, tuple[str, ...]] = {
    "SetBolus": ("GetActiveBolusIds", "GetActiveBolusDelivery", *_COUNTED),
    "SetTbrAdjustment": ("GetActiveBasalRateDelivery", *_COUNTED),
}
"""Words for what tells a client what has become of each of them."""


DOUBTFUL = (
    cgms.Annunciation.SESSION_STOPPED
    | cgms.Annunciation.SENSOR_TYPE_INCORRECT
    | cgms.Annunciation.SENSOR_MALFUNCTION
    | cgms.Annunciation.GENERAL_DEVICE_FAULT
    | cgms.Annunciation.SENSOR_TEMPERATURE_TOO_HIGH
    | cgms.Annunciation.SENSOR_TEMPERATURE_TOO_LOW
)
"""What a sensor says with a reading that is not to be relied upon."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not have happened, or should have and did not."""

    at: Instant
    line: int
    """Of the journal."""
    words: str


class Check(Part):
    """Something that must hold of a conversation. Its docstring says what a client has to do."""

    exercises: ClassVar[tuple[str, ...]] = ()
    """The standing invariants that it holds."""
    needs: ClassVar[Kind | None] = None
    """What a client has to tell of its beliefs, for this to be judged; None: the wire is enough."""

    device: Name | None = None
    """Only with this device; with any when left out."""

    @classmethod
    def kind(cls) -> str:
        """What it is called: ``reconnects``."""
        return name_of(cls)

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        """What is wrong. Nothing: it holds."""
        raise NotImplementedError

    def concerns(self, exchange: Exchange) -> bool:
        """Whether an exchange is with the device that is meant."""
        return self.device is None or exchange.request.device == self.device


def called(exchange: Exchange, words: tuple[str, ...]) -> bool:
    """Whether people would call it by one of these words."""
    request = exchange.request
    names = {request.operation, request.type, f"{request.type}.{request.operation}"}
    return bool(names & set(words))


def heard(conversation: Conversation) -> Iterator[Said]:
    """Everything that reached clients."""
    yield from (said for said in conversation.told if said.arrived)
    for exchange in conversation.exchanges:
        yield from (said for said in (exchange.acknowledged, exchange.answer) if said is not None)


@dataclass(frozen=True, slots=True)
class Heard:
    """A reading that has reached a client, live or from the store."""

    at: Instant
    """When it did."""
    line: int
    device: str
    time_offset: int
    measured: Instant
    """When it was measured."""
    mg_dl: float | None
    """What it says; None: no number."""
    is_usable: bool
    """Whether it is a number above nothing, of a sensor that is well."""


def readings_heard(conversation: Conversation) -> Iterator[Heard]:
    """Every reading that has reached clients, whole, in the order in which they came; what is damaged is left out."""
    samples: dict[tuple[str, int], list[Instant]] = {}
    for entry in conversation.ledger:
        if entry["ledger"] == "sample":
            samples.setdefault((entry["device"], entry["time_offset"]), []).append(entry["t"])
    for said in conversation.told:
        if not said.arrived or said.type != "cgms.Measurement":
            continue
        try:
            measurements = [cgms.MEASUREMENT.decode(record, protected=True) for record in split_records(said.octets)]
        except WireError:
            continue
        for told in measurements:
            taken = [at for at in samples.get((said.device, told.time_offset), ()) if at <= said.at]
            if taken:
                mg_dl = told.glucose if isinstance(told.glucose, float) else None
                usable = mg_dl is not None and mg_dl > 0 and not told.annunciation & DOUBTFUL
                yield Heard(said.at, said.line, said.device, told.time_offset, taken[-1], mg_dl, usable)


@dataclass(frozen=True, slots=True)
class Bolus:
    """A bolus as it really was."""

    id: int
    device: str
    began: Instant
    """When it was programmed."""
    ended: Instant
    """When it was over, or the run was."""


def boluses(conversation: Conversation, device: str | None) -> Iterator[Bolus]:
    """Every bolus of a pump, or of all of them, in the order in which they began."""
    ended = {(e["device"], e["bolus_id"]): e["t"] for e in conversation.ledger if e["ledger"] == "bolus_ended"}
    for entry in conversation.ledger:
        if entry["ledger"] == "bolus_programmed" and device in {None, entry["device"]}:
            key = entry["device"], entry["bolus_id"]
            yield Bolus(entry["bolus_id"], entry["device"], entry["t"], ended.get(key, conversation.ended))


def bolus_pulses(conversation: Conversation, device: str | None) -> Iterator[dict[str, Any]]:
    """The entries of the ledger for every pulse of a bolus that was really delivered."""
    for entry in conversation.ledger:
        if entry["ledger"] == "pulse" and entry["cause"] == "bolus" and device in {None, entry["device"]}:
            yield entry


def means(said: Said, word: str) -> bool:
    """Whether people would call a message by this word."""
    return word in {said.type, said.operation, f"{said.type}.{said.operation}"}


def onset(conversation: Conversation) -> Instant:
    """When the first thing went wrong."""
    return min((entry["t"] for entry in conversation.faults if entry["what"] in {"armed", "struck"}), default=0)


def calm(conversation: Conversation) -> Instant:
    """When the last thing that went wrong was over."""
    over = [entry["t"] for entry in conversation.faults if entry["what"] in {"over", "cleared", "struck"}]
    back = [there for absences in conversation.absences.values() for _, there in absences if there is not None]
    return max([*over, *back], default=0)


def clock(at: Instant) -> str:
    """An instant as people read it: hours, minutes and seconds since the bench began."""
    seconds: Span = at // 1_000
    return f"{seconds // 3_600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
