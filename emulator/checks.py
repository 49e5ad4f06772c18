"""What must hold of a conversation: checks that need the wire and the ledger alone, so that any client can be judged.

A check finds what is wrong, each with the line of the journal at which it went wrong; finding nothing is passing. What it
demands of a client stands in its docstring.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from emulator.arguments import Duration, Part, shown
from emulator.conversation import Conversation, Exchange, Said
from emulator.faults.declared import Aimed, Name
from emulator.quantities import Instant, Span
from emulator.verbs import name_of
from protocols import cgms
from protocols.e2e import split_records
from protocols.errors import WireError

DELIVERS = ("SetBolus", "SetTbrAdjustment")
"""Operations that let insulin flow."""
RESOLVES = (
    "GetActiveBolusIds",
    "GetActiveBolusDelivery",
    "GetDeliveredInsulin",
    "ids.RecordAccessControlPoint.REPORT",
)
"""Words for what tells a client what has become of a command."""


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


def _is(exchange: Exchange, words: tuple[str, ...]) -> bool:
    """Whether people would call it by one of these words."""
    request = exchange.request
    names = {request.operation, request.type, f"{request.type}.{request.operation}"}
    return bool(names & set(words))


class Resolves(Check):
    """After a delivery command whose answer did not come, ask the device what has become of it before sending another one.

    Never conclude from silence: neither that it was delivered nor that it was not (DLV-01, DLV-02; invariants I1 and I3).
    """

    check: Literal["resolves"] = "resolves"
    exercises: ClassVar = ("I1", "I3")

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        uncertain: Exchange | None = None
        for exchange in conversation.exchanges:
            if not self.concerns(exchange):
                continue
            if _is(exchange, RESOLVES) and exchange.is_resolved:
                uncertain = None
            if not _is(exchange, DELIVERS):
                continue
            if uncertain is not None:
                sent, request = uncertain.request, exchange.request
                state = "was carried out" if uncertain.committed else "never arrived or was not carried out"
                yield Finding(
                    request.at,
                    request.line,
                    f"{request.operation} is sent while the {sent.operation} of {_clock(sent.at)} is unresolved (it {state})",
                )
            uncertain = None if exchange.is_resolved else exchange


class DosesOnce(Check):
    """Give one dose for one intent: no more boluses may be delivered than these (invariant I1)."""

    check: Literal["doses_once"] = "doses_once"
    exercises: ClassVar = ("I1",)
    boluses: int = Field(ge=0, le=10_000)
    """How many doses the client was meant to give."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        seen: dict[int, dict[str, object]] = {}
        for entry in conversation.ledger:
            if entry["ledger"] == "pulse" and entry.get("cause") == "bolus" and self.device in {None, entry["device"]}:
                seen.setdefault(entry["bolus_id"], entry)
        for number, (bolus, entry) in enumerate(seen.items(), 1):
            if number > self.boluses:
                at = entry["t"]
                assert isinstance(at, int)
                yield Finding(at, 0, f"bolus {bolus} is number {number} that is delivered, where {self.boluses} were wanted")


class Reconnects(Check):
    """Be connected again within so long after a connection has ended and the device can be reached (invariant I7)."""

    check: Literal["reconnects"] = "reconnects"
    exercises: ClassVar = ("I7",)
    within: Duration = 300_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        connections = [c for c in conversation.connections if self.device in {None, c.device}]
        if not connections:
            yield Finding(0, 0, f"nobody ever connected{f' to {self.device}' if self.device else ''}")
        for connection in connections:
            if connection.ended is None or connection.ended >= conversation.ended:
                continue
            back = self._back(conversation, connection.link.partition("#")[0], connection.ended)
            again = [c.began for c in connections if c.device == connection.device and c.began >= connection.ended]
            if back is None or back + self.within > conversation.ended:
                continue  # there was not enough time left
            if not again or again[0] > back + self.within:
                yield Finding(
                    back,
                    connection.line,
                    f"{connection.device} can be reached at {_clock(back)}, and nobody connects within {shown(self.within)}",
                )

    @staticmethod
    def _back(conversation: Conversation, carrier: str, ended: Instant) -> Instant | None:
        """When the device could be reached again."""
        for gone, there in conversation.absences.get(carrier, ()):
            if gone <= ended and (there is None or there >= ended):
                return there
        return ended


class BacksOff(Check):
    """Do not connect more often than this: a device that drops every connection must not be hammered (LNK-02)."""

    check: Literal["backs_off"] = "backs_off"
    connections: int = Field(ge=1, le=1_000)
    """How many connections may begin within ``per``."""
    per: Duration = 60_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for device in {c.device for c in conversation.connections}:
            began = [c for c in conversation.connections if c.device == device and self.device in {None, device}]
            for first, last in zip(began, began[self.connections :], strict=False):
                if last.began - first.began < self.per:
                    many = self.connections + 1
                    words = (
                        f"{many} connections to {device} in {shown(last.began - first.began)}: at most {self.connections} in"
                    )
                    yield Finding(last.began, last.line, f"{words} {shown(self.per)}")
                    break


class Hears(Check):
    """Have heard something of this kind again, so long after everything that went wrong is over (invariant I7).

    A link that is up and mute has to be given up and made anew by the client; waiting is not enough (LNK-03).
    """

    check: Literal["hears"] = "hears"
    exercises: ClassVar = ("I7",)
    of: Aimed
    """A type or an operation: ``cgms.Measurement``."""
    within: Duration = 900_000
    after: Duration | None = None
    """After this instant, not after the last fault is over."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        since = self.after if self.after is not None else _calm(conversation)
        if since + self.within > conversation.ended:
            return
        heard = [said.at for said in _heard(conversation) if _called(said, self.of) and self.device in {None, said.device}]
        if not any(since <= at <= since + self.within for at in heard):
            words = f"nothing of {self.of} reaches the client between {_clock(since)} and {_clock(since + self.within)}"
            yield Finding(since + self.within, 0, words)


class FetchesMissed(Check):
    """Fetch what was missed: every reading that was measured has reached the client at the end (CGM-02, CGM-03).

    Readings of the last ``grace`` may be on their way.
    """

    check: Literal["fetches_missed"] = "fetches_missed"
    exercises: ClassVar = ("I6",)
    grace: Duration = 900_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        first = min((c.began for c in conversation.connections), default=0)
        measured = [
            entry
            for entry in conversation.ledger
            if entry["ledger"] == "sample" and first <= entry["t"] <= conversation.ended - self.grace
        ]
        arrived: set[int] = set()
        for said in conversation.told:
            if said.arrived and said.type == "cgms.Measurement":
                try:
                    arrived |= {cgms.MEASUREMENT.decode(r, protected=True).time_offset for r in split_records(said.octets)}
                except WireError:
                    continue
        missing = [entry for entry in measured if entry["time_offset"] not in arrived]
        if missing:
            offsets = ", ".join(str(entry["time_offset"]) for entry in missing[:5])
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            words = f"{len(missing)} of {len(measured)} readings never reach the client: time offsets {offsets}{more}"
            yield Finding(missing[0]["t"], 0, words)


class LooksFirst(Check):
    """After every connection, ask for this before any delivery command: the device has a life of its own (LNK-12, DLV-14)."""

    check: Literal["looks_first"] = "looks_first"
    exercises: ClassVar = ("I5",)
    at: tuple[Aimed, ...] = Field(min_length=1)
    """Types or operations, any of which will do."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        looked: set[str] = set()
        for exchange in conversation.exchanges:
            request = exchange.request
            if not self.concerns(exchange):
                continue
            if _is(exchange, self.at) and exchange.is_resolved:
                looked.add(request.link)
            elif _is(exchange, DELIVERS) and request.link not in looked:
                looked.add(request.link)  # once for each connection
                words = f"{request.operation} is sent on {request.link} before {' or '.join(self.at)} has been asked for"
                yield Finding(request.at, request.line, words)


class LeavesSuspended(Check):
    """While therapy is stopped by hand on the pump itself, neither start it nor ask for insulin (DLV-14)."""

    check: Literal["leaves_suspended"] = "leaves_suspended"
    exercises: ClassVar = ("I3",)
    within: Duration = 600_000
    """How long a client may need to notice."""

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for device, begin, end in self._suspensions(conversation):
            for exchange in conversation.of(device):
                request = exchange.request
                if begin + self.within <= request.at < end and _is(exchange, (*DELIVERS, "SetTherapyControlState")):
                    words = f"{request.operation} is sent to {device}, whose user has stopped it at {_clock(begin)}"
                    yield Finding(request.at, request.line, words)

    def _suspensions(self, conversation: Conversation) -> Iterator[tuple[str, Instant, Instant]]:
        """Device, begin and end."""
        since: dict[str, Instant] = {}
        for entry in conversation.done:
            device, verb = entry["device"], entry["verb"]
            if self.device not in {None, device}:
                continue
            if verb == "suspend":
                since.setdefault(device, entry["t"])
            elif verb == "resume" and device in since:
                yield device, since.pop(device), entry["t"]
        yield from ((device, begin, conversation.ended) for device, begin in since.items())


class AsksAtMost(Check):
    """Do not ask for something again and again that is not answered: remember that it is not (LNK-13, LNK-14)."""

    check: Literal["asks_at_most"] = "asks_at_most"
    exercises: ClassVar = ("I7",)
    of: Aimed
    """A type or an operation."""
    times: int = Field(ge=1, le=1_000)
    per: Duration = 3_600_000

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        asked = [e.request for e in conversation.exchanges if self.concerns(e) and not e.is_resolved and _is(e, (self.of,))]
        for first, last in zip(asked, asked[self.times :], strict=False):
            if last.at - first.at < self.per:
                words = f"{self.of} is asked for {self.times + 1} times in {shown(last.at - first.at)} and never answered"
                yield Finding(last.at, last.line, f"{words}: expected at most {self.times} in {shown(self.per)}")
                return


class ConnectsOnly(Check):
    """Connect to this device and to no other that looks like it (LNK-16)."""

    check: Literal["connects_only"] = "connects_only"
    to: Name

    def findings(self, conversation: Conversation) -> Iterator[Finding]:
        for connection in conversation.connections:
            if connection.device != self.to:
                yield Finding(connection.began, connection.line, f"a connection to {connection.device}, not to {self.to}")


def _heard(conversation: Conversation) -> Iterator[Said]:
    """Everything that reached clients."""
    yield from (said for said in conversation.told if said.arrived)
    for exchange in conversation.exchanges:
        yield from (said for said in (exchange.acknowledged, exchange.answer) if said is not None)


def _called(said: Said, word: str) -> bool:
    return word in {said.type, said.operation, f"{said.type}.{said.operation}"}


def _calm(conversation: Conversation) -> Instant:
    """When the last thing that went wrong was over."""
    over = [entry["t"] for entry in conversation.faults if entry["what"] in {"over", "cleared", "struck"}]
    back = [there for absences in conversation.absences.values() for _, there in absences if there is not None]
    return max([*over, *back], default=0)


def _clock(at: Instant) -> str:
    """An instant as people read it: hours, minutes and seconds since the bench began."""
    seconds: Span = at // 1_000
    return f"{seconds // 3_600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


AnyCheck: TypeAlias = Annotated[
    Resolves
    | DosesOnce
    | Reconnects
    | BacksOff
    | Hears
    | FetchesMissed
    | LooksFirst
    | LeavesSuspended
    | AsksAtMost
    | ConnectsOnly,
    Field(discriminator="check"),
]
"""Every check there is, told apart by its key ``check``."""
CHECKS: dict[str, type[Check]] = {
    cls.kind(): cls
    for cls in (
        *(Resolves, DosesOnce, Reconnects, BacksOff, Hears, FetchesMissed, LooksFirst),
        *(LeavesSuspended, AsksAtMost, ConnectsOnly),
    )
}
"""Each by its name."""
