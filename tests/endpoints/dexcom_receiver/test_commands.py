"""Every command of the receiver: reads, writes, clocks, error answers; and what clients of its other face see of it."""

from datetime import datetime, timedelta

import pytest

from isletbench.emulator.cgm.actions import SetClock
from isletbench.emulator.core.notes import Committed, Decoded, IgnoredRequest, Refused
from isletbench.emulator.core.octets import Closed, Opened
from isletbench.emulator.core.quantities import minutes, seconds
from isletbench.emulator.endpoints.dexcom_receiver.commands import CHANGES, COMMANDS
from isletbench.protocols.dexcom import packets
from isletbench.protocols.dexcom.packets import Command, Octet, Offset, PageRequest, Seconds, Status, Word
from isletbench.protocols.dexcom.records import Partition
from isletbench.protocols.packet import encode
from tests.endpoints.dexcom_receiver.talking import BEGAN, LINK, Talking

BASE = datetime(2009, 1, 1)  # noqa: DTZ001


def test_every_command_of_the_protocol_has_an_operation() -> None:
    assert set(COMMANDS) == set(Command)


@pytest.mark.parametrize("command", sorted(set(Command) - CHANGES - {Command.READ_DATABASE_PAGES}))
def test_every_read_is_acknowledged_and_decoded_and_refuses_a_payload_that_it_has_not(command: Command) -> None:
    talking = Talking()
    payload = {
        Command.READ_DATABASE_PAGE_RANGE: b"\x04",
        Command.READ_DATABASE_PAGE_HEADER: encode(PageRequest(0, 0, 1)),
    }.get(command, b"")
    assert talking.ask(command, payload).code == Status.ACK
    assert [effect.operation for effect in talking.effects if isinstance(effect, Decoded)] == [command.operation]
    answer = talking.ask(command, payload + b"\0")
    assert answer == (Status.INVALID_PARAM, b"")
    assert [effect.code for effect in talking.effects if isinstance(effect, Refused)] == ["INVALID_PARAM"]


@pytest.mark.parametrize(
    ("command", "octets"),
    [
        (Command.READ_TRANSMITTER_ID, b"6K111"),
        (Command.READ_LANGUAGE, b"\x09\x04"),
        (Command.READ_BATTERY_LEVEL, b"\x64\0\0\0"),
        (Command.READ_BATTERY_STATE, b"\x01"),
        (Command.READ_GLUCOSE_UNIT, b"\x01"),
        (Command.READ_BLINDED_MODE, b"\0"),
        (Command.READ_CLOCK_MODE, b"\0"),
        (Command.READ_DEVICE_MODE, b"\0"),
        (Command.READ_HARDWARE_BOARD_ID, b"\x0e\0"),
        (Command.READ_CHARGER_CURRENT_SETTING, b"\x02"),
        (Command.READ_SYSTEM_TIME_OFFSET, b"\0\0\0\0"),
    ],
)
def test_answers_have_the_widths_that_clients_unpack(command: Command, octets: bytes) -> None:
    assert Talking().ask(command).payload == octets


@pytest.mark.parametrize(
    ("write", "read", "value", "wrong"),
    [
        (Command.WRITE_TRANSMITTER_ID, Command.READ_TRANSMITTER_ID, b"6ABCD", (b"6ABC", b"6ABCI", b"6ABCDE", b"6abcd")),
        (Command.WRITE_LANGUAGE, Command.READ_LANGUAGE, b"\x07\x04", (b"\x07", b"")),
        (Command.WRITE_GLUCOSE_UNIT, Command.READ_GLUCOSE_UNIT, b"\x02", (b"\0", b"\x03", b"")),
        (Command.WRITE_BLINDED_MODE, Command.READ_BLINDED_MODE, b"\x01", (b"\x02",)),
        (Command.WRITE_CLOCK_MODE, Command.READ_CLOCK_MODE, b"\x01", (b"\x02", b"\0\0")),
        (Command.WRITE_CHARGER_CURRENT_SETTING, Command.READ_CHARGER_CURRENT_SETTING, b"\0", (b"\x05",)),
        (Command.WRITE_DISPLAY_TIME_OFFSET, Command.READ_DISPLAY_TIME_OFFSET, encode(Offset(-18_000)), (b"\0", b"\0\0\0\x80")),
    ],
)
def test_what_is_written_is_read_back_and_a_wrong_value_changes_nothing(
    write: Command, read: Command, value: bytes, wrong: tuple[bytes, ...]
) -> None:
    talking = Talking()
    before = talking.ask(read).payload
    for octets in wrong:
        assert talking.ask(write, octets) == (Status.INVALID_PARAM, b"")
        assert talking.ask(read).payload == before
    assert talking.ask(write, value) == (Status.ACK, b"")
    assert [effect.operation for effect in talking.effects if isinstance(effect, Committed)] == [write.operation]
    assert talking.ask(read).payload == value


def test_a_packet_that_is_damaged_cut_off_or_unknown_is_told_apart() -> None:
    talking, ping = Talking(), packets.build(Command.PING)
    assert talking.send(ping[:-1] + b"\0") == [(Status.NAK, b"")]
    assert talking.send(ping[:4], packets.INCOMPLETE) == [(Status.INCOMPLETE_PACKET_RECEIVED, b"")]
    assert talking.send(packets.build(99)) == [(Status.INVALID_COMMAND, b"")]


@pytest.mark.parametrize(
    "request_",
    [
        PageRequest(Partition.EGV_DATA, 0, 0),
        PageRequest(Partition.EGV_DATA, 0, 4),
        PageRequest(Partition.EGV_DATA, 7, 1),
        PageRequest(Partition.MANUFACTURING_DATA, 0, 2),
        PageRequest(Partition.DEVIATION, 0, 1),
        PageRequest(77, 0, 1),
    ],
)
def test_pages_that_there_are_not_are_refused(request_: PageRequest) -> None:
    assert Talking().ask(Command.READ_DATABASE_PAGES, encode(request_)) == (Status.INVALID_PARAM, b"")


def test_a_partition_without_records_has_no_pages_and_one_that_there_is_not_is_refused() -> None:
    talking = Talking()
    for partition in (Partition.DEVIATION, Partition.RECEIVER_LOG_DATA, Partition.METER_DATA):
        assert talking.ask(Command.READ_DATABASE_PAGE_RANGE, bytes([partition])) == (Status.ACK, b"\xff" * 8)
    for number in (Partition.BACKFILLED_EGV_DATA, 77):
        assert talking.ask(Command.READ_DATABASE_PAGE_RANGE, bytes([number])).code == Status.INVALID_PARAM


def test_display_time_is_the_time_of_the_machine_and_the_own_clock_runs_on_utc() -> None:
    talking = Talking(utc_offset="-5h")
    talking.wait(minutes(10))
    system = talking.value(Command.READ_SYSTEM_TIME, Seconds)
    assert BASE + timedelta(seconds=system) == BEGAN + timedelta(hours=5, minutes=10)
    assert talking.value(Command.READ_DISPLAY_TIME_OFFSET, Offset) == -5 * 3_600
    talking.wait(999)
    talking.ask(Command.WRITE_DISPLAY_TIME_OFFSET, encode(Offset(-4 * 3_600)))
    assert talking.value(Command.READ_DISPLAY_TIME_OFFSET, Offset) == -4 * 3_600, "fractions of a second are lost"
    talking.wait(1)
    assert talking.sensor.clock(talking.now) == BEGAN + timedelta(hours=1, minutes=10, seconds=1)
    SetClock.model_validate({"to": "2026-11-28T20:00:00"}).do(talking.sensor, talking.now)
    assert talking.value(Command.READ_DISPLAY_TIME_OFFSET, Offset) == 7 * 3_600 - 10 * 60 - 1
    assert talking.value(Command.READ_SYSTEM_TIME, Seconds) == system + 1


def test_the_own_clock_is_set_by_an_offset_and_takes_the_display_along() -> None:
    talking = Talking()
    rtc = talking.value(Command.READ_RTC, Seconds)
    assert talking.ask(Command.WRITE_SYSTEM_TIME, encode(Seconds(rtc + 3_600))).code == Status.ACK
    assert talking.value(Command.READ_RTC, Seconds) == rtc
    assert talking.value(Command.READ_SYSTEM_TIME_OFFSET, Offset) == 3_600
    assert talking.value(Command.READ_DISPLAY_TIME_OFFSET, Offset) == 0
    assert talking.sensor.clock(0) == BEGAN + timedelta(hours=1)


def test_a_reset_is_acknowledged_and_a_silence_of_five_seconds_follows() -> None:
    talking, ping = Talking(), packets.build(Command.PING)
    assert talking.ask(Command.RESET_RECEIVER).code == Status.ACK
    talking.wait(seconds(4))
    assert talking.send(ping) == []
    assert [type(effect) for effect in talking.effects] == [IgnoredRequest]
    talking.wait(seconds(1))
    assert talking.send(ping) == [(Status.ACK, b"")]


def test_a_receiver_that_was_shut_down_starts_when_it_is_plugged_in() -> None:
    talking, ping = Talking(), packets.build(Command.PING)
    assert talking.ask(Command.SHUTDOWN_RECEIVER).code == Status.ACK
    talking.wait(minutes(60))
    assert talking.send(ping) == []
    list(talking.device.receive(Closed(LINK), talking.now))
    list(talking.device.receive(Opened(LINK), talking.now))
    assert talking.send(ping) == [(Status.ACK, b"")]


def test_what_was_chosen_survives_in_a_snapshot() -> None:
    talking = Talking()
    talking.ask(Command.WRITE_GLUCOSE_UNIT, encode(Octet(2)))
    talking.ask(Command.WRITE_LANGUAGE, encode(Word(0x0407)))
    talking.ask(Command.WRITE_SYSTEM_TIME, encode(Seconds(1_000_000)))
    other = Talking()
    other.device.restore(talking.device.snapshot())
    assert other.ask(Command.READ_GLUCOSE_UNIT).payload == b"\x02"
    assert other.ask(Command.READ_LANGUAGE).payload == b"\x07\x04"
    assert other.value(Command.READ_SYSTEM_TIME, Seconds) == 1_000_000
