"""The value of a message, decoded: by name and unit, with the octets of each field."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from isletbench.emulator.core.endpoint import Place
from isletbench.emulator.journal.exchanges import meaning_of
from isletbench.protocols import companions
from isletbench.protocols.catalogue import TYPES
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import CGM_RECORD, split_records
from isletbench.protocols.errors import WireError
from isletbench.protocols.located import Decoded, Located, located

REMEMBERED = 4_096
"""Values that are remembered decoded: what a device sends repeats itself."""
COMPANIONS: Mapping[int, Characteristic] = {
    one.uuid: one for one in vars(companions).values() if isinstance(one, Characteristic)
}
"""The characteristics beside the services of a CGM and a pump, by UUID: battery, time, device information."""
UNITS = frozenset({"IU", "IU/h", "mg/dL", "mg/dL/min", "min", "min.", "s", "h", "%", "ms", "U", "U/h", "mmol/L", "days"})
"""What of a declaration's words is a unit, and not a meaning."""
AROUND = frozenset({"flags", "size", "op_code", "crc", "e2e_counter", "filter"})
"""Fields that say how a value is built, and not what it says."""


def characteristic_of(kind: str, place: Place | None) -> tuple[str | None, Characteristic | None]:
    """The name and the declaration of a characteristic of a kind of device; its UUID where no declaration is known."""
    if place is None:
        return None, None
    name, _ = meaning_of(kind, place, b"")
    if name is not None:
        return name, TYPES[name]
    companion = COMPANIONS.get(place.characteristic)
    return (f"{place.characteristic:04X}", None) if companion is None else (companion.name, companion)


@lru_cache(REMEMBERED)
def values_of(characteristic: Characteristic, octets: bytes) -> tuple[Decoded, ...] | str:
    """A value decoded, record by record where a notification concatenates several; a sentence for one that is none."""
    try:
        records = split_records(octets) if characteristic.envelope is CGM_RECORD and octets else [octets]
        return tuple(located(characteristic, record) for record in records)
    except WireError as error:
        return str(error)


@lru_cache(REMEMBERED)
def summary(characteristic: Characteristic, octets: bytes) -> tuple[str, str]:
    """The operation that a value is (empty where it is none), and its fields in words."""
    found = values_of(characteristic, octets)
    if isinstance(found, str):
        return "", f"not decodable: {found}"
    words = "; ".join(", ".join(word for word in map(_words, one.fields) if word) for one in found)
    return found[0].operation or "", words


def _words(field: Located) -> str:
    """A field in words; nothing for what says nothing to a reader in a hurry."""
    name = field.name.replace("_", " ")
    if isinstance(field.value, bool):
        return name if field.value else ""
    if field.value is None or field.value == [] or field.name.rpartition(".")[2] in AROUND:
        return ""
    unit = unit_of(field.unit)
    return f"{name} {shown(field.value)}{' ' + unit if unit else ''}"


def unit_of(words: str) -> str:
    """The unit that a declaration's words begin with; empty where they are a meaning."""
    first = words.split(";", maxsplit=1)[0].split(" since ", maxsplit=1)[0].split(",", maxsplit=1)[0].strip()
    return first if first in UNITS else ""


def shown(value: Any) -> str:
    """A plain value as text."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case list():
            return ", ".join(map(shown, value)) or "none"
        case dict():
            return ", ".join(f"{key} {shown(item)}" for key, item in value.items())
        case _:
            return str(value)


def details(name: str, octets: bytes) -> dict[str, Any]:
    """Everything about a value, for who looks at it closely: every field with unit and octets, and the command that decodes it.

    Raises ``KeyError`` for a name that is no type.
    """
    known = TYPES.get(name) or next((one for one in COMPANIONS.values() if one.name == name), None)
    if known is None:
        raise KeyError(name)
    found = values_of(known, octets)
    if isinstance(found, str):
        return {"type": name, "octets": octets.hex(), "problem": found, "fields": [], "command": _command(name, octets, False)}
    fields: list[dict[str, Any]] = []
    begin = 0
    for number, one in enumerate(found):
        prefix = f"{number + 1}: " if len(found) > 1 else ""
        fields += [
            {
                "name": prefix + field.name,
                "value": shown(field.value),
                "unit": field.unit,
                "begin": begin + field.begin,
                "end": begin + field.end,
            }
            for field in one.fields
        ]
        begin = max(field["end"] for field in fields) if fields else 0
    return {
        "type": name,
        "octets": octets.hex(),
        "problem": None,
        "operation": found[0].operation,
        "protected": found[0].protected,
        "fields": fields,
        "command": _command(name, octets, found[0].protected),
    }


def _command(name: str, octets: bytes, protected: bool) -> str | None:
    """The command line that decodes it; None for a type that the command line does not know."""
    return f"isletbench decode {name} {octets.hex()}{' --e2e' if protected else ''}" if name in TYPES else None
