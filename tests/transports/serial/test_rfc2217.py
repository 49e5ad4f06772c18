"""RFC 2217 with the clients people use: settings and modem lines both ways. And what no client should send."""

import asyncio
import time
import warnings
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import pytest
import serial
import serialx
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.transports.ports.rfc2217 import COM_PORT, ModemLines, Rfc2217Port
from isletbench.emulator.transports.ports.telnet import DO, DONT, IAC, SB, SE, WILL, WONT
from tests.transports.serial.recorder import Events, until


@pytest.fixture
async def bench() -> AsyncIterator[tuple[Rfc2217Port, Events, list[tuple[str, object]]]]:
    line: list[tuple[str, object]] = []
    events = Events()
    port = Rfc2217Port("127.0.0.1", 0, lambda what, value: line.append((what, value)))
    await port.start(events)
    yield port, events, line
    await port.stop()


Bench = tuple[Rfc2217Port, Events, list[tuple[str, object]]]


def with_pyserial(port: Rfc2217Port, talk: Callable[[Any], Any], **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its threads, not ours
        line = serial.serial_for_url(port.address, timeout=5, **options)
        try:
            return talk(line)
        finally:
            line.close()


async def test_pyserial_sets_the_line_and_its_modem_lines_and_hears_ours(bench: Bench) -> None:
    port, events, told = bench
    loop = asyncio.get_running_loop()

    def talk(line: Any) -> tuple[bool, ...]:
        line.write(b"ab\xffc")
        line.dtr, line.rts = False, True
        line.send_break(0.01)
        line.reset_input_buffer()
        line.baudrate = 9_600
        loop.call_soon_threadsafe(port.set_lines, ModemLines(cts=False, dsr=True, ri=True, cd=False))
        for _ in range(500):
            if (line.cts, line.dsr, line.ri, line.cd) == (False, True, True, False):
                break
            time.sleep(0.01)
        return line.cts, line.dsr, line.ri, line.cd

    options = {"baudrate": 38_400, "bytesize": 7, "parity": "E", "stopbits": 2}
    ours = await asyncio.to_thread(with_pyserial, port, talk, **options)
    assert ours == (False, True, True, False)
    await until(lambda: events.log == ["opened", "closed"])
    assert events.octets == b"ab\xffc"
    assert told[:4] == [("baud", 38_400), ("bits", 7), ("parity", "E"), ("stop", 2.0)]
    for entry in (("dtr", False), ("rts", True), ("break", True), ("break", False), ("purge", "received"), ("baud", 9_600)):
        assert entry in told
    assert port.baud == 9_600


async def test_serialx_sets_the_line_and_hears_ours(bench: Bench) -> None:
    port, events, told = bench
    port.set_lines(ModemLines(cts=True, dsr=False, ri=False, cd=True))
    reader, writer = await serialx.open_serial_connection(
        port.address, baudrate=57_600, parity=serialx.Parity.ODD, stopbits=serialx.StopBits.TWO, byte_size=7
    )
    assert {("baud", 57_600), ("parity", "O"), ("bits", 7), ("stop", 2.0)} <= set(told)
    writer.write(b"x\xffy")
    await until(lambda: events.octets == b"x\xffy")
    port.write(b"\xff\x00\xff")
    assert await asyncio.wait_for(reader.readexactly(3), 10) == b"\xff\x00\xff"
    pins = await writer.transport.get_modem_pins()
    assert (pins.cts.to_bool(), pins.dsr.to_bool(), pins.car.to_bool()) == (True, False, True)
    writer.close()
    await until(lambda: events.log == ["opened", "closed"])


class Spoken(Rfc2217Port):
    """One whose socket is a list."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1)
        self.said = bytearray()
        self.heard = bytearray()

        class Listening(Events):
            def received(inner, octets: bytes) -> None:  # noqa: N805  # self is the port
                self.heard += octets

        self._events = Listening()

    def _send_raw(self, octets: bytes) -> None:
        self.said += octets


def command(code: int, *value: int) -> bytes:
    return bytes([IAC, SB, COM_PORT, code, *value, IAC, SE])


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (command(0), bytes([IAC, SB, COM_PORT, 100]) + b"isletbench" + bytes([IAC, SE])),
        (command(1, 0, 0, 0, 0), command(101, 0, 1, 0xC2, 0)),
        (command(1, 0, 0, 0x25, 0x80), command(101, 0, 0, 0x25, 0x80)),
        (command(2, 9), command(102, 8)),
        (command(2, 7), command(102, 7)),
        (command(3, 0), command(103, 1)),
        (command(4, 3), command(104, 3)),
        (command(5, 0), command(105, 1)),
        (command(5, 7), command(105, 9)),
        (command(5, 8), command(105, 8)),
        (command(10, 0x10), command(110, 0x10)),
        (command(12, 1), command(112, 1)),
        (bytes([IAC, WILL, 24]), bytes([IAC, DONT, 24])),
        (bytes([IAC, DO, 1]), bytes([IAC, WONT, 1])),
    ],
    ids=lambda octets: octets.hex(" "),
)
def test_a_command_is_answered_as_the_rfc_has_it(asked: bytes, answered: bytes) -> None:
    port = Spoken()
    port.received(asked)
    assert bytes(port.said) == answered


def test_nothing_is_agreed_on_twice() -> None:
    port = Spoken()
    port.received(bytes([IAC, WILL, COM_PORT]) * 3)
    assert bytes(port.said).count(bytes([IAC, DO, COM_PORT])) == 1


def test_a_client_that_asks_for_silence_hears_the_rest_later() -> None:
    port = Spoken()
    port.received(command(8))
    port.write(b"later")
    assert bytes(port.said) == b""
    port.received(command(9))
    assert bytes(port.said) == b"later"


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(st.binary(max_size=40) | st.sampled_from([bytes([IAC]), bytes([IAC, SB, COM_PORT]), bytes([IAC, SE])])))
def test_any_octets_in_any_pieces_are_borne(pieces: list[bytes]) -> None:
    port = Spoken()
    for piece in pieces:
        port.received(piece)
    assert port._telnet.waits <= 600
    port.received(bytes([IAC, SE, IAC, SE]) + b"plain")  # ends whatever is open, be it in the middle of an escape
    assert port.heard.endswith(b"plain")


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 400), max_size=10))
def test_data_is_the_same_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    port, sent = Spoken(), data.replace(b"\xff", b"\xff\xff")
    at = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    for start, end in pairwise(at):
        port.received(sent[start:end])
    assert bytes(port.heard) == data
