"""End-to-end protection: every envelope puts its CRC and counter where the specification has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols.e2e import (
    BARE,
    CGM_FEATURE,
    CGM_RECORD,
    COUNTER_TRAILER,
    CRC_TRAILER,
    IDS_FEATURES,
    Crc,
    Envelope,
    crc16_mcrf4xx,
    next_counter,
    opened_somehow,
    split_records,
)
from isletbench.protocols.errors import BadCrc, MissingCounter, MissingCrc, TrailingOctets, Truncated, WireError

ENVELOPES = [BARE, CRC_TRAILER, CGM_FEATURE, CGM_RECORD, COUNTER_TRAILER, IDS_FEATURES]


def test_the_crc_has_the_catalogue_check_value() -> None:
    # CRC catalogue, CRC-16/MCRF4XX
    assert crc16_mcrf4xx(b"123456789") == 0x6F91


def test_the_crc_of_the_specifications_sample() -> None:
    # CGMS 1.0.1, section 3.11: 3E 01 ... 09 is followed by 01 2F
    assert crc16_mcrf4xx(bytes.fromhex("3E 01 02 03 04 05 06 07 08 09")).to_bytes(2, "little").hex(" ") == "01 2f"


# What a 780G has sent, as OpenMinimed/PythonPumpConnector has it: cgm/measurement.py and cgm/features.py, its own samples.
@pytest.mark.parametrize(
    ("envelope", "value"),
    [
        (CGM_RECORD, "0ec3f900f40b000074e00a00e0f1"),
        (CGM_RECORD, "0ec38d00e803000010e00a00d9af"),
        (CGM_FEATURE, "009001591404"),
    ],
)
def test_another_crc_seals_and_opens_what_such_a_pump_sends(envelope: Envelope, value: str) -> None:
    octets = bytes.fromhex(value)
    payload, counter = envelope.open(octets, protected=Crc.CCITT_FALSE)
    assert counter is None
    assert envelope.seal(payload, protected=Crc.CCITT_FALSE) == octets
    assert opened_somehow(envelope, octets) == (Crc.CCITT_FALSE, (payload, None))
    with pytest.raises(BadCrc):
        envelope.open(octets, protected=True)
    with pytest.raises(BadCrc):
        envelope.open(envelope.seal(payload, protected=True), protected=Crc.CCITT_FALSE)


def test_the_other_crc_has_the_catalogue_check_value() -> None:
    # CRC catalogue, CRC-16/IBM-3740, alias CCITT-FALSE
    assert Crc.CCITT_FALSE.of(b"123456789") == bytes.fromhex("B1 29")


# Constructed from the services' field tables by an independent script, CRC residue 0 (worked examples of CGMS and IDS).
@pytest.mark.parametrize(
    ("envelope", "protected", "counter", "payload", "value"),
    [
        (CGM_RECORD, False, 0, "00 78 00 05 00", "06 00 78 00 05 00"),
        (CGM_RECORD, True, 0, "00 78 00 05 00", "08 00 78 00 05 00 0D E8"),
        (CGM_FEATURE, True, 0, "FF DF 01 59", "FF DF 01 59 A7 D5"),
        (CGM_FEATURE, False, 0, "81 C1 00 59", "81 C1 00 59 FF FF"),
        (CRC_TRAILER, True, 0, "2C 01 02 04 00", "2C 01 02 04 00 4A E9"),
        (COUNTER_TRAILER, True, 9, "A4 00", "A4 00 09 44 C8"),
        (COUNTER_TRAILER, True, 255, "55 96 9B F5 01", "55 96 9B F5 01 FF E8 D4"),
        (IDS_FEATURES, True, 1, "C8 00 EF 85 00", "1E AC 01 C8 00 EF 85 00"),
        (IDS_FEATURES, False, 0, "64 00 EE 85 00", "FF FF 00 64 00 EE 85 00"),
        (BARE, True, 0, "01 01", "01 01"),
    ],
)
def test_a_payload_is_sealed_as_in_the_worked_example(
    envelope: Envelope, protected: bool, counter: int, payload: str, value: str
) -> None:
    assert envelope.seal(bytes.fromhex(payload), protected=protected, counter=counter).hex(" ").upper() == value
    opened, found = envelope.open(bytes.fromhex(value), protected=protected)
    assert opened.hex(" ").upper() == payload
    assert found == (counter if envelope.counted and protected else None)


@pytest.mark.parametrize("envelope", ENVELOPES)
@given(payload=st.binary(min_size=1, max_size=40), protected=st.booleans(), counter=st.integers(1, 255))
def test_what_was_sealed_opens(envelope: Envelope, payload: bytes, protected: bool, counter: int) -> None:
    value = envelope.seal(payload, protected=protected, counter=counter)
    assert envelope.open(value, protected=protected)[0] == payload


@pytest.mark.parametrize("envelope", [e for e in ENVELOPES if e is not BARE])
@given(payload=st.binary(min_size=1, max_size=17), flip=st.data())
def test_one_flipped_bit_is_always_found(envelope: Envelope, payload: bytes, flip: st.DataObject) -> None:
    value = bytearray(envelope.seal(payload, protected=True, counter=7))
    value[flip.draw(st.integers(0, len(value) - 1))] ^= 1 << flip.draw(st.integers(0, 7))
    with pytest.raises(WireError):
        envelope.open(bytes(value), protected=True)


@pytest.mark.parametrize(
    ("envelope", "protected", "value", "error"),
    [
        (CRC_TRAILER, True, "0D E8", MissingCrc),
        (CRC_TRAILER, True, "01 02 03 04", BadCrc),
        (COUNTER_TRAILER, True, "01 02 03", MissingCounter),
        (IDS_FEATURES, True, "01 02 03", MissingCounter),
        (IDS_FEATURES, False, "00 00 00 64 00 EE 85 00", BadCrc),
        (CGM_FEATURE, False, "81 C1 00 59 00 00", BadCrc),
        (CGM_FEATURE, False, "FF FF", MissingCrc),
        (CGM_RECORD, False, "07 00 78 00 05 00", Truncated),
        (CGM_RECORD, False, "05 00 78 00 05 00", TrailingOctets),
        (CGM_RECORD, False, "", Truncated),
    ],
)
def test_what_is_wrong_with_an_envelope_is_named(
    envelope: Envelope, protected: bool, value: str, error: type[WireError]
) -> None:
    with pytest.raises(error):
        envelope.open(bytes.fromhex(value), protected=protected)


def test_records_glued_together_come_apart() -> None:
    # CGMS worked example: two records in one notification
    glued = bytes.fromhex("06 00 76 00 0A 00 06 00 79 00 0F 00")
    assert [record.hex(" ") for record in split_records(glued)] == ["06 00 76 00 0a 00", "06 00 79 00 0f 00"]


@pytest.mark.parametrize("octets", ["00", "07 00 76 00 0A 00", "06 00 76 00 0A 00 06"])
def test_a_size_that_cannot_be_true_is_found(octets: str) -> None:
    with pytest.raises(WireError, match="size octet says"):
        split_records(bytes.fromhex(octets))


def test_the_counter_starts_at_1_and_255_is_followed_by_1() -> None:
    counters, last = [], 0
    for _ in range(257):
        last = next_counter(last)
        counters.append(last)
    assert counters == [*range(1, 256), 1, 2]
