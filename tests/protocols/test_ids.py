"""The codes of the Insulin Delivery Service: far enough apart that no flipped bit makes another one."""

from enum import IntEnum
from itertools import combinations
from typing import Any

import pytest

from isletbench.protocols import ids, racp
from isletbench.protocols.errors import TrailingOctets, Truncated
from isletbench.protocols.ids import codes
from isletbench.protocols.packet import decode

ENUMERATIONS = [found for found in vars(codes).values() if isinstance(found, type) and issubclass(found, IntEnum)]
WORDS = [found for found in ENUMERATIONS if found not in (IntEnum, ids.Response, ids.IdsErrorCode)]
POINTS = (ids.STATUS_READER, ids.COMMAND, ids.COMMAND_DATA, ids.EVENTS)


def distance_4(word: int, bits: int) -> bool:
    """IDS 1.0.2, section 5: non-zero, an even number of one bits, and the positions of the one bits cancel out."""
    ones = [position for position in range(bits) if word >> position & 1]
    parity = 0
    for position in ones:
        parity ^= position
    return bool(ones) and len(ones) % 2 == 0 and parity == 0


def test_the_rule_makes_the_published_words() -> None:
    words = [word for word in range(256) if distance_4(word, 8)]
    assert bytes(words) == bytes.fromhex("0F 33 3C 55 5A 66 69 96 99 A5 AA C3 CC F0 FF")
    assert sum(distance_4(word, 16) for word in range(1 << 16)) == 2047


@pytest.mark.parametrize("enumeration", WORDS, ids=lambda enumeration: enumeration.__name__)
def test_every_code_is_a_word_of_its_code(enumeration: Any) -> None:
    bits = 16 if enumeration is ids.AnnunciationType else 8
    assert all(distance_4(code, bits) for code in enumeration)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_every_op_code_and_event_type_is_a_word_of_its_code(point: Any) -> None:
    assert all(distance_4(code, 16) for code in point.operations)


@pytest.mark.parametrize("known", [racp.IDS.opcodes, racp.IDS.operators], ids=["op codes", "operators"])
def test_record_access_uses_words_of_the_code(known: Any) -> None:
    assert all(distance_4(code, 8) for code in known.values())


def test_success_is_four_bits_from_every_failure() -> None:
    failures = [code for code in ids.Response if code is not ids.Response.SUCCESS]
    assert all((ids.Response.SUCCESS ^ failure).bit_count() >= 4 for failure in failures)


# IDS 1.0.2, table 4.12, bit 23: a further octet follows, whose highest bit announces another one.
@pytest.mark.parametrize("octets", ["64 00 EE 85 80", "64 00 EE 85 80 80", "64 00 EE 85 80 80 80"])
def test_features_that_announce_an_extension_octet_and_have_none_are_cut_short(octets: str) -> None:
    with pytest.raises(Truncated, match=r"Features\.features: its highest bit announces an extension octet, and there is none"):
        decode(ids.Features, bytes.fromhex(octets))


@pytest.mark.parametrize("octets", ["64 00 EE 85 80 01", "64 00 EE 85 FF FF 7F"])
def test_extensions_of_features_are_ignored(octets: str) -> None:
    known = decode(ids.Features, bytes.fromhex("64 00 EE 85 00"))
    assert decode(ids.Features, bytes.fromhex(octets)) == known
    with pytest.raises(TrailingOctets):
        decode(ids.Features, bytes.fromhex(octets) + b"\0")


def test_no_op_code_means_two_things_of_the_service() -> None:
    for one, other in combinations(POINTS[:3], 2):
        assert not one.operations.keys() & other.operations.keys()


def test_as_many_operations_and_events_as_the_service_has() -> None:
    assert [len(point.operations) for point in POINTS[:3]] == [16, 49, 5]
    manufacturer = [kind for kind in ids.EVENTS.operations if kind >= 0xF000]
    assert (len(ids.EVENTS.operations) - len(manufacturer), len(manufacturer)) == (31, 2)


def test_no_value_is_longer_than_20_octets() -> None:
    """So nothing needs more than the smallest ATT_MTU: a template's record is the longest operation."""
    block, bounds = ids.Block(1440, 1.05), ids.RangeBlock(720, 80.0, 120.0)
    longest = [
        (ids.COMMAND_POINT, ids.WriteBasalRateProfileTemplate(1, 1, block, block, block)),
        (ids.COMMAND_POINT, ids.WriteTargetGlucoseRangeProfileTemplate(1, 1, bounds, bounds)),
        (ids.COMMAND_DATA_VALUE, ids.TargetGlucoseRangeProfileTemplateRecord(1, 1, bounds, bounds)),
        (ids.COMMAND_DATA_VALUE, ids.TemplateStatusRecord(ids.TemplateType.BOLUS, 1, 44, 0, bytes(11))),
        (ids.COMMAND_POINT, ids.ResetTemplateStatus(tuple(range(1, 15)))),
    ]
    for characteristic, value in longest:
        assert len(characteristic.encode(value, protected=True, counter=1)) <= 20
