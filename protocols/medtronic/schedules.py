"""Schedules of a day: basal rates, carbohydrate ratios, sensitivities, targets. A slot is half an hour from midnight."""

from collections.abc import Sequence
from typing import TypeVar

from construct import Array, Int8ub, Int16ub, Int16ul

from isletbench.protocols.errors import ReservedValue, Truncated, Unencodable
from isletbench.protocols.packet import decode, encode, packet, struct_of, wire

E = TypeVar("E")
SLOTS = 48
"""Half hours of a day."""
ENTRIES = 8
"""Entries of a ratio, sensitivity or target schedule; unused ones are zero."""
PROFILE_OCTETS = 192
"""Octets of a basal profile: three frames."""
RATIOS_40_LEAD = 25
"""The lead octet of ``Ratios40``, one less than its octets: a client takes it less 1 as the octets of the entries."""
HIGH_SENSITIVITY = 0x40
"""Bit of a sensitivity's slot: 256 mg/dL more."""


@packet
class BasalEntry:
    """From this slot on, this basal rate."""

    rate: int = wire(Int16ul, "1/40 U/h, little endian")
    slot: int = wire(Int8ub, "half hours from midnight")


END = BasalEntry(0, 0)
"""What ends a basal profile of fewer than 64 entries."""


@packet
class Ratio10:
    """From this slot on, this carbohydrate ratio, of a pump with ten strokes a unit."""

    slot: int = wire(Int8ub, "half hours from midnight")
    value: int = wire(Int8ub, "g/U, or 1/10 exchange a unit")


@packet
class Ratio40:
    """From this slot on, this carbohydrate ratio, of a pump with forty strokes a unit."""

    slot: int = wire(Int8ub, "half hours from midnight")
    value: int = wire(Int16ub, "1/10 g/U, or 1/1000 exchange a unit")


@packet
class SlotValue:
    """From this slot on, this sensitivity or single target; bit 6 of a sensitivity's slot is bit 8 of its value."""

    slot: int = wire(Int8ub, "half hours from midnight")
    value: int = wire(Int8ub, "mg/dL, or 1/10 mmol/L")


@packet
class TargetEntry:
    """From this slot on, this range of glucose."""

    slot: int = wire(Int8ub, "half hours from midnight")
    low: int = wire(Int8ub, "mg/dL, or 1/10 mmol/L")
    high: int = wire(Int8ub, "mg/dL, or 1/10 mmol/L")


@packet
class Ratios10:
    """Carbohydrate ratios of a pump with ten strokes a unit."""

    units: int = wire(Int8ub, "1 grams, 2 exchanges")
    entries: tuple[Ratio10, ...] = wire(Array(ENTRIES, struct_of(Ratio10)), "eight of them")


@packet
class Ratios40:
    """Carbohydrate ratios of a pump with forty strokes a unit."""

    units: int = wire(Int8ub, "1 grams, 2 exchanges")
    count: int = wire(Int8ub, "entries that are used")
    entries: tuple[Ratio40, ...] = wire(Array(ENTRIES, struct_of(Ratio40)), "eight of them")


@packet
class Values:
    """Sensitivities, or targets that are single values."""

    units: int = wire(Int8ub, "1 mg/dL, 2 mmol/L")
    entries: tuple[SlotValue, ...] = wire(Array(ENTRIES, struct_of(SlotValue)), "eight of them")


@packet
class Targets:
    """Ranges of glucose."""

    units: int = wire(Int8ub, "1 mg/dL, 2 mmol/L")
    entries: tuple[TargetEntry, ...] = wire(Array(ENTRIES, struct_of(TargetEntry)), "eight of them")


def profile_octets(entries: Sequence[BasalEntry]) -> bytes:
    """A basal profile as a pump sends it. Raises ``Unencodable`` for more entries than slots."""
    if len(entries) > SLOTS:
        raise Unencodable(f"{len(entries)} entries are more than the {SLOTS} half hours of a day", layout="BasalProfile")
    return b"".join(encode(entry) for entry in (*entries, END)).ljust(PROFILE_OCTETS, b"\x00")


def profile_of(octets: bytes) -> tuple[BasalEntry, ...]:
    """The entries of a basal profile, up to its end: an entry of rate 0 that is not the first one and has slot 0, or slot 63.

    Raises ``WireError`` for slots that do not ascend from midnight, and for octets without an end.
    """
    entries: list[BasalEntry] = []
    for at in range(0, len(octets) - 2, 3):
        entry = decode(BasalEntry, octets[at : at + 3])
        if entry.slot == 0x3F or (entries and entry.slot == 0):
            return tuple(entries)
        if entry.slot >= SLOTS or entry.slot <= (entries[-1].slot if entries else -1) or (not entries and entry.slot):
            raise ReservedValue(f"slot {entry.slot} does not ascend from midnight", octets=octets, layout="BasalProfile")
        entries.append(entry)
    raise Truncated("the profile has no end", octets=octets, layout="BasalProfile")


def eight(entries: Sequence[E], unused: E) -> tuple[E, ...]:
    """The entries of a schedule, the unused ones included. Raises ``Unencodable`` for more than there are."""
    if len(entries) > ENTRIES:
        raise Unencodable(f"{len(entries)} entries are more than {ENTRIES}", layout="Schedule")
    return (*entries, *[unused] * (ENTRIES - len(entries)))


def sensitivity(slot: int, value: int) -> SlotValue:
    """The entry of a sensitivity up to 511. Raises ``Unencodable`` for a higher one."""
    if not 0 <= value <= 0x1FF:
        raise Unencodable(f"{value} is outside 0..511", layout="SlotValue", field="value")
    return SlotValue(slot | (HIGH_SENSITIVITY if value > 0xFF else 0), value & 0xFF)
