"""A READ over each kind of port, beside a bare asyncio server in another process that answers the same client."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import serial

from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.serial_client import SerialClient
from isletbench.protocols import ids
from isletbench.protocols.frames import Frame, FrameType, encode_frame
from tests.benchmarks.figures import Figure, Goal, Row, compared
from tests.benchmarks.programs import bench, running

RIG = """
schema = 1
name = "turns"
[devices.pump]
kind = "pump"
serial = "{port}"
basal = [{{ at = 00:00:00, rate = 1.0 }}]
"""
PORTS = {"pty": "pty:", "tcp": "tcp:127.0.0.1:0", "rfc2217": "rfc2217:127.0.0.1:0"}
STATUS = Key(ids.SERVICE, ids.STATUS.uuid)
ROUNDS, CALLS = 15, 200


@contextmanager
def _both(kind: str) -> Iterator[tuple[SerialClient, int, str]]:
    """A client of a pump in another process, the octets of the answer to a READ of its status, and where the bare server is."""
    with tempfile.TemporaryDirectory() as directory:
        rig = Path(directory) / "turns.toml"
        rig.write_text(RIG.format(port=PORTS[kind]), encoding="utf-8")
        with bench(directory, str(rig)) as ready, SerialClient(ready["devices"]["pump"]["serial"]) as client:
            answer = Frame(FrameType.READ_RSP, 1, 1, b"\0" + client.read(STATUS))
            octets = len(encode_frame(answer))
            with running("-m", "tests.benchmarks.bare", kind, str(octets)) as (_, place):
                yield client, octets, place


def _turn(port: serial.Serial, requests: Iterator[bytes], octets: int) -> None:
    """Write a request, and read as many octets as its answer has."""
    port.write(next(requests))
    assert len(port.read(octets)) == octets


def _requests(handle: int) -> Iterator[bytes]:
    """READ frames without end, each with another number than the one before."""
    frames = [encode_frame(Frame(FrameType.READ, number, handle)) for number in range(1, 256)]
    while True:
        yield from frames


def by_pyserial(kind: str, tiny: bool) -> Figure:
    """The same few lines of pyserial to both."""
    with _both(kind) as (client, octets, place), serial.serial_for_url(place, timeout=5) as bare:
        handle = client._core.entry(STATUS).handle
        ours = client._port
        ours.timeout = 5
        return _compared(partial(_turn, ours, _requests(handle), octets), partial(_turn, bare, _requests(handle), octets), tiny)


def by_serial_client(kind: str, tiny: bool) -> Figure:
    """Our client, which frames, checks and decodes, beside bare pyserial."""
    with _both(kind) as (client, octets, place), serial.serial_for_url(place, timeout=5) as bare:
        return _compared(partial(client.read, STATUS), partial(_turn, bare, _requests(1), octets), tiny)


def _compared(ours: Callable[[], object], bare: Callable[[], object], tiny: bool) -> Figure:
    return compared(ours, bare, rounds=2, calls=3) if tiny else compared(ours, bare, ROUNDS, CALLS)


ECHO = "a bare asyncio echo in another process, pyserial"
ROWS = (
    Row("READ over a pseudo-terminal, pyserial", ECHO, Goal(2.0, "x"), partial(by_pyserial, "pty")),
    Row("the same with `SerialClient`", ECHO, Goal(2.0, "x"), partial(by_serial_client, "pty")),
    Row("READ over TCP, pyserial", ECHO, Goal(2.0, "x"), partial(by_pyserial, "tcp")),
    Row("READ over RFC 2217, pyserial", ECHO, Goal(2.0, "x"), partial(by_pyserial, "rfc2217")),
)
