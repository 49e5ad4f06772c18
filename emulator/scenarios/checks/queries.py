"""What checks ask of a conversation: readings, boluses and temp basals as they were, and when things went wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.notes import ReadingsShown
from isletbench.emulator.core.quantities import Instant, Insulin, Span, clock
from isletbench.emulator.journal.conversation import Conversation, Exchange, Message
from isletbench.emulator.journal.entries import FaultState, LedgerEntry
from isletbench.emulator.pump.events import BolusEnded, BolusProgrammed, Pulse, TbrEnded, TbrStarted
from isletbench.protocols import cgms
from isletbench.protocols.e2e import CGM_RECORD, opened_somehow, split_records
from isletbench.protocols.errors import WireError
from isletbench.protocols.ids import BolusEndReason

SLACK: Span = 60_000
"""By so much a client may be early or late with what its user wants at an instant: its clock is not the bench's, and begins to
run at the bench's pace before the bench itself does, which waits for its first connection."""
DELIVERS = ("SetBolus", "SetTbrAdjustment")
"""Operations that let insulin flow."""
_COUNTED = ("GetDeliveredInsulin", "ids.RecordAccessControlPoint.REPORT", "ReadHistoryPage")
READS_ALARMS = ("ids.AnnunciationStatus", "ReadErrorStatus", "ReadHistoryPage")
"""Types and operations by which a client learns that the pump has alarmed; the last two are a Paradigm pump's."""
RESOLVES: Mapping[str | None, tuple[str, ...]] = {
    "SetBolus": ("GetActiveBolusIds", "GetActiveBolusDelivery", *_COUNTED),
    "SetTbrAdjustment": ("GetActiveBasalRateDelivery", *_COUNTED),
}
"""Operations by which a client learns what has become of each of them."""
DOUBTFUL = (
    cgms.Annunciation.SESSION_STOPPED
    | cgms.Annunciation.SENSOR_TYPE_INCORRECT
    | cgms.Annunciation.SENSOR_MALFUNCTION
    | cgms.Annunciation.GENERAL_DEVICE_FAULT
    | cgms.Annunciation.SENSOR_TEMPERATURE_TOO_HIGH
    | cgms.Annunciation.SENSOR_TEMPERATURE_TOO_LOW
)
"""Annunciations of a sensor whose reading is not to be relied upon."""
ARMED = frozenset({FaultState.ARMED, FaultState.STRUCK})
ENDED = frozenset({FaultState.OVER, FaultState.CLEARED, FaultState.STRUCK})


# Messages


def matches(message: Message, words: tuple[str, ...]) -> bool:
    """Whether a message is one of these: a type (``ids.Status``), an operation (``SetBolus``), or an operation of a type."""
    names = {message.operation, message.type, f"{message.type}.{message.operation}"}
    return bool(names & set(words))


def requests(exchange: Exchange, words: tuple[str, ...]) -> bool:
    """Whether an exchange is a request of one of these types or operations."""
    return matches(exchange.request, words)


def sent(conversation: Conversation, device: str | None, words: tuple[str, ...]) -> list[Exchange]:
    """The requests of one of these types or operations, to a device or to all of them."""
    return [one for one in conversation.exchanges if device in {None, one.request.device} and requests(one, words)]


def received(conversation: Conversation) -> Iterator[Message]:
    """Every message that reached clients."""
    yield from (message for message in conversation.notifications if message.arrived)
    for exchange in conversation.exchanges:
        yield from (message for message in (exchange.acknowledged, exchange.answer) if message is not None)


# Readings


@dataclass(frozen=True, slots=True)
class ReceivedReading:
    """A reading that has reached a client, live or from the store."""

    at: Instant
    """When it did."""
    line: int
    device: str
    time_offset: int
    measured: Instant
    """When it was measured."""
    mg_dl: float | None
    """Its value; None: no number."""
    is_usable: bool
    """Whether it is a number above nothing, of a sensor that is well."""


def received_readings(conversation: Conversation) -> Iterator[ReceivedReading]:
    """Every reading that has reached clients, whole, in the order in which they came; what is damaged is left out."""
    samples: dict[tuple[str, int], list[Instant]] = {}
    for entry in conversation.events(Sample):
        samples.setdefault((entry.device, entry.event.time_offset), []).append(entry.at)
    yield from sorted((*_measurements(conversation, samples), *_shown(conversation)), key=lambda reading: reading.line)


def _measurements(
    conversation: Conversation, samples: Mapping[tuple[str, int], Sequence[Instant]]
) -> Iterator[ReceivedReading]:
    """The readings that CGM Measurements have brought."""
    for message in conversation.notifications:
        if not message.arrived or message.type != "cgms.Measurement":
            continue
        try:
            records = [opened_somehow(CGM_RECORD, record) for record in split_records(message.octets)]
            measurements = [cgms.MEASUREMENT.decode_payload(payload) for protected, (payload, _) in records if protected]
        except WireError:
            continue
        for measurement in measurements:
            offset = measurement.time_offset
            taken = [at for at in samples.get((message.device, offset), ()) if at <= message.at]
            if taken:
                mg_dl = measurement.glucose if isinstance(measurement.glucose, float) else None
                usable = mg_dl is not None and mg_dl > 0 and not measurement.annunciation & DOUBTFUL
                yield ReceivedReading(message.at, message.line, message.device, offset, taken[-1], mg_dl, usable)


def _shown(conversation: Conversation) -> Iterator[ReceivedReading]:
    """The readings that answers of existing protocols have brought as the device made them."""
    measured = {(entry.device, entry.at): entry.event for entry in conversation.events(Sample)}
    for exchange in conversation.exchanges:
        answer = exchange.answer
        if answer is None or exchange.prepared not in {None, answer.octets}:
            continue
        shown = [at for note in exchange.notes if isinstance(note, ReadingsShown) for at in note.measured]
        for at in [at for at in shown if (answer.device, at) in measured]:
            sample = measured[answer.device, at]
            usable = sample.mg_dl is not None and sample.mg_dl > 0
            yield ReceivedReading(answer.at, answer.line, answer.device, sample.time_offset, at, sample.mg_dl, usable)


# Insulin


@dataclass(frozen=True, slots=True)
class Bolus:
    """A bolus as it really was."""

    id: int
    device: str
    began: Instant
    """When it was programmed."""
    ended: Instant
    """When it was over, or the run was."""
    is_aborted: bool
    """Whether something has ended it that should not have happened: an alarm, or a command that this pump cannot bear."""


def boluses(conversation: Conversation, device: str | None) -> Iterator[Bolus]:
    """Every bolus of a pump, or of all of them, in the order in which they began."""
    ended = {(entry.device, entry.event.bolus_id): entry for entry in conversation.events(BolusEnded)}
    for entry in conversation.events(BolusProgrammed, device):
        bolus = entry.event.bolus_id
        end = ended.get((entry.device, bolus))
        is_aborted = end is not None and end.event.reason == BolusEndReason.ERROR_ABORT.name
        yield Bolus(bolus, entry.device, entry.at, conversation.ended if end is None else end.at, is_aborted)


def pulses(conversation: Conversation, cause: str, device: str | None) -> Iterator[LedgerEntry[Pulse]]:
    """Every pulse of a cause (``bolus``, ``basal``, ``priming``) that was really delivered."""
    return (entry for entry in conversation.events(Pulse, device) if entry.event.cause == cause)


def bolus_pulses(conversation: Conversation, device: str | None) -> Iterator[tuple[Instant, int, Insulin]]:
    """Every pulse of a bolus that was really delivered: instant, bolus, uU."""
    for entry in pulses(conversation, "bolus", device):
        assert entry.event.bolus_id is not None, "every pulse of a bolus has the bolus's number"
        yield entry.at, entry.event.bolus_id, entry.event.uu


def temp_basals(conversation: Conversation, device: str | None) -> Iterator[tuple[Instant, Instant]]:
    """Begin and end of every temp basal that has run."""
    begin: Instant | None = None
    until = 0
    for entry in conversation.ledger:
        if device not in {None, entry.device}:
            continue
        if isinstance(entry.event, TbrStarted):
            if begin is not None:
                yield begin, entry.at
            begin, until = entry.at, entry.at + entry.event.duration_ms
        elif isinstance(entry.event, TbrEnded) and begin is not None:
            yield begin, entry.at
            begin = None
    if begin is not None:
        yield begin, min(until, conversation.ended)


# Time


def first_fault_at(conversation: Conversation) -> Instant:
    """When the first thing went wrong: a fault that waits for a message goes wrong when it strikes it, not when it is armed."""
    begun: dict[str, Instant] = {}
    struck: dict[str, Instant] = {}
    for entry in conversation.faults:
        if entry.what in ARMED:
            begun.setdefault(entry.fault, entry.at)
        if entry.what in (FaultState.STRUCK, FaultState.OVER):  # one that strikes once is over at once
            struck.setdefault(entry.fault, entry.at)
    return min((begun | struck).values(), default=0)


def last_fault_ended_at(conversation: Conversation) -> Instant:
    """When the last thing that went wrong was over."""
    over = [entry.at for entry in conversation.faults if entry.what in ENDED]
    back = [there for absences in conversation.absences.values() for _, there in absences if there is not None]
    return max([*over, *back], default=0)


def after_the_end(conversation: Conversation, at: Instant) -> str:
    """Says that a run ended before an instant that it was about; empty for one that did not."""
    if at <= conversation.ended:
        return ""
    return f"it is about {clock(at)}, and the run ended at {clock(conversation.ended)}"
