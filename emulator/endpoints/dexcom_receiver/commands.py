"""What each command of the receiver does: one function or line each, from a payload to what was asked and what is answered."""

from collections.abc import Callable, Container, Mapping
from typing import Any, TypeAlias

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.dexcom_receiver import texts
from isletbench.emulator.endpoints.dexcom_receiver.entries import Text
from isletbench.emulator.endpoints.dexcom_receiver.layouts import LAYOUTS
from isletbench.emulator.endpoints.dexcom_receiver.settings import GENERATIONS
from isletbench.emulator.endpoints.dexcom_receiver.state import CHARGING_OFF, ReceiverState
from isletbench.protocols.dexcom.packets import Command, Octet, Offset, PageRequest, PartitionRequest, Seconds, Word
from isletbench.protocols.dexcom.records import ALPHABET, Partition
from isletbench.protocols.packet import decode, encode
from isletbench.protocols.plain import to_plain

MOST_PAGES = 3
"""In one answer."""

Operation: TypeAlias = Callable[[ReceiverState, bytes, Instant], tuple[Any, bytes]]
"""From the payload of a request to its operand, for the journal, and the payload of the answer.

Raises ``WireError``, ``ValueError`` or ``LookupError`` for a payload that the command does not take, and changes nothing then.
"""


def _read(value: Callable[[ReceiverState, Instant], bytes]) -> Operation:
    def operation(state: ReceiverState, payload: bytes, now: Instant) -> tuple[Any, bytes]:
        if payload:
            raise ValueError(f"expected no payload, got {len(payload)} octets")
        return None, value(state, now)

    return operation


def _write(field: str, layout: type[Octet] | type[Word], allowed: Container[int]) -> Operation:
    def operation(state: ReceiverState, payload: bytes, now: Instant) -> tuple[Any, bytes]:
        value = decode(layout, payload).value
        if value not in allowed:
            raise ValueError(f"{field}: {value} is none that there is")
        setattr(state.chosen, field, value)
        return value, b""

    return operation


def _write_transmitter(state: ReceiverState, payload: bytes, now: Instant) -> tuple[Any, bytes]:
    text, length = payload.decode("latin-1"), GENERATIONS[state.settings.generation].transmitter_length
    if len(text) != length or set(text) - set(ALPHABET):
        raise ValueError(f"transmitter {text!r}: expected {length} digits and capital letters")
    state.chosen.transmitter = text
    return text, b""


def _write_display_offset(state: ReceiverState, payload: bytes, now: Instant) -> tuple[Any, bytes]:
    offset = decode(Offset, payload).value
    state.clocks.set_display_offset(offset, now)
    return offset, b""


def _write_system_time(state: ReceiverState, payload: bytes, now: Instant) -> tuple[Any, bytes]:
    time = decode(Seconds, payload).value
    state.clocks.set_system(time, now)
    return time, b""


def _write_pc_parameters(state: ReceiverState, payload: bytes, now: Instant) -> tuple[Any, bytes]:
    text = payload.decode("ascii")
    if not 0 < len(text) <= texts.LONGEST:
        raise ValueError(f"a text of {len(text)} octets: expected 1 to {texts.LONGEST}")
    state.database.add(Partition.PC_SOFTWARE_PARAMETER, Text(state.clocks.stamp(now), text))
    return text, b""


def _erase(state: ReceiverState, payload: bytes, now: Instant) -> tuple[Any, bytes]:
    asked = _read(lambda state, now: b"")(state, payload, now)
    state.erase(now)
    return asked


def _page_range(state: ReceiverState, payload: bytes, now: Instant) -> tuple[Any, bytes]:
    asked = decode(PartitionRequest, payload)
    return to_plain(asked), encode(state.database.range(asked.partition))


def _pages(*, headers: bool) -> Operation:
    def operation(state: ReceiverState, payload: bytes, now: Instant) -> tuple[Any, bytes]:
        asked = decode(PageRequest, payload)
        most = 0xFF if headers else MOST_PAGES
        if not 1 <= asked.count <= most:
            raise ValueError(f"{asked.count} pages: expected 1 to {most}")
        return to_plain(asked), state.database.pages(asked.partition, asked.first, asked.count, headers=headers)

    return operation


def _charging(state: ReceiverState) -> int:
    """1 while it charges, 2 while it does not."""
    return 2 if state.chosen.charger in CHARGING_OFF else 1


COMMANDS: Mapping[Command, Operation] = {
    Command.PING: _read(lambda state, now: b""),
    Command.READ_FIRMWARE_HEADER: _read(lambda state, now: texts.firmware_header(state.settings).encode()),
    Command.READ_FIRMWARE_SETTINGS: _read(lambda state, now: texts.firmware_settings().encode()),
    Command.READ_DATABASE_PARTITION_INFO: _read(
        lambda state, now: texts.partition_info(LAYOUTS[state.settings.generation]).encode()
    ),
    Command.READ_DATABASE_PAGE_RANGE: _page_range,
    Command.READ_DATABASE_PAGES: _pages(headers=False),
    Command.READ_DATABASE_PAGE_HEADER: _pages(headers=True),
    Command.READ_TRANSMITTER_ID: _read(lambda state, now: state.chosen.transmitter.encode()),
    Command.WRITE_TRANSMITTER_ID: _write_transmitter,
    Command.READ_LANGUAGE: _read(lambda state, now: encode(Word(state.chosen.language))),
    Command.WRITE_LANGUAGE: _write("language", Word, range(0x10000)),
    Command.READ_RTC: _read(lambda state, now: encode(Seconds(state.clocks.rtc(now)))),
    Command.READ_SYSTEM_TIME: _read(lambda state, now: encode(Seconds(state.clocks.system(now)))),
    Command.READ_SYSTEM_TIME_OFFSET: _read(lambda state, now: encode(Offset(state.clocks.system_offset))),
    Command.WRITE_SYSTEM_TIME: _write_system_time,
    Command.READ_DISPLAY_TIME_OFFSET: _read(lambda state, now: encode(Offset(state.clocks.display_offset(now)))),
    Command.WRITE_DISPLAY_TIME_OFFSET: _write_display_offset,
    Command.READ_BATTERY_LEVEL: _read(lambda state, now: encode(Seconds(state.sensor.battery_level(now)))),
    Command.READ_BATTERY_STATE: _read(lambda state, now: encode(Octet(_charging(state)))),
    Command.READ_GLUCOSE_UNIT: _read(lambda state, now: encode(Octet(state.chosen.unit))),
    Command.WRITE_GLUCOSE_UNIT: _write("unit", Octet, {1, 2}),
    Command.READ_BLINDED_MODE: _read(lambda state, now: encode(Octet(state.chosen.blinded))),
    Command.WRITE_BLINDED_MODE: _write("blinded", Octet, {0, 1}),
    Command.READ_CLOCK_MODE: _read(lambda state, now: encode(Octet(state.chosen.clock_mode))),
    Command.WRITE_CLOCK_MODE: _write("clock_mode", Octet, {0, 1}),
    Command.READ_CHARGER_CURRENT_SETTING: _read(lambda state, now: encode(Octet(state.chosen.charger))),
    Command.WRITE_CHARGER_CURRENT_SETTING: _write("charger", Octet, range(5)),
    Command.READ_DEVICE_MODE: _read(lambda state, now: encode(Octet(0))),
    Command.READ_ENABLE_SETUP_WIZARD_FLAG: _read(lambda state, now: encode(Octet(0))),
    Command.READ_SETUP_WIZARD_STATE: _read(lambda state, now: encode(Octet(0))),
    Command.READ_HARDWARE_BOARD_ID: _read(lambda state, now: encode(Word(14))),
    Command.ERASE_DATABASE: _erase,
    Command.WRITE_PC_PARAMETERS: _write_pc_parameters,
    # What these do beyond their answer is up to the face.
    Command.RESET_RECEIVER: _read(lambda state, now: b""),
    Command.SHUTDOWN_RECEIVER: _read(lambda state, now: b""),
}
"""Every command of the protocol."""
CHANGES = frozenset(
    {command for command in Command if command.name.startswith("WRITE_")}
    | {Command.ERASE_DATABASE, Command.RESET_RECEIVER, Command.SHUTDOWN_RECEIVER}
)
"""Commands that change something."""
