"""The journal: everything that happened on the bench, one JSON object a line, append-only, readable by anything.

It holds no wall-clock time and no path of this machine, so the same rig, scenario and seed give the same journal, octet for
octet. ``docs/journal.md`` tells every key.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO, TypeAlias

from isletbench.emulator.core.endpoint import Outgoing, Place, Request
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Note, Stage
from isletbench.emulator.core.quantities import Instant
from isletbench.protocols.plain import to_plain

VERSION = 1
"""Of the format. A reader refuses what it does not know."""

Listener: TypeAlias = Callable[[dict[str, Any]], None]


class Journal:
    """Writes entries to ``sink`` (a text file, or None) and hands each one to whoever listens."""

    def __init__(self, sink: TextIO | None = None) -> None:
        self._sink = sink
        self._listeners: list[Listener] = []

    def open(self, **header: Any) -> None:
        """The first line: what run this is a journal of."""
        self._write({"journal": VERSION, **to_plain(header)})

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hand every coming entry to ``listener``, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def request(
        self,
        at: Instant,
        device: str,
        request: Request,
        place: Place | None,
        stage: Stage = Stage.RECEIVED,
        *,
        faults: Sequence[str] = (),
    ) -> None:
        """A request has been received, or has come only as far as ``stage``; ``faults`` had a hand in it."""
        self._message({"t": at, "device": device, "in": _kind(request), "stage": stage}, request, place, faults)

    def outgoing(
        self, at: Instant, device: str, outgoing: Outgoing, place: Place | None, stage: Stage, *, faults: Sequence[str] = ()
    ) -> None:
        """Something was to be sent, and how far it came; ``faults`` had a hand in it."""
        self._message({"t": at, "device": device, "out": _kind(outgoing), "stage": stage}, outgoing, place, faults)

    def _message(self, entry: dict[str, Any], message: Request | Outgoing, place: Place | None, faults: Sequence[str]) -> None:
        self._write({**entry, **({"faults": list(faults)} if faults else {}), **_told(message, place)})

    def fault(self, at: Instant, fault: str, what: str, **fields: Any) -> None:
        """A turn in a fault's life: injected, armed, struck, over, cleared."""
        self._write({"t": at, "fault": fault, "what": what, **to_plain(fields)})

    def note(self, device: str, note: Note) -> None:
        """A device's note: a stage an exchange has reached."""
        fields = {field.name: getattr(note, field.name) for field in dataclasses.fields(note)}
        entry = {"t": fields.pop("at"), "device": device, "note": fields.pop("operation", None) or note.name}
        if note.stage:
            entry["stage"] = note.stage.value
        self._write(entry | {name: to_plain(value) for name, value in fields.items() if value is not None})

    def occurred(self, device: str, occurrence: Occurrence) -> None:
        """Ground truth: what has happened in a device."""
        event = occurrence.event
        self._write({"t": occurrence.at, "device": device, "ledger": event.name, **to_plain(event.fields())})

    def belief(self, at: Instant, told: Mapping[str, Any]) -> None:
        """What a client has told of what it believes."""
        self._write({"t": at, **told})

    def frame(self, at: Instant, carrier: str, direction: str, octets: bytes) -> None:
        """Raw octets on a wire: ``direction`` is ``in`` or ``out`` as the device sees it."""
        self._write({"t": at, "carrier": carrier, "frame": direction, "octets": octets.hex()})

    def bench(self, at: Instant, what: str, **fields: Any) -> None:
        """Something the bench did: started, stopped."""
        self._write({"t": at, "bench": what, **to_plain(fields)})

    def _write(self, entry: dict[str, Any]) -> None:
        if self._sink is not None:
            self._sink.write(json.dumps(entry, separators=(",", ":"), ensure_ascii=False) + "\n")
        for listener in tuple(self._listeners):
            listener(entry)

    def flush(self) -> None:
        """Hand what is written to the operating system, so that a killed bench leaves a whole journal."""
        if self._sink is not None:
            self._sink.flush()


def _kind(message: Request | Outgoing) -> str:
    """``WriteResponse`` as ``write_response``."""
    name = type(message).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _told(message: Request | Outgoing, place: Place | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    names: tuple[str, ...] = message.__slots__
    for name in names:
        value = getattr(message, name)
        if name == "handle":
            told |= {**_attribute(place), "handle": value}
        elif name == "value":
            told["octets"] = value.hex()
        elif not (name == "response" and value):
            told[name] = to_plain(value)
    return told


def _attribute(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {}
    return {"characteristic": f"{place.characteristic:04X}", **({"descriptor": "2902"} if place.is_descriptor else {})}
