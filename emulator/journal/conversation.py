"""What clients and devices said to each other, read from a journal: the ground on which verdicts stand.

A journal tells everything in the order in which it happened. Here it is taken apart by who knew what: what a client said
(though the device may never have got it), how far the device came with it, and what reached the client of the answers. Beside
it stands the truth: the ledger.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

from isletbench.emulator.core.models import Part
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt.catalogue import OPERATIONS, TYPES
from isletbench.emulator.journal.beliefs import Dose, Reports, parse

STAGES = tuple(Stage)
ASKS = frozenset({"read", "write"})
ANSWERS = frozenset({"read_response", "write_response", "error_response"})
NEWS = frozenset({"notify", "indicate"})


@dataclass(slots=True)
class Said:
    """One message on a wire."""

    at: Instant
    line: int
    """Of the journal, from 0, which is its header."""
    device: str
    link: str
    kind: str
    """``read``, ``write``, ``notify``, ... as the journal calls it."""
    type: str | None
    """``ids.Status``; None for a characteristic that no type is known of."""
    operation: str | None
    """``SetBolus``, for a control point."""
    octets: bytes
    faults: tuple[str, ...] = ()
    arrived: bool = True
    """Whether it reached the other side as it is."""


@dataclass(slots=True)
class Exchange:
    """A request of a client's, how far the device came with it, and what the client heard."""

    request: Said
    stage: Stage = Stage.ON_THE_WIRE
    """The last stage that the device reached."""
    notes: list[dict[str, Any]] = field(default_factory=list)
    """What the device noted while it was at it, as the journal has it."""
    acknowledged: Said | None = None
    """The write response, read response or error that reached the client."""
    answer: Said | None = None
    """What a control point indicated, and reached the client."""

    @property
    def committed(self) -> bool:
        """Whether it has changed anything: therapy, settings, records."""
        return any(note.get("stage") == Stage.COMMITTED for note in self.notes)

    @property
    def is_resolved(self) -> bool:
        """Whether the client can know what has become of it, from the answer alone."""
        if self.acknowledged is not None and self.acknowledged.kind == "error_response":
            return True
        return self.answer is not None if self.request.operation else self.acknowledged is not None


@dataclass(slots=True)
class Connection:
    """One connection, from its begin to its end."""

    link: str
    device: str
    began: Instant
    line: int
    ended: Instant | None = None


B = TypeVar("B", bound=Part)


@dataclass(frozen=True, slots=True)
class Believed(Generic[B]):
    """Something that a client has told of what it believes."""

    at: Instant
    line: int
    belief: B


@dataclass(slots=True)
class Conversation:
    """Everything said in one run."""

    exchanges: list[Exchange] = field(default_factory=list)
    """In the order in which clients said them."""
    told: list[Said] = field(default_factory=list)
    """What devices told by themselves, whether it arrived or not."""
    connections: list[Connection] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    """Ground truth, as the journal has it."""
    faults: list[dict[str, Any]] = field(default_factory=list)
    """The turns in the lives of faults, as the journal has them."""
    done: list[dict[str, Any]] = field(default_factory=list)
    """What hands have done to devices, as the journal has it."""
    beliefs: list[Believed[Any]] = field(default_factory=list)
    """What a client has told of what it believes, in the order in which it told."""
    absences: dict[str, list[tuple[Instant, Instant | None]]] = field(default_factory=dict)
    """When a carrier could not be reached, by its name."""
    ended: Instant = 0
    """When the run ended."""

    def of(self, device: str) -> list[Exchange]:
        """The exchanges with one device."""
        return [exchange for exchange in self.exchanges if exchange.request.device == device]

    def asked(self, *operations: str) -> list[Exchange]:
        """The exchanges of these operations (``SetBolus``), or reads and writes of these types (``ids.Status``)."""
        return [e for e in self.exchanges if e.request.operation in operations or e.request.type in operations]

    def believed(self, kind: type[B]) -> Iterator[Believed[B]]:
        """What a client has told of one kind."""
        return (one for one in self.beliefs if isinstance(one.belief, kind))

    def booked(self, kind: type[B]) -> Iterator[Believed[B]]:
        """What a client has on its books in the end: a program that starts anew begins its books anew."""
        began = max((one.line for one in self.believed(Reports)), default=-1)
        return (one for one in self.believed(kind) if one.line > began)

    @property
    def tells(self) -> set[str]:
        """The kinds of belief that the client tells."""
        declared = {kind for one in self.believed(Reports) for kind in one.belief.kinds}
        return declared | {one.belief.belief for one in self.beliefs}


def read(entries: Iterable[Mapping[str, Any]]) -> Conversation:
    """The conversation that the entries of a journal tell, the header first.

    Raises ``ValueError`` for a journal of another version.
    """
    reader = _Reader()
    for line, entry in enumerate(entries):
        reader.take(line, entry)
    return reader.conversation


class _Reader:
    """Takes one entry after another."""

    def __init__(self) -> None:
        self.conversation = Conversation()
        self._kinds: dict[str, str] = {}
        self._at_work: dict[str, Exchange] = {}  # what each device has received last
        self._open: dict[tuple[str, str], Exchange] = {}  # by link and characteristic: what has not been answered to the end
        self._bent: dict[tuple[str, str], Exchange] = {}  # likewise: what a fault has laid hands on
        self._connections: dict[str, Connection] = {}
        self._pumps = 1  # how many have stood in the pump's place
        self._dosed_by: dict[str, int] = {}  # which of them has given each dose, by the client's own id

    def take(self, line: int, entry: Mapping[str, Any]) -> None:
        """One more entry."""
        if "journal" in entry:
            if entry["journal"] != 1:
                raise ValueError(f"the journal is of version {entry['journal']}: expected 1")
            self._kinds = dict(entry.get("devices", {}))
            return
        self.conversation.ended = max(self.conversation.ended, entry["t"])
        if "in" in entry:
            self._incoming(line, entry)
        elif "out" in entry:
            self._outgoing(line, entry)
        elif "note" in entry:
            self._noted(entry)
        elif "ledger" in entry:
            self._pumps += entry["ledger"] == "pump_replaced"
            numbered = {"bolus_id": _told_apart(entry["bolus_id"], self._pumps)} if "bolus_id" in entry else {}
            self.conversation.ledger.append({**entry, **numbered})
        elif "belief" in entry:
            self._believed(line, entry)
        elif "fault" in entry:
            self.conversation.faults.append(dict(entry))
        elif entry.get("bench") == "done":
            self.conversation.done.append(dict(entry))
        elif "carrier" in entry and "bench" in entry:
            self._moved(entry)

    def _believed(self, line: int, entry: Mapping[str, Any]) -> None:
        belief = parse({key: value for key, value in entry.items() if key != "t"})
        if isinstance(belief, Dose) and belief.bolus_id is not None:
            # of the pump that stood there when the dose was first told of
            pump = self._dosed_by.setdefault(belief.id, self._pumps)
            belief = belief.model_copy(update={"bolus_id": _told_apart(belief.bolus_id, pump)})
        elif isinstance(belief, Dose):
            self._dosed_by.setdefault(belief.id, self._pumps)
        self.conversation.beliefs.append(Believed(entry["t"], line, belief))

    def _incoming(self, line: int, entry: Mapping[str, Any]) -> None:
        link = entry["link"]
        match entry["in"]:
            case "connected":
                connection = Connection(link, entry["device"], entry["t"], line)
                self._connections[link] = connection
                self.conversation.connections.append(connection)
            case "disconnected":
                if link in self._connections:
                    self._connections.pop(link).ended = entry["t"]
            case kind if kind in ASKS and "descriptor" not in entry:
                self._asked(line, entry)
            case _:
                pass

    def _asked(self, line: int, entry: Mapping[str, Any]) -> None:
        place = entry["link"], entry.get("characteristic", "")
        faults = tuple(entry.get("faults", ()))
        if entry["stage"] == Stage.RECEIVED and faults:
            # what a fault let through: it belongs to what the client has said
            exchange = self._bent.get(place)
            if exchange is None:
                return
            exchange.request.arrived = True
        else:
            exchange = Exchange(self._said(line, entry))
            exchange.request.arrived = entry["stage"] == Stage.RECEIVED
            self.conversation.exchanges.append(exchange)
            self._open[place] = exchange
            if faults:
                self._bent[place] = exchange
        if entry["stage"] == Stage.RECEIVED:
            exchange.stage = max(exchange.stage, Stage.RECEIVED, key=STAGES.index)
            self._at_work[entry["device"]] = exchange

    def _noted(self, entry: Mapping[str, Any]) -> None:
        exchange = self._at_work.get(entry["device"])
        if exchange is not None and "stage" in entry:
            exchange.stage = max(exchange.stage, Stage(entry["stage"]), key=STAGES.index)
        if exchange is not None:
            exchange.notes.append(dict(entry))

    def _outgoing(self, line: int, entry: Mapping[str, Any]) -> None:
        if "descriptor" in entry:
            return
        said = self._said(line, entry)
        said.arrived = entry["stage"] == Stage.REPLY_SENT
        exchange = self._open.get((entry["link"], entry.get("characteristic", "")))
        answers = entry["out"] in ANSWERS or (entry["out"] == "indicate" and exchange is not None)
        if exchange is None or not answers:
            if entry["out"] in NEWS:
                self.conversation.told.append(said)
            return
        if exchange.request.arrived:  # else a fault has answered in the device's place
            exchange.stage = max(exchange.stage, Stage(entry["stage"]), key=STAGES.index)
        if not said.arrived:
            return
        if entry["out"] == "indicate":
            exchange.answer = said
            del self._open[entry["link"], entry.get("characteristic", "")]
        else:
            exchange.acknowledged = said

    def _moved(self, entry: Mapping[str, Any]) -> None:
        absences = self.conversation.absences.setdefault(entry["carrier"], [])
        if entry["bench"] == "gone":
            absences.append((entry["t"], None))
        elif entry["bench"] == "there" and absences:
            absences[-1] = absences[-1][0], entry["t"]

    def _said(self, line: int, entry: Mapping[str, Any]) -> Said:
        octets = bytes.fromhex(entry.get("octets", ""))
        kind = self._kinds.get(entry["device"], "")
        type_, operation = _meaning(kind, entry.get("characteristic", ""), octets)
        said = entry.get("in") or entry["out"]
        faults = tuple(entry.get("faults", ()))
        return Said(entry["t"], line, entry["device"], entry["link"], said, type_, operation, octets, faults)


def _told_apart(bolus_id: int, pump: int) -> int:
    """A bolus's number among those of all pumps that have stood in one place: each begins at 1 again."""
    return bolus_id + (pump - 1) * 0x10000


@cache
def _types(kind: str) -> dict[str, str]:
    """The types of a kind of device by UUID, as the journal writes it."""
    service = {"cgm": "cgms", "pump": "ids"}.get(kind, "")
    return {f"{c.uuid:04X}": name for name, c in TYPES.items() if name.partition(".")[0] == service}


def _meaning(kind: str, uuid: str, octets: bytes) -> tuple[str | None, str | None]:
    """The type of a value, and the operation it is."""
    type_ = _types(kind).get(uuid)
    if type_ is None:
        return None, None
    for operation, opcode in OPERATIONS[type_]:
        if octets.startswith(opcode):
            return type_, operation
    return type_, None
