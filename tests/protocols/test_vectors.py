"""Golden octets: what the services' values are on the wire, and what they mean."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cli.wire import TYPES
from protocols import ids
from protocols.errors import WireError

FILES = ("cgms.toml", "ids.toml")
VECTORS: list[dict[str, Any]] = [
    vector
    for name in FILES
    for vector in tomllib.loads((Path(__file__).parents[1] / "vectors" / name).read_text(encoding="utf-8"))["vector"]
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['type']}: {vector['name']}")
def test_value_and_octets_are_the_same_thing(vector: dict[str, Any]) -> None:
    characteristic = TYPES[vector["type"]]
    octets, plain = bytes.fromhex(vector["octets"]), json.loads(vector["value"])
    value = characteristic.decode(octets, protected=vector["e2e"])
    assert characteristic.to_plain(value) == plain
    again = characteristic.from_plain(plain)
    assert again == value
    assert characteristic.encode(again, protected=vector["e2e"], counter=vector.get("counter", 0)) == octets


def test_every_characteristic_of_both_services_has_a_golden_value() -> None:
    without = {name for name in TYPES if name not in {vector["type"] for vector in VECTORS}}
    assert without == {"ids.CommandData"}, "no operation of IDD Command Data is declared yet"


@pytest.mark.parametrize("name", sorted(TYPES))
@given(octets=st.binary(max_size=24), protected=st.booleans())
def test_any_octets_are_a_value_or_a_wire_error(name: str, octets: bytes, protected: bool) -> None:
    characteristic = TYPES[name]
    try:
        value = characteristic.decode(octets, protected=protected)
    except WireError:
        return
    plain = characteristic.to_plain(value)
    json.dumps(plain)
    assert characteristic.from_plain(plain) == value


# IDS 1.0.2, section 5: every code is a word of a code with Hamming distance 4.


def distance_4(word: int, bits: int) -> bool:
    """Non-zero, an even number of one bits, and the positions of the one bits cancel out."""
    ones = [position for position in range(bits) if word >> position & 1]
    parity = 0
    for position in ones:
        parity ^= position
    return bool(ones) and len(ones) % 2 == 0 and parity == 0


def test_the_rule_makes_the_published_words() -> None:
    words = [word for word in range(256) if distance_4(word, 8)]
    assert bytes(words) == bytes.fromhex("0F 33 3C 55 5A 66 69 96 99 A5 AA C3 CC F0 FF")
    assert sum(distance_4(word, 16) for word in range(1 << 16)) == 2047


@pytest.mark.parametrize(
    "codes",
    [
        ids.TherapyControlState,
        ids.OperationalState,
        ids.AnnunciationStatus,
        ids.BolusType,
        ids.BolusActivation,
        ids.BolusValueSelection,
        ids.BasalContext,
        ids.TbrType,
        ids.CounterType,
        ids.CounterSelection,
        ids.BolusEndReason,
        ids.RecordingReason,
    ],
)
def test_every_code_of_ids_is_a_word_of_its_code(codes: Any) -> None:
    assert all(distance_4(code, 8) for code in codes)


def test_annunciation_types_and_op_codes_are_words_of_their_code() -> None:
    assert all(distance_4(code, 16) for code in ids.AnnunciationType)
    for point in (ids.STATUS_READER, ids.COMMAND, ids.EVENTS):
        assert all(distance_4(code, 16) for code in point.operations), point.name
