"""An entry of the journal as people read it: a row of the conversation, decoded, or an addition to one.

A row is plain data with short keys, for a run has many: ``n`` the line of the journal, from 1; ``t`` ms since the bench
began; ``k`` the kind, as in reports (``wire``, ``alarm``, ``fault``, ...); ``d`` the device or other source; ``w`` words. A
message has ``dir``, ``what``, ``type``, ``op``, ``o`` (octets), ``x`` (the line of the request that it belongs to), ``s`` (the
stage that the exchange has reached), ``f`` (faults that acted on it), ``lost`` where it did not arrive, ``why`` where it was
refused. An entry without ``w`` is no row.
"""

from collections.abc import Mapping
from typing import Any

from isletbench.emulator.core.notes import Refused, Stage
from isletbench.emulator.journal.conversation import Exchange
from isletbench.emulator.journal.entries import Entry, Header, NoteEntry, OutgoingEntry, RequestEntry
from isletbench.emulator.journal.exchanges import ConversationBuilder
from isletbench.emulator.journal.messages import name_of
from isletbench.emulator.reports.decoded import characteristic_of, summary
from isletbench.emulator.reports.words import is_event, line_of

Row = dict[str, Any]
FORGET_AFTER = 1_000
"""Entries after which what the matching of exchanges has collected is dropped."""


class Rows:
    """Makes rows of entries, one after another. ``kinds`` are those of the devices, by name."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds = dict(kinds)
        self._matching = ConversationBuilder(kinds)
        self._taken = 0

    def row(self, number: int, entry: Entry) -> Row | None:
        """The row of line ``number`` (from 1); None where there is nothing to show."""
        exchange = self._matching.take(number, entry)
        self._taken += 1
        if self._taken % FORGET_AFTER == 0:
            self._matching.forget()
        if isinstance(entry, Header):
            self._kinds |= entry.devices
            return None
        content = self._content(entry, exchange)
        return {"n": number, "t": entry.at, **content} if content else None

    def _content(self, entry: Entry, exchange: Exchange | None) -> Row:
        match entry:
            case RequestEntry(device=device, request=request) if request.opens_link or request.closes_link:
                how = "connected" if request.opens_link else "disconnected"
                return {"k": "connection", "d": device, "w": f"{how} ({request.link})"}
            case RequestEntry() | OutgoingEntry() if not is_event(entry):
                return self._message(entry, exchange)
            case NoteEntry(device=device, note=note) if exchange is not None and (note.stage or isinstance(note, Refused)):
                added: Row = {"x": exchange.request.line, "d": device, "s": exchange.stage.value}
                return added | ({"why": note.why} if isinstance(note, Refused) else {})
            case Header():
                return {}
            case _ if is_event(entry):
                line = line_of(entry)
                return {"k": line.kind, "d": line.source, "w": line.words}
            case _:
                return {}

    def _message(self, entry: RequestEntry | OutgoingEntry, exchange: Exchange | None) -> Row:
        content = entry.request if isinstance(entry, RequestEntry) else entry.outgoing
        octets: bytes = getattr(content, "value", b"")
        kind = self._kinds.get(entry.device, "")
        name, characteristic = characteristic_of(kind, entry.place)
        row: Row = {
            "k": "wire",
            "d": entry.device,
            "dir": "in" if isinstance(entry, RequestEntry) else "out",
            "what": name_of(type(content)).replace("_", " "),
        }
        if name is not None:
            row["type"] = name
        operation, words = getattr(content, "operation", ""), ""
        if entry.place is not None and entry.place.is_descriptor:
            words = _subscription(octets)
        elif characteristic is not None and octets:
            operation, words = summary(characteristic, octets)
            words = words or ("" if operation else "nothing set")
        row["w"] = words if operation else words or _unnamed(content)
        if operation:
            row["op"] = operation
        if octets:
            row["o"] = octets.hex()
        if entry.faults:
            row["f"] = list(entry.faults)
        if exchange is not None:
            row |= {"x": exchange.request.line, "s": exchange.stage.value}
        if entry.stage not in (Stage.RECEIVED, Stage.REPLY_SENT):
            row["lost"] = entry.stage.value
        return row


def _subscription(octets: bytes) -> str:
    """What a client configuration descriptor is set to. Core Vol 3, Part G, 3.3.3.3."""
    match int.from_bytes(octets[:1], "little"):
        case 0:
            return "notifications and indications off" if octets else "asks whether notifications are on"
        case 1:
            return "notifications on"
        case 2:
            return "indications on"
        case _:
            return "notifications and indications on"


def _unnamed(content: Any) -> str:
    """What a message says that carries no value of a known type: an error's code, an MTU, the count of its octets."""
    found = []
    for name in content.__slots__:
        value = getattr(content, name)
        if name == "value":
            found += [f"{len(value)} octets"] if value else []
        elif name not in {"link", "handle", "response", "operation"} and value is not None:
            found.append(f"{name} {getattr(value, 'name', value)}")
    return ", ".join(found).lower().replace("_", " ")
