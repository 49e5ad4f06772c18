"""A real adapter, as far as a machine without one can show: settings, unplugging and replugging, and what cannot be opened."""

import os
import shutil
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from isletbench.emulator.transports.ports.serial import SerialPort
from isletbench.emulator.transports.ports.settings import Settings, parse
from tests.transports.serial.cables import crossed_ptys, socat
from tests.transports.serial.recorder import Events, until


@pytest.mark.parametrize(
    ("spec", "path", "settings"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0", Settings()),
        ("/dev/ttyUSB0,9600", "/dev/ttyUSB0", Settings(9600)),
        ("COM3,57600,7E2", "COM3", Settings(57_600, 7, "E", 2)),
        ("/dev/ttyS0,1200,5N1.5,rtscts", "/dev/ttyS0", Settings(1_200, 5, "N", 1.5, rtscts=True)),
    ],
)
def test_a_port_is_named_with_its_settings(spec: str, path: str, settings: Settings) -> None:
    assert parse(spec) == (path, settings)


@pytest.mark.parametrize("spec", ["", ",9600", "/dev/x,fast", "/dev/x,9600,9N1", "/dev/x,9600,8N1,xonxoff", "/dev/x,0"])
def test_what_is_wrong_with_a_name_is_said(spec: str) -> None:
    with pytest.raises(ValueError, match=r"expected serial:PATH\[,BAUD"):
        parse(spec)


def test_an_octet_takes_its_bits() -> None:
    assert [Settings(parity=p, bits=b, stop=s).bits_per_octet for p, b, s in (("N", 8, 1), ("E", 7, 2), ("N", 5, 1.5))] == [
        10,
        11,
        7.5,
    ]


async def test_the_line_is_set_as_asked(tmp_path: Path) -> None:
    async with crossed_ptys(tmp_path) as (ours, _):
        port, events = SerialPort(ours, Settings(9_600, stop=2)), Events()
        await port.start(events)
        assert events.log == ["opened"]
        looking = os.open(ours, os.O_RDWR | os.O_NOCTTY)
        attributes = termios.tcgetattr(looking)
        os.close(looking)
        assert attributes[5] == termios.B9600
        assert attributes[2] & termios.CSTOPB
        assert not attributes[3] & (termios.ECHO | termios.ICANON)
        await port.stop()


async def test_octets_pass_both_ways_whatever_they_are(tmp_path: Path) -> None:
    async with crossed_ptys(tmp_path) as (ours, theirs):
        port, events = SerialPort(ours, Settings()), Events()
        await port.start(events)
        far = os.open(theirs, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        everything = bytes(range(256))
        os.write(far, everything)
        await until(lambda: events.octets == everything)
        port.write(everything)
        heard = bytearray()

        def listen() -> bool:
            with suppress(BlockingIOError):
                heard.extend(os.read(far, 512))
            return heard == everything

        await until(listen)
        os.close(far)
        await port.stop()


@pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed")
async def test_an_adapter_that_is_pulled_out_ends_the_session_and_is_taken_up_again(tmp_path: Path) -> None:
    port, events = SerialPort(str(tmp_path / "ours"), Settings()), Events()
    async with socat(tmp_path):
        await port.start(events)
    await until(lambda: events.log == ["opened", "closed"])
    port.write(b"into the void")
    async with socat(tmp_path) as (_, theirs):
        await until(lambda: events.log == ["opened", "closed", "opened"])
        far = os.open(theirs, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        os.write(far, b"again")
        await until(lambda: events.octets == b"again")
        os.close(far)
    await port.stop()
    assert events.log[:3] == ["opened", "closed", "opened"]


async def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"nothing at 115200,8N1"):
        await SerialPort(str(tmp_path / "nothing"), Settings()).start(Events())
    (tmp_path / "file").write_bytes(b"no tty")
    with pytest.raises(OSError, match=r"file at 115200,8N1"):
        await SerialPort(str(tmp_path / "file"), Settings()).start(Events())
