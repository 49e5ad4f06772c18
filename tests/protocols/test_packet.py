"""A packet is declared once; presence bits, errors and plain values follow from the declaration."""

from enum import IntEnum, IntFlag
from typing import ClassVar

import pytest
from construct import Int8ul, Int16ul, PrefixedArray
from hypothesis import given
from hypothesis import strategies as st

from isletbench.protocols.errors import ReservedValue, TrailingOctets, Truncated, Unencodable, UnknownOpcode, WireError
from isletbench.protocols.fields import SFLOAT, Enumerated, Flagged, Int24ul, Number, Special
from isletbench.protocols.packet import ControlPoint, Flags, bit, decode, encode, fields_of, flags, packet, struct_of, wire
from isletbench.protocols.plain import from_plain, to_plain


class Mode(IntEnum):
    STOP = 0x33
    RUN = 0x55


class Alarm(IntFlag):
    LOW = 1 << 0
    HIGH = 1 << 9
    LOST = 1 << 17


@packet
class Position:
    x: int = wire(Int8ul, "mm", within=(0, 100))
    y: int = wire(Int8ul, "mm", within=(0, 100))


@packet
class Reading:
    mode: Mode = wire(Enumerated(Int8ul, Mode), "state")
    presence: ClassVar[Flags] = flags(Int8ul)
    level: Number = wire(SFLOAT, "mg/dL")
    urgent: bool = bit(3, "somebody should look", default=False)
    alarm: Alarm = wire(Flagged(Int24ul, Alarm), "what is wrong", flag=(7, 6, 5), default=Alarm(0))
    delay: int | None = wire(Int16ul, "min", flag=0, default=None)
    place: Position | None = wire(struct_of(Position), "where", flag=1, default=None)


ROBOT = ControlPoint("Robot", Int16ul)


@ROBOT.operation(0x030C)
@packet
class Halt:
    pass


@ROBOT.operation(0x0330)
@packet
class Visit:
    stations: tuple[int, ...] = wire(PrefixedArray(Int8ul, Int16ul), "station numbers")


readings = st.builds(
    Reading,
    mode=st.sampled_from(Mode),
    level=st.one_of(st.sampled_from(Special), st.integers(-2045, 2045).map(float)),
    urgent=st.booleans(),
    alarm=st.integers(0, 0xFFFFFF).map(lambda bits: Alarm(bits & 0x020201)),
    delay=st.none() | st.integers(0, 0xFFFF),
    place=st.none() | st.builds(Position, st.integers(0, 100), st.integers(0, 100)),
)


@given(readings)
def test_a_value_survives_the_wire(reading: Reading) -> None:
    assert decode(Reading, encode(reading)) == reading


@given(readings)
def test_a_value_survives_plain_data(reading: Reading) -> None:
    assert from_plain(Reading, to_plain(reading)) == reading


@given(st.binary(max_size=16))
def test_any_octets_are_a_value_or_a_wire_error(octets: bytes) -> None:
    try:
        reading = decode(Reading, octets)
    except WireError:
        return
    assert decode(Reading, encode(reading)) == reading


def test_presence_bits_are_derived_from_what_is_there() -> None:
    assert encode(Reading(Mode.RUN, 120.0)).hex(" ") == "55 00 78 00"
    assert encode(Reading(Mode.RUN, 120.0, urgent=True, delay=0)).hex(" ") == "55 09 78 00 00 00"
    # the second and third octet of the alarm, each with its own bit
    assert encode(Reading(Mode.STOP, 120.0, alarm=Alarm.HIGH | Alarm.LOST)).hex(" ") == "33 60 78 00 02 02"
    assert encode(Reading(Mode.STOP, 120.0, place=Position(1, 2))).hex(" ") == "33 02 78 00 01 02"


@pytest.mark.parametrize(
    ("octets", "error", "words"),
    [
        ("", Truncated, "Reading.mode: the octets end before this field does"),
        ("55 00 78", Truncated, "Reading.level: the octets end before this field does in octets 55 00 78"),
        ("55 01 78 00 05", Truncated, "Reading.delay"),
        ("55 80 78 00", Truncated, "Reading.alarm"),
        ("54 00 78 00", ReservedValue, "Reading.mode: 0x54 is no Mode; defined are 0x33 STOP, 0x55 RUN"),
        ("55 02 78 00 01 65", ReservedValue, "Reading.place.y: 101 is outside 0..100"),
        ("55 00 78 00 00", TrailingOctets, "Reading: 1 octets too many: expected 4, got 5"),
    ],
)
def test_an_error_says_which_octets_and_which_field(octets: str, error: type[WireError], words: str) -> None:
    with pytest.raises(error) as caught:
        decode(Reading, bytes.fromhex(octets))
    assert words in str(caught.value)
    assert caught.value.octets == bytes.fromhex(octets)
    assert caught.value.layout == "Reading"


def test_trailing_octets_pass_when_a_newer_peer_may_send_them() -> None:
    assert decode(Reading, bytes.fromhex("55 00 78 00 AA"), trailing=True) == Reading(Mode.RUN, 120.0)


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (Reading(Mode.RUN, 1e15), "Reading.level: 1e+15|Reading.level: 1000000000000000.0 is too large"),
        (Reading(Mode.RUN, 1.0, delay=70_000), "Reading.delay: 70000 does not fit"),
        (Reading(Mode.RUN, 1.0, place=Position(1, 101)), "Reading.*y: 101 is outside 0..100"),
        (Reading(Mode.RUN, 1.0, delay=-1), "Reading.delay: -1 does not fit"),
    ],
)
def test_a_value_the_layout_cannot_carry_raises_before_an_octet_leaves(reading: Reading, words: str) -> None:
    with pytest.raises(Unencodable, match=words):
        encode(reading)


def test_a_declaration_can_be_read_back() -> None:
    told = [(info.name, info.wire.unit, info.optional) for info in fields_of(Reading)]
    assert told[:3] == [("mode", "state", False), ("level", "mg/dL", False), ("urgent", "somebody should look", True)]


def test_an_op_code_chooses_its_packet() -> None:
    assert ROBOT.encode(Visit((0x41, 0x43))).hex(" ") == "30 03 02 41 00 43 00"
    assert ROBOT.decode(bytes.fromhex("30 03 02 41 00 43 00")) == Visit((0x41, 0x43))
    assert ROBOT.decode(bytes.fromhex("0C 03")) == Halt()
    assert ROBOT.opcode_of(Halt) == ROBOT.opcode_of(Halt()) == 0x030C


@pytest.mark.parametrize(
    ("octets", "error", "words"),
    [
        ("0C", Truncated, "Robot: expected an op code of 2 octets"),
        ("0D 03", UnknownOpcode, "Robot: op code 0x030D is not defined"),
        ("0C 03 00", TrailingOctets, "Robot.Halt: 1 octets too many"),
        ("30 03 02 41 00 43", Truncated, "Robot.Visit.stations"),
    ],
)
def test_a_wrong_operation_is_told_from_a_wrong_operand(octets: str, error: type[WireError], words: str) -> None:
    with pytest.raises(error) as caught:
        ROBOT.decode(bytes.fromhex(octets))
    assert words in str(caught.value)


def test_a_stranger_is_no_operation() -> None:
    with pytest.raises(Unencodable, match="is no operation of it"):
        ROBOT.encode(Position(1, 2))


def test_two_operations_cannot_share_an_op_code() -> None:
    with pytest.raises(TypeError, match="two operations 0x030c"):

        @ROBOT.operation(0x030C)
        @packet
        class Again:
            pass


def test_an_operation_has_a_plain_form_with_its_name() -> None:
    plain = ROBOT.to_plain(Visit((1, 2)))
    assert plain == {"operation": "Visit", "stations": [1, 2]}
    assert ROBOT.from_plain(plain) == Visit((1, 2))


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ({"mode": "RUN"}, "Reading.level: is missing"),
        ({"mode": "GO", "level": 1.0}, "mode: 'GO' is not one of STOP, RUN"),
        ({"mode": "RUN", "level": "much"}, "level: 'much' is not one of NaN"),
        ({"mode": "RUN", "level": 1, "lvl": 2}, "unknown field 'lvl'; expected mode, level"),
        ({"mode": "RUN", "level": 1, "delay": "x"}, "delay: expected int, got 'x'"),
        ({"mode": "RUN", "level": 1, "alarm": ["LOUD"]}, "alarm: 'LOUD' is not one of LOW, HIGH, LOST"),
        ({"mode": "RUN", "level": 1, "place": {"x": 1}}, "place.y: is missing"),
        ([], "Reading: expected an object"),
    ],
)
def test_wrong_plain_data_names_the_field_and_what_was_expected(plain: object, words: str) -> None:
    with pytest.raises(Unencodable) as caught:
        from_plain(Reading, plain)
    assert words in str(caught.value)


@packet
class Alert(Reading):
    code: int = wire(Int8ul, "which", default=7)


def test_a_packet_that_extends_another_one_begins_with_its_fields_and_its_flags() -> None:
    alert, reading = Alert(Mode.RUN, 5.0, urgent=True, delay=3, code=9), Reading(Mode.RUN, 5.0, urgent=True, delay=3)
    assert encode(alert) == encode(reading) + b"\x09"
    assert decode(Alert, encode(alert)) == alert
    assert [info.name for info in fields_of(Alert)] == [*(info.name for info in fields_of(Reading)), "code"]
