"""Golden octets: what the services' values are on the wire, and what they mean."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols.catalogue import TYPES
from isletbench.protocols.errors import WireError

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
    assert {name for name in TYPES if name not in {vector["type"] for vector in VECTORS}} == set()


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
