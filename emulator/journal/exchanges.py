"""How the entries of a journal become a ``Conversation``: requests are matched with notes, responses and faults."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache

from isletbench.emulator.core.endpoint import Link, Outgoing, Place, Request
from isletbench.emulator.core.events import Event
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.core.octets import Answer, Closed, Command, Opened
from isletbench.emulator.gatt import (
    Connected,
    Disconnected,
    ErrorResponse,
    Indicate,
    Notify,
    Read,
    ReadResponse,
    Write,
    WriteResponse,
)
from isletbench.emulator.journal.beliefs import Dose
from isletbench.emulator.journal.bench_events import (
    ActionDone,
    BeliefRefused,
    CarrierGone,
    CarrierThere,
    MachineLate,
    MachineSlept,
)
from isletbench.emulator.journal.conversation import Believed, Connection, Conversation, Done, Exchange, Message
from isletbench.emulator.journal.entries import (
    BeliefEntry,
    BenchEntry,
    Entry,
    FaultEntry,
    FrameEntry,
    Header,
    LedgerEntry,
    NoteEntry,
    OutgoingEntry,
    RequestEntry,
)
from isletbench.emulator.pump.events import PumpReplaced
from isletbench.protocols.catalogue import OPERATIONS, TYPES

STAGES = tuple(Stage)


def conversation_of(entries: Iterable[Entry]) -> Conversation:
    """The conversation that the entries of a journal make, the header first."""
    builder = ConversationBuilder()
    for line, entry in enumerate(entries):
        builder.take(line, entry)
    return builder.conversation


def unique_bolus_id(bolus_id: int, pump: int) -> int:
    """A bolus's number among those of all pumps that have been in one place (``pump``, from 1): each begins at 1 again."""
    return bolus_id + (pump - 1) * 0x10000


class ConversationBuilder:
    """Takes one entry after another, of a journal or of a bench that runs. ``kinds`` are those of its devices, by name, where
    the header that names them may be missing."""

    def __init__(self, kinds: Mapping[str, str] | None = None) -> None:
        self.conversation = Conversation()
        self._kinds = dict(kinds or {})
        self._at_work: dict[str, Exchange] = {}  # what each device has received last
        self._open: dict[tuple[Link, Place | None], Exchange] = {}  # by characteristic: what has not been answered to the end
        self._intercepted: dict[tuple[Link, Place | None], Exchange] = {}  # likewise: what a fault acts on
        self._connections: dict[Link, Connection] = {}
        self._pumps = 1  # how many have been in the pump's place
        self._pump_of_dose: dict[str, int] = {}  # which of them has delivered each dose, by the client's own id

    def forget(self) -> None:
        """Drop what was collected; exchanges that are under way go on. For a run without an end."""
        self.conversation = Conversation(start=self.conversation.start)

    def take(self, line: int, entry: Entry) -> Exchange | None:
        """One more entry; returns the exchange that it belongs to."""
        if isinstance(entry, Header):
            self._kinds = dict(entry.devices)
            self.conversation.start = None if entry.start is None else datetime.fromisoformat(entry.start)
            return None
        self.conversation.ended = max(self.conversation.ended, entry.at)
        if isinstance(entry, RequestEntry | OutgoingEntry):
            self.conversation.acting.update(entry.faults)
        match entry:
            case RequestEntry():
                return self._request(line, entry)
            case OutgoingEntry() if not _is_descriptor(entry.place):
                return self._outgoing(line, entry)
            case NoteEntry():
                return self._note(entry)
            case LedgerEntry():
                self._pumps += isinstance(entry.event, PumpReplaced)
                self.conversation.ledger.append(replace(entry, event=self._numbered(entry.event)))
            case BeliefEntry():
                self._belief(line, entry)
            case FaultEntry():
                self.conversation.faults.append(entry)
            case BenchEntry():
                self._bench(entry)
            case OutgoingEntry() | FrameEntry():
                pass
        return None

    def _numbered(self, event: Event) -> Event:
        bolus_id = getattr(event, "bolus_id", None)
        if bolus_id is None or self._pumps == 1:
            return event
        numbered = unique_bolus_id(bolus_id, self._pumps)
        changed: Event = replace(event, bolus_id=numbered)  # type: ignore[type-var]  # every event is a dataclass
        return changed

    def _belief(self, line: int, entry: BeliefEntry) -> None:
        belief = entry.belief
        if isinstance(belief, Dose) and belief.bolus_id is not None:
            # of the pump that was there when the dose was first reported
            pump = self._pump_of_dose.setdefault(belief.id, self._pumps)
            belief = belief.model_copy(update={"bolus_id": unique_bolus_id(belief.bolus_id, pump)})
        elif isinstance(belief, Dose):
            self._pump_of_dose.setdefault(belief.id, self._pumps)
        self.conversation.beliefs.append(Believed(entry.at, line, belief))

    def _bench(self, entry: BenchEntry) -> None:
        match entry.event:
            case ActionDone() as action:
                self.conversation.done.append(Done(entry.at, action))
            case BeliefRefused(why=why):
                self.conversation.refused_beliefs.append((entry.at, why))
            case MachineLate() as late:
                self.conversation.late.append((entry.at, late))
            case MachineSlept() as slept:
                self.conversation.slept.append((entry.at, slept))
            case CarrierGone(carrier=carrier):
                self.conversation.absences.setdefault(carrier, []).append((entry.at, None))
            case CarrierThere(carrier=carrier) if absences := self.conversation.absences.get(carrier):
                absences[-1] = absences[-1][0], entry.at
            case _:
                pass

    def _request(self, line: int, entry: RequestEntry) -> Exchange | None:
        request = entry.request
        match request:
            case Connected() | Opened():
                connection = Connection(request.link, entry.device, entry.at, line)
                self._connections[request.link] = connection
                self.conversation.connections.append(connection)
            case Disconnected() | Closed():
                if request.link in self._connections:
                    self._connections.pop(request.link).ended = entry.at
            case Read() | Write() | Command() if not _is_descriptor(entry.place):
                return self._exchange(line, entry)
            case _:
                pass
        return None

    def _exchange(self, line: int, entry: RequestEntry) -> Exchange | None:
        place = entry.request.link, entry.place
        received = entry.stage is Stage.RECEIVED
        if received and entry.faults:
            # what a fault let through: it belongs to what the client has sent
            intercepted = self._intercepted.get(place)
            if intercepted is None:
                return None
            exchange = intercepted
            exchange.request.arrived = True
        else:
            exchange = Exchange(self._message(line, entry, entry.request))
            exchange.request.arrived = received
            self.conversation.exchanges.append(exchange)
            self._open[place] = exchange
            if entry.faults:
                self._intercepted[place] = exchange
        if received:
            _advance(exchange, Stage.RECEIVED)
            self._at_work[entry.device] = exchange
        return exchange

    def _note(self, entry: NoteEntry) -> Exchange | None:
        exchange = self._at_work.get(entry.device)
        if exchange is not None:
            if entry.note.stage is not None:
                _advance(exchange, entry.note.stage)
            exchange.notes.append(entry.note)
        return exchange

    def _outgoing(self, line: int, entry: OutgoingEntry) -> Exchange | None:
        outgoing, place = entry.outgoing, (entry.outgoing.link, entry.place)
        message = self._message(line, entry, outgoing)
        message.arrived = entry.stage is Stage.REPLY_SENT
        exchange = self._open.get(place)
        responds = isinstance(outgoing, ReadResponse | WriteResponse | ErrorResponse | Answer)
        if exchange is None or not (responds or isinstance(outgoing, Indicate)):
            if isinstance(outgoing, Notify | Indicate):
                self.conversation.notifications.append(message)
            return None
        if exchange.request.arrived:  # else a fault has answered in the device's place
            _advance(exchange, entry.stage)
        if not message.arrived:
            exchange.prepared = message.octets
            return exchange
        if responds:
            exchange.acknowledged = message
        if not responds or isinstance(outgoing, Answer):  # a command has one answer, which is both
            exchange.answer = message
            del self._open[place]
        return exchange

    def _message(self, line: int, entry: RequestEntry | OutgoingEntry, content: Request | Outgoing) -> Message:
        kind = self._kinds.get(entry.device, "")
        type_, operation = meaning_of(kind, entry.place, getattr(content, "value", b""))
        if isinstance(content, Command | Answer):
            operation = content.operation
        return Message(entry.at, line, entry.device, content, type_, operation, entry.faults)


def _is_descriptor(place: Place | None) -> bool:
    return place is not None and place.is_descriptor


def _advance(exchange: Exchange, stage: Stage) -> None:
    exchange.stage = max(exchange.stage, stage, key=STAGES.index)


@cache
def _types(kind: str) -> dict[int, str]:
    """The types of a kind of device by UUID."""
    service = {"cgm": "cgms", "pump": "ids", "meter": "gls"}.get(kind, "")
    return {c.uuid: name for name, c in TYPES.items() if name.partition(".")[0] == service}


def meaning_of(kind: str, place: Place | None, octets: bytes) -> tuple[str | None, str | None]:
    """The type of a value, and the operation it is."""
    type_ = None if place is None else _types(kind).get(place.characteristic)
    if type_ is None:
        return None, None
    width, names = _operations(type_)
    return type_, names.get(octets[:width])


@cache
def _operations(type_: str) -> tuple[int, dict[bytes, str]]:
    """How many octets the op code of a type has, and the operations by their op codes."""
    names = {opcode: operation for operation, opcode in OPERATIONS[type_]}
    return max(map(len, names), default=0), names
