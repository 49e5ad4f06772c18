"""How a rig is wired: parts, pins and wires as a table, checked before anything is plugged in.

A wiring that would harm a part, or that cannot carry a signal, is refused like any other mistake in a rig file. Parts stand
side by side in the order in which the file names them, and a wire joins neighbours. ``wiring_pictures`` draws it.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from isletbench.emulator.core.models import Part as Table

CMOS_HIGH = Decimal("0.7")
"""Of its supply voltage a CMOS input wants this much before it reads a high: VIH of the 74HC family's data sheets."""
TTL_HIGH = Decimal("2.0")
"""V; what a TTL-compatible input wants."""
RS_232 = Decimal(5)
"""V; a line of more than this is no logic level (EIA/TIA-232-F: a driver gives 5 V to 15 V either way)."""

Way: TypeAlias = Literal["out", "in", "ground", "power"]


class Pin(Table):
    """A pin, screw or socket."""

    way: Way
    volts: Annotated[Decimal, Field(gt=0, le=30)] | None = None
    """Its level; its part's when left out."""


class Part(Table):
    """A board, an adapter, a level shifter."""

    title: str = Field(min_length=1)
    """What it is, as printed in the picture."""
    volts: Annotated[Decimal, Field(gt=0, le=30)] = Decimal("3.3")
    """The level of its pins, V."""
    bears: Annotated[Decimal, Field(gt=0, le=30)] | None = None
    """The highest level that its inputs bear, V; their own when left out."""
    pins: dict[str, Way | Pin] = Field(min_length=1)

    def pin(self, name: str) -> Pin:
        """A pin with its level."""
        found = self.pins[name]
        pin = found if isinstance(found, Pin) else Pin(way=found)
        return pin if pin.volts is not None else Pin(way=pin.way, volts=self.volts)


class Wire(Table, populate_by_name=True):
    """From pin to pin, each named ``PART.PIN``."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    why: str = ""
    """What it is for, where that needs saying."""
    optional: bool = False


class Wiring(Table):
    """Everything that is to be joined. Raises ``ValueError`` for what must not be."""

    parts: dict[str, Part] = Field(min_length=2)
    wires: tuple[Wire, ...] = Field(min_length=1)
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _can_be_joined(self) -> "Wiring":
        for wire in self.wires:
            self._check(wire)
        driven = [wire.end for wire in self.wires if self._pin(wire.end).way == "in"]
        if twice := {end for end in driven if driven.count(end) > 1}:
            raise ValueError(f"wires: {min(twice)} is driven by two outputs")
        for left, right in pairwise(self.parts):
            joined = [wire for wire in self.wires if {_part(wire.start), _part(wire.end)} == {left, right}]
            if joined and not any(self._pin(wire.start).way == "ground" for wire in joined):
                raise ValueError(f"wires: {left} and {right} have no common ground: join their GND first")
        return self

    def _check(self, wire: Wire) -> None:
        start, end = self._pin(wire.start), self._pin(wire.end)
        names = list(self.parts)
        if abs(names.index(_part(wire.start)) - names.index(_part(wire.end))) != 1:
            raise ValueError(f"wires: {wire.start} to {wire.end}: expected parts that stand side by side: {', '.join(names)}")
        if (start.way, end.way) not in {("out", "in"), ("ground", "ground"), ("power", "power")}:
            raise ValueError(
                f"wires: {wire.start} to {wire.end}: {start.way} to {end.way}:"
                " expected out to in, ground to ground or power to power"
            )
        given, borne = start.volts or Decimal(0), self._borne(wire.end)
        if start.way == "power" and given != end.volts:
            raise ValueError(f"wires: {wire.start} gives {given} V, and {wire.end} takes {end.volts} V: expected the same")
        if start.way == "out" and given > borne:
            mend = "a MAX3232 or the like" if given > RS_232 else "a level shifter"
            raise ValueError(f"wires: {wire.start} gives {given} V, and {wire.end} bears {borne} V: put {mend} between them")

    def _pin(self, place: str) -> Pin:
        part, _, pin = place.partition(".")
        if part not in self.parts or pin not in self.parts[part].pins:
            known = [f"{name}.{pin}" for name, part in self.parts.items() for pin in part.pins]
            raise ValueError(f"wires: {place}: expected one of {', '.join(known)}")
        return self.parts[part].pin(pin)

    def _borne(self, place: str) -> Decimal:
        pin, part = self._pin(place), self.parts[_part(place)]
        assert pin.volts is not None
        return max(pin.volts, part.bears or pin.volts) if pin.way == "in" else pin.volts

    def warnings(self) -> list[str]:
        """What to heed before power is on: the levels first, then ground, then the file's own notes."""
        told = []
        levels = sorted({pin.volts for name in self.parts for pin in self._signals(name) if pin.volts is not None})
        told += [f"All signals are of {levels[0]} V: set every adapter to it before you join it."] if len(levels) == 1 else []
        told += ["RS-232 (a nine-pin plug, up to 15 V either way) destroys logic pins: it needs a MAX3232 or the like."]
        told += [self._weak(wire) for wire in self.wires if self._weak(wire)]
        told += ["Join GND to GND first, and part it last; without it a signal has no meaning and a pin no protection."]
        if not any(self._pin(wire.start).way == "power" for wire in self.wires):
            told += ["Leave power pins (5V, 3V3, VCC) unjoined: every part has its own supply."]
        return [*told, *self.notes]

    def _signals(self, part: str) -> list[Pin]:
        used = {place for wire in self.wires for place in (wire.start, wire.end)}
        pins = [self._pin(place) for place in used if _part(place) == part]
        return [pin for pin in pins if pin.way in {"in", "out"}]

    def _weak(self, wire: Wire) -> str:
        """A level that an input may take for none."""
        start, end = self._pin(wire.start), self._pin(wire.end)
        if end.way != "in" or start.volts is None or end.volts is None or start.volts >= end.volts * CMOS_HIGH:
            return ""
        return (
            f"{wire.start} gives {start.volts} V: enough for {wire.end} if that is a TTL input ({TTL_HIGH} V),"
            f" not if it is a CMOS one ({end.volts * CMOS_HIGH:.1f} V)."
        )

    def levels(self, part: str) -> str:
        """The levels of a part's pins, for people."""
        levels = sorted({pin.volts for pin in map(self.parts[part].pin, self.parts[part].pins) if pin.volts is not None})
        return " and ".join(f"{volts} V" for volts in levels)

    def gaps(self) -> list[list["Strand"]]:
        """The wires between each pair of neighbours, from left to right."""
        return [
            [Strand.of(self, wire, left) for wire in self.wires if {_part(wire.start), _part(wire.end)} == {left, right}]
            for left, right in pairwise(self.parts)
        ]


class Strand(Table):
    """A wire as it lies in a picture."""

    left: str
    right: str
    way: Literal["right", "left", "none"]
    wire: Wire
    colour: str

    @classmethod
    def of(cls, wiring: Wiring, wire: Wire, left: str) -> "Strand":
        """How ``wire`` looks to someone who has the part ``left`` on the left."""
        forward = _part(wire.start) == left
        ends = (wire.start, wire.end) if forward else (wire.end, wire.start)
        kind = wiring._pin(wire.start).way  # noqa: SLF001  # a picture of its owner
        way: Literal["right", "left", "none"] = "none" if kind == "ground" else "right" if forward else "left"
        colour = {"ground": "#222222", "power": "#c62828"}.get(kind, "#1565c0" if forward else "#2e7d32")
        return cls(left=_pin_of(ends[0]), right=_pin_of(ends[1]), way=way, wire=wire, colour=colour)


def _part(place: str) -> str:
    return place.partition(".")[0]


def _pin_of(place: str) -> str:
    return place.partition(".")[2]
