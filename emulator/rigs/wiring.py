"""The wiring of a rig: parts, pins and wires as a table, checked when the rig file is read.

A wiring that would damage a part or cannot carry a signal is rejected like any other error in a rig file. Parts are drawn side
by side in the order of the file, and a wire connects neighbours. ``wiring_pictures`` draws it.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from isletbench.emulator.core.models import Part as Table

CMOS_HIGH = Decimal("0.7")
"""VIH of a CMOS input as a share of its supply voltage: data sheets of the 74HC family."""
TTL_HIGH = Decimal("2.0")
"""VIH of a TTL-compatible input, V."""
RS_232 = Decimal(5)
"""The highest logic level, V; RS-232 drivers output 5 V to 15 V of both signs (EIA/TIA-232-F)."""

PinKind: TypeAlias = Literal["out", "in", "ground", "power"]


class Pin(Table):
    """A pin or terminal."""

    way: PinKind
    volts: Annotated[Decimal, Field(gt=0, le=30)] | None = None
    """Its signal level, V; by default that of its part."""


class Part(Table):
    """A board, an adapter or a level shifter."""

    title: str = Field(min_length=1)
    """Its description, as printed in the picture."""
    volts: Annotated[Decimal, Field(gt=0, le=30)] = Decimal("3.3")
    """The signal level of its pins, V."""
    bears: Annotated[Decimal, Field(gt=0, le=30)] | None = None
    """The highest voltage that its inputs tolerate, V; by default their level."""
    pins: dict[str, PinKind | Pin] = Field(min_length=1)

    def pin(self, name: str) -> Pin:
        """Return a pin with its signal level."""
        found = self.pins[name]
        pin = found if isinstance(found, Pin) else Pin(way=found)
        return pin if pin.volts is not None else Pin(way=pin.way, volts=self.volts)


class Wire(Table, populate_by_name=True):
    """A wire between two pins, each named ``PART.PIN``."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    why: str = ""
    """The purpose of the wire, for the picture."""
    optional: bool = False


class Wiring(Table):
    """The parts and wires of a rig. Raises ``ValueError`` for a wire that is not allowed."""

    parts: dict[str, Part] = Field(min_length=2)
    wires: tuple[Wire, ...] = Field(min_length=1)
    notes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_wires(self) -> "Wiring":
        for wire in self.wires:
            self._check(wire)
        driven = [wire.end for wire in self.wires if self._pin(wire.end).way == "in"]
        if twice := {end for end in driven if driven.count(end) > 1}:
            raise ValueError(f"wires: {min(twice)} is driven by two outputs")
        for left, right in pairwise(self.parts):
            joined = [wire for wire in self.wires if {_part(wire.start), _part(wire.end)} == {left, right}]
            if joined and not any(self._pin(wire.start).way == "ground" for wire in joined):
                raise ValueError(f"wires: {left} and {right} have no common ground: expected a wire between their GND pins")
        return self

    def _check(self, wire: Wire) -> None:
        start, end = self._pin(wire.start), self._pin(wire.end)
        names = list(self.parts)
        if abs(names.index(_part(wire.start)) - names.index(_part(wire.end))) != 1:
            raise ValueError(f"wires: {wire.start} to {wire.end}: expected neighbouring parts in the order {', '.join(names)}")
        if (start.way, end.way) not in {("out", "in"), ("ground", "ground"), ("power", "power")}:
            raise ValueError(
                f"wires: {wire.start} to {wire.end}: {start.way} to {end.way}:"
                " expected out to in, ground to ground or power to power"
            )
        given, tolerated = start.volts or Decimal(0), self._highest_input(wire.end)
        if start.way == "power" and given != end.volts:
            raise ValueError(f"wires: {wire.start} gives {given} V, and {wire.end} takes {end.volts} V: expected the same")
        if start.way == "out" and given > tolerated:
            remedy = "a level converter such as a MAX3232" if given > RS_232 else "a level shifter"
            raise ValueError(
                f"wires: {wire.start} gives {given} V, and {wire.end} tolerates {tolerated} V: expected {remedy} between them"
            )

    def _pin(self, place: str) -> Pin:
        part, _, pin = place.partition(".")
        if part not in self.parts or pin not in self.parts[part].pins:
            known = [f"{name}.{pin}" for name, part in self.parts.items() for pin in part.pins]
            raise ValueError(f"wires: {place}: expected one of {', '.join(known)}")
        return self.parts[part].pin(pin)

    def _highest_input(self, place: str) -> Decimal:
        pin, part = self._pin(place), self.parts[_part(place)]
        assert pin.volts is not None
        return max(pin.volts, part.bears or pin.volts) if pin.way == "in" else pin.volts

    def warnings(self) -> list[str]:
        """Return the warnings before power-on: levels, ground, notes of the file."""
        found = []
        levels = sorted({pin.volts for name in self.parts for pin in self._signals(name) if pin.volts is not None})
        found += (
            [f"All signals are of {levels[0]} V: set every adapter to this level before you connect it."]
            if len(levels) == 1
            else []
        )
        found += ["RS-232 (a nine-pin plug, -15 V to 15 V) destroys logic pins: it needs a level converter such as a MAX3232."]
        found += [self._low_level(wire) for wire in self.wires if self._low_level(wire)]
        found += ["Connect GND first and disconnect it last: without it, signals are undefined and pins unprotected."]
        if not any(self._pin(wire.start).way == "power" for wire in self.wires):
            found += ["Do not connect power pins (5V, 3V3, VCC): every part has its own supply."]
        return [*found, *self.notes]

    def _signals(self, part: str) -> list[Pin]:
        used = {place for wire in self.wires for place in (wire.start, wire.end)}
        pins = [self._pin(place) for place in used if _part(place) == part]
        return [pin for pin in pins if pin.way in {"in", "out"}]

    def _low_level(self, wire: Wire) -> str:
        """Return a warning for an output level below VIH of a CMOS input, else an empty string."""
        start, end = self._pin(wire.start), self._pin(wire.end)
        if end.way != "in" or start.volts is None or end.volts is None or start.volts >= end.volts * CMOS_HIGH:
            return ""
        return (
            f"{wire.start} gives {start.volts} V: enough for {wire.end} if that is a TTL input ({TTL_HIGH} V),"
            f" not if it is a CMOS one ({end.volts * CMOS_HIGH:.1f} V)."
        )

    def levels(self, part: str) -> str:
        """Return the signal levels of a part's pins as text."""
        levels = sorted({pin.volts for pin in map(self.parts[part].pin, self.parts[part].pins) if pin.volts is not None})
        return " and ".join(f"{volts} V" for volts in levels)

    def gaps(self) -> list[list["DrawnWire"]]:
        """Return the wires between each pair of neighbours, from left to right."""
        return [
            [DrawnWire.of(self, wire, left) for wire in self.wires if {_part(wire.start), _part(wire.end)} == {left, right}]
            for left, right in pairwise(self.parts)
        ]


class DrawnWire(Table):
    """A wire in a picture."""

    left: str
    right: str
    way: Literal["right", "left", "none"]
    wire: Wire
    colour: str

    @classmethod
    def of(cls, wiring: Wiring, wire: Wire, left: str) -> "DrawnWire":
        """Return ``wire`` as drawn with the part ``left`` on the left."""
        forward = _part(wire.start) == left
        ends = (wire.start, wire.end) if forward else (wire.end, wire.start)
        kind = wiring._pin(wire.start).way  # noqa: SLF001  # same module
        way: Literal["right", "left", "none"] = "none" if kind == "ground" else "right" if forward else "left"
        colour = {"ground": "#222222", "power": "#c62828"}.get(kind, "#1565c0" if forward else "#2e7d32")
        return cls(left=_pin_of(ends[0]), right=_pin_of(ends[1]), way=way, wire=wire, colour=colour)


def _part(place: str) -> str:
    return place.partition(".")[0]


def _pin_of(place: str) -> str:
    return place.partition(".")[2]
