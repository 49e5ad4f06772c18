"""Every octet of a value belongs to a field, and a field's octets are where the specification has them."""

from typing import Any

import pytest

from isletbench.protocols import ids
from isletbench.protocols.catalogue import TYPES
from isletbench.protocols.e2e import BARE
from isletbench.protocols.errors import WireError
from isletbench.protocols.located import Located, located
from isletbench.protocols.packet import fields_of, is_packet
from tests.protocols.test_vectors import VECTORS


def bits_of(name: str) -> set[str]:
    """Fields of a type that are bits of its flags: they share their octets."""
    layout = TYPES[name].layout
    events = ids.EVENTS.operations.values() if name.startswith("ids.") else ()
    packets = [cls for cls in (layout, *getattr(layout, "operations", {}).values(), *events) if is_packet(cls)]
    return {info.name for cls in packets for info in fields_of(cls) if info.wire.layout is None}


def octets_of(field: Located) -> range:
    return range(field.begin, field.end)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['type']}: {vector['name']}")
def test_the_fields_of_every_published_value_cover_its_octets(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["octets"])
    found = located(TYPES[vector["type"]], octets)
    assert found.protected == (vector["e2e"] and TYPES[vector["type"]].envelope is not BARE)
    bits = bits_of(vector["type"])
    covered = sorted(octet for field in found.fields if field.name.rpartition(".")[2] not in bits for octet in octets_of(field))
    assert covered == list(range(len(octets)))  # each once


def test_a_field_stands_where_the_specification_has_it() -> None:
    # CGMS 1.0.1, section 3.1: size, flags, glucose, time offset; here with the warning octet that bit 6 of the flags announces
    found = located(TYPES["cgms.Measurement"], bytes.fromhex("07 40 78 00 05 00 02".replace(" ", "")))
    places = {field.name: (field.begin, field.end, field.value) for field in found.fields}
    assert places["size"] == (0, 1, 7)
    assert places["flags"][:2] == (1, 2)
    assert places["glucose"] == (2, 4, 120.0)
    assert places["time_offset"] == (4, 6, 5)
    assert places["annunciation"][:2] == (6, 7)


def test_protection_is_recognised_by_its_crc() -> None:
    status = TYPES["ids.Status"]
    bare = bytes.fromhex("5596000001")
    protected = status.envelope.seal(bare, protected=True, counter=9)
    assert not located(status, bare).protected
    found = located(status, protected)
    assert found.protected
    assert [(field.name, field.begin, field.end) for field in found.fields][-2:] == [("e2e_counter", 5, 6), ("crc", 6, 8)]


def test_an_operation_is_named_and_its_operand_follows_its_op_code() -> None:
    found = located(TYPES["cgms.RecordAccessControlPoint"], bytes.fromhex("0103010500"))
    assert found.operation == "REPORT"
    assert [(field.name, field.begin, field.end) for field in found.fields] == [
        ("op_code", 0, 1),
        ("operator", 1, 2),
        ("filter", 2, 3),
        ("low", 3, 5),
    ]


# An event, an operation and a state that IDS 1.0.2 does not have.
@pytest.mark.parametrize(
    ("name", "octets", "field"),
    [
        ("ids.HistoryData", "0C 05 07 00 00 00 3C 00 01", ("octets", 8, 9)),
        ("ids.StatusReaderControlPoint", "0C 05 01 02", ("octets", 2, 4)),
        ("ids.Status", "99 96 9B F5 01", ("therapy_control_state", 0, 1)),
    ],
)
def test_what_is_not_defined_stands_somewhere_too(name: str, octets: str, field: tuple[str, int, int]) -> None:
    assert field in [(one.name, one.begin, one.end) for one in located(TYPES[name], bytes.fromhex(octets)).fields]


def test_octets_that_are_no_value_are_refused() -> None:
    with pytest.raises(WireError):
        located(TYPES["ids.Status"], b"\x55")
