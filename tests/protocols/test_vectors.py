"""Golden octets: what the services' values are on the wire, and what they mean."""

import json
import re
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols.catalogue import TYPES
from isletbench.protocols.errors import ReservedValue, UnknownOpcode, WireError

FILES = ("cgms.toml", "ids.toml", "gls.toml")
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


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['type']}: {vector['name']}")
def test_golden_octets_name_the_clause_that_they_follow(vector: dict[str, Any]) -> None:
    assert re.match(r"(CGMS|IDS|GLS) 1\.0\.[12], section 3\.\d+", vector["source"])


def test_every_characteristic_of_every_service_has_a_golden_value() -> None:
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


@pytest.mark.parametrize("name", sorted(TYPES))
@given(octets=st.binary(max_size=24), protected=st.booleans())
def test_a_decoder_of_logs_stops_at_no_code(name: str, octets: bytes, protected: bool) -> None:
    """Whatever the strict decoder takes means the same; what is only undefined is carried, and written as it was read."""
    characteristic = TYPES[name]
    try:
        value = characteristic.decode(octets, protected=protected, undefined=True)
    except (ReservedValue, UnknownOpcode):
        raise
    except WireError:
        return
    with suppress(WireError):
        assert characteristic.decode(octets, protected=protected) == value
    plain = characteristic.to_plain(value)
    json.dumps(plain)
    assert characteristic.from_plain(plain) == value


# IDS 1.0.2, table 3.29: the event types F000 to FFF0 are manufacturers'. The others here are not defined by the services.
UNDEFINED = [
    (
        "ids.HistoryData",
        "AA F0 07 00 00 00 3C 00 AA BB CC",
        {"operation": "Uninterpreted", "code": 0xF0AA, "octets": "aabbcc"},
        True,
    ),
    ("ids.HistoryData", "0C 05 07 00 00 00 3C 00 01", {"operation": "Uninterpreted", "code": 0x050C, "octets": "01"}, False),
    ("ids.HistoryData", "03 03 07 00 00 00 3C 00 33 96", {"old_state": "STOP", "new_state": "UNDEFINED_96"}, False),
    ("ids.AnnunciationStatus", "01 02 00 AA F0 33", {"type": "UNDEFINED_F0AA"}, False),
    ("ids.StatusReaderControlPoint", "0C 05 01 02", {"operation": "Uninterpreted", "code": 0x050C, "octets": "0102"}, False),
    ("ids.CommandControlPoint", "55 0F 5A 0F 7F", {"request": 0x0F5A, "code": "UNDEFINED_7F"}, False),
    ("ids.RecordAccessControlPoint", "99 33 01", {"code": 0x99, "octets": "3301"}, False),
    ("ids.RecordAccessControlPoint", "0F 0F 33 77", {"code": 0x0F, "octets": "0f3377"}, False),
    ("cgms.SpecificOpsControlPoint", "60 01", {"operation": "Uninterpreted", "code": 0x60, "octets": "01"}, False),
    ("cgms.SessionStartTime", "EF 07 0D 05 08 00 00 7E 03", {"time_zone": 126, "dst_offset": "UNDEFINED_03"}, False),
    ("cgms.Feature", "81 C1 00 6B FF FF", {"origin": ["UNDEFINED_0B", "UNDEFINED_06"]}, False),
]


@pytest.mark.parametrize(("name", "octets", "content", "strict"), UNDEFINED, ids=lambda given: str(given)[:24])
def test_what_is_not_defined_carries_its_octets_and_a_strict_decoder_says_so(
    name: str, octets: str, content: dict[str, Any], strict: bool
) -> None:
    characteristic, value = TYPES[name], bytes.fromhex(octets)
    decoded = characteristic.decode(value, protected=False, undefined=True)
    plain = characteristic.to_plain(decoded)
    flat = plain | plain.get("event", {}) | (plain.get("annunciation") or {})
    assert content.items() <= flat.items()
    if name != "cgms.SessionStartTime":  # a time zone has no code to carry
        assert characteristic.encode(decoded, protected=False) == value
    if strict:
        assert characteristic.decode(value, protected=False) == decoded
    else:
        with pytest.raises(WireError, match=r"not|no |outside"):
            characteristic.decode(value, protected=False)
