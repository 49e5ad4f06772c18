"""What is fuzzed: each target takes strings one after another and raises for one that it must not fall over.

A target is a context: what it yields takes one string. What a string may end in (a refusal in one sentence) is caught there;
anything else is a failure, as is a bench that is broken afterwards, or that does not serve the next client.
"""

import asyncio
import io
import json
import logging
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from bleak import BleakClient
from bleak.exc import BleakError
from bumble import att, hci, smp

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.state_file import StateError, StateFile
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.endpoints.personalities import PERSONALITIES
from isletbench.emulator.interfaces.control.api import application
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.tail import Tail
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.replay import open_recording
from isletbench.emulator.rigs import rig
from isletbench.emulator.transports.ble.hci import _ExternalHost
from isletbench.emulator.transports.ports.rfc2217 import Rfc2217Port
from isletbench.protocols import frames
from isletbench.protocols.frames import Frame, FrameType
from isletbench.protocols.medtronic import rileylink
from tests.bench.killed import RIG
from tests.bench.test_state_file import play
from tests.transports.ble.test_conditions import open_room
from tests.transports.ble.test_radio import central

Take: TypeAlias = Callable[[bytes], Awaitable[None]]
SETTLES_S = 0.05
"""How much bench time a string has before the next one comes."""
CASES = Path(__file__).parents[1] / "cases" / "traces_people_have"


LOGGED = logging.getLogger("bumble.utils")


class Complaints:
    """Errors in callbacks of the loop, which asyncio would only log, and those of tasks that a library has logged."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        logged = logging.Handler(logging.ERROR)
        logged.emit = self._logged  # type: ignore[method-assign]
        LOGGED.handlers = [logged]
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.found.append(context))

    def _logged(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.found.append({"message": record.getMessage(), "exception": record.exc_info[1]})

    def check(self, bench: Bench | None = None) -> None:
        for context in self.found:
            raise RuntimeError(context["message"]) from context.get("exception")
        for name, host in ({} if bench is None else bench.hosts).items():
            if host.failed.done():
                raise RuntimeError(f"{name} is broken") from host.failed.exception()


# Serial ports


CGM = """
schema = 1
name = "fuzzed"
[devices.pump]
kind = "cgm"
serial = "pty:"
speaks = "{personality}"
glucose = {{ mg_dl = 110 }}
"""


PHONES_LINK = "F0:10:00:00:00:02"
LINK = RIG.replace('serial = "pty:"', f'ble = {{ name = "IB-Link", address = "{PHONES_LINK}" }}\nspeaks = "paradigm_rileylink"')


def rig_that_speaks(personality: str) -> str:
    """A rig with one device that speaks this protocol on its port."""
    if PERSONALITIES[personality].kind == "pump":
        return RIG.replace('serial = "pty:"', f'serial = "pty:"\nspeaks = "{personality}"')
    return CGM.format(personality=personality)


@asynccontextmanager
async def port(text: str = RIG) -> Any:
    """A device on a port in memory."""
    async with Bench(rig.parse(text, "fuzzed"), ports=Ports.MEMORY) as bench:
        complaints = Complaints()
        client = bench.memory["pump"].connect(lambda octets: None)

        async def take(octets: bytes) -> None:
            client.write(octets)
            await asyncio.sleep(SETTLES_S)
            complaints.check(bench)

        yield take
        client.close()
        answers: list[bytes] = []
        if "speaks" not in text:
            again = bench.memory["pump"].connect(answers.append)
            again.write(frames.encode_frame(Frame(FrameType.HELLO, 1, 0, b"\x01")))
            await asyncio.sleep(1)
            assert answers, "the next client is not served"


def link_frames() -> list[bytes]:
    """Frames of the serial link as a client sends them."""
    kinds = (FrameType.TABLE, FrameType.READ, FrameType.WRITE, FrameType.WRITE_CMD, FrameType.SUBSCRIBE)
    made = [Frame(FrameType.HELLO, 1, 0, b"\x01")]
    made += [Frame(kind, 2 + at, at, content) for kind in kinds for at in (0, 3, 9, 30) for content in (b"", b"\1\0")]
    encoded = [frames.encode_frame(frame) for frame in made]
    return [*encoded, encoded[0] + encoded[3] + encoded[9]]


PROTOCOLS = [
    bytes.fromhex(text)
    for text in (
        "01060022ab36", "0106000a7a80", "010700100364f3", "0108001102000000", "a7123456038d00", "a712345606c00300010102",
        "0104", "0500", "010207", "03000100c8", "0105ff", "040001f4", "0601", "810100", "06000200", "0a0b0c",
        "24470d", "0400000000000000", "01040000", "0301000000000000000000000000000000000000000000",
    )
]  # fmt: skip
"""Requests of several protocols, or what looks like them."""


@asynccontextmanager
async def rfc2217() -> Any:
    """The Telnet side of an RFC 2217 port."""

    class Client:
        def write(self, octets: bytes) -> None:
            pass

        def drop(self) -> None:
            pass

    class Device:
        def opened(self) -> None:
            pass

        def received(self, octets: bytes) -> None:
            pass

        def closed(self) -> None:
            pass

    made = Rfc2217Port("127.0.0.1", 0)
    made._events = Device()
    made.client_connected(Client())  # type: ignore[arg-type]

    async def take(octets: bytes) -> None:
        made.received(octets)
        assert made._telnet.waits < 2_000, "an incomplete command grows"
        assert len(made._suspended_output) < 1 << 21

    yield take


TELNET = [
    bytes.fromhex(text)
    for text in (
        "fffd2c", "fffb2c", "fffb00fffd00", "fffa2c0100002580fff0", "fffa2c0208fff0", "fffa2c0301fff0", "fffa2c0508fff0",
        "fffa2c0cfffffff0", "fffa2c08fff0", "fffa2c09fff0", "fffa2c00fff0", "ffff", "6162fff163", "fffa2c",
    )
]  # fmt: skip


# Bluetooth


@asynccontextmanager
async def hci_host() -> Any:
    """The controller of a foreign host on the air of two devices."""
    async with Bench(rig.load_rig(), ports=Ports.MEMORY) as bench:
        complaints = Complaints()
        assert bench.air is not None
        hosts = [_ExternalHost(bench.air, "fuzz-1", lambda packet: None)]

        async def take(octets: bytes) -> None:
            if not hosts[-1].received(octets):  # as a socket is closed, and the host connects again
                hosts[-1].disconnect()
                assert bench.air is not None
                hosts.append(_ExternalHost(bench.air, f"fuzz-{len(hosts) + 1}", lambda packet: None))
            await asyncio.sleep(SETTLES_S)
            complaints.check(bench)

        yield take
        hosts[-1].disconnect()


COMMANDS = [
    bytes.fromhex(text)
    for text in (
        "01030c00", "01010c08ffffffffffffffff", "01012008ffffffffffffffff", "010b200701100010000000", "010c20020100",
        "010d2019600060000001010000000010f000180028000000f401000000 00".replace(" ", ""), "010e2000", "01062003000000",
        "0106040340000013", "0102200000", "01091000", "01182000", "0117201000112233445566778899aabbccddeeff" + "00" * 16,
        "02400007000300040002b900", "0240000b00070004000900010000ff", "02400006000200060001", "03000003616263", "04130100",
    )
]  # fmt: skip


@asynccontextmanager
async def l2cap() -> Any:
    """The channels of a connection to a device: ATT, SMP, signalling; the first octet of a string chooses."""
    made, complaints = await open_room(), Complaints()
    device = central(made.air)
    await device.power_on()
    address = hci.Address(made.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
    connection = await device.connect(address, timeout=60)
    channels = (att.ATT_CID, att.ATT_CID, smp.SMP_CID, 0x05, 0x40)

    async def take(octets: bytes) -> None:
        nonlocal connection
        if connection.handle not in device.connections:
            connection = await device.connect(address, timeout=60)
        kind, rest = (octets[0], octets[1:]) if octets else (0, b"")
        device.send_l2cap_pdu(connection.handle, channels[kind % len(channels)], rest[:200])
        await asyncio.sleep(SETTLES_S)
        complaints.check()
        assert not made.host.failed.done()

    yield take
    await made.host.stop()


ATT_PDUS = (
    "02b900", "04010 0ffff", "06010 0ffff002a0918", "080100ffff0328", "0a0300", "0c03000100", "0e03000500", "100100ffff0028",
    "120300aabb", "1603000000aa", "1801", "520300aa", "d203000000000000000000000000000000", "1e", "200300",
)  # fmt: skip
SMP_PDUS = ("01030005100707", "01040001100303", "03" + "00" * 16, "0c" + "11" * 64, "0501", "0b01")
SIGNALS = ("12010800060010000000f401", "0a0102000200")
PDUS = [
    bytes([channel]) + bytes.fromhex(text.replace(" ", ""))
    for channel, texts in ((0, ATT_PDUS), (2, SMP_PDUS), (3, SIGNALS))
    for text in texts
]


@asynccontextmanager
async def phone_link() -> Any:
    """The characteristics of a RileyLink, as a phone writes them: the first octet of a string chooses; the link answers the
    next phone."""
    async with Bench(rig.parse(LINK, "fuzzed"), ports=Ports.MEMORY) as bench:
        complaints = Complaints()
        assert bench.air is not None
        with virtual_bluetooth(bench.air):
            async with BleakClient(PHONES_LINK) as client:
                writable = [one for one in client.services.characteristics.values() if "write" in one.properties]

                async def take(octets: bytes) -> None:
                    kind, rest = (octets[0], octets[1:]) if octets else (0, b"")
                    with suppress(BleakError):  # a refusal with its code
                        await client.write_gatt_char(writable[kind % len(writable)], rest[:500])
                    await asyncio.sleep(SETTLES_S)
                    complaints.check(bench)

                yield take
            async with BleakClient(PHONES_LINK) as again:
                assert await again.read_gatt_char(UUID(int=rileylink.VERSION)) == rileylink.BLE_VERSION


def link_commands() -> list[bytes]:
    """Commands of the link, each in front of a characteristic's number."""
    return [bytes([at, len(octets)]) + octets for octets in PROTOCOLS for at in (0, 1)]


# The control API


PLACES = (
    ("POST", "/v1/faults"),
    ("PUT", "/v1/pace"),
    ("PATCH", "/v1/devices/cgm/radio"),
    ("POST", "/v1/beliefs"),
    ("POST", "/v1/devices/pump/actions/attach_reservoir"),
    ("GET", "/v1/devices/"),
    ("DELETE", "/v1/faults/"),
)
SCOPE: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "root_path": "",
    "query_string": b"",
    "scheme": "http",
    "server": ("127.0.0.1", 1),
    "client": ("127.0.0.1", 2),
}


@asynccontextmanager
async def control() -> Any:
    """Calls with bodies and paths that nobody sends: an answer below 500, and a bench that is as before."""
    async with Bench(rig.load_rig(), ports=Ports.MEMORY) as bench:
        complaints = Complaints()
        app = application(bench, "token", Tail(bench.journal), None)

        async def take(octets: bytes) -> None:
            method, path = PLACES[len(octets) % len(PLACES)]
            if method in {"GET", "DELETE"}:
                path += octets[:40].decode("latin-1").replace("\n", "")
            statuses: list[int] = []
            headers = {"host": "127.0.0.1:1", "authorization": "Bearer token", "content-type": "application/json"}
            headers["content-length"] = str(len(octets))
            scope = {**SCOPE, "method": method, "path": path, "raw_path": path.encode()}
            scope["headers"] = [(key.encode(), value.encode()) for key, value in headers.items()]
            body = iter([{"type": "http.request", "body": octets, "more_body": False}])

            async def receive() -> Any:
                found = next(body, None)
                return found or await asyncio.Event().wait()

            async def send(message: Any) -> None:
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])

            await app(scope, receive, send)
            assert statuses, "no answer"
            assert statuses[0] < 500, f"status {statuses[0]}"
            complaints.check(bench)

        yield take


_CALLS: tuple[Any, ...] = (
        {"fault": "lose_reply", "device": "pump", "on": "SetBolus"}, {"fault": "vanish", "device": "cgm", "lasts": "5m"},
        {"fault": "bad_line", "device": "pump", "noise": 0.01, "when": {"at": "1h"}}, {"pace": "60x"}, {"loss": 0.5},
        {"amount": 100}, {"belief": "dose", "units": 1.0, "at": "2026-01-01T08:00:00"}, [], {}, {"a": [1, 2, {"b": None}]},
)  # fmt: skip
CALLS = [json.dumps(call).encode() for call in _CALLS]


# Files


def check_sentence(said: str) -> None:
    """A refusal is one line."""
    assert said
    assert "\n" not in said


def of_files(name: str, use: Callable[[Path], object], refused: tuple[type[Exception], ...]) -> Callable[[], Any]:
    """Files of this name that ``use`` reads, or refuses with one of these errors, in one line."""

    @asynccontextmanager
    async def target() -> Any:
        with tempfile.TemporaryDirectory() as directory:

            async def take(octets: bytes) -> None:
                path = Path(directory) / name
                path.write_bytes(octets)
                try:
                    use(path)
                except refused as error:
                    check_sentence(str(error))
                assert path.read_bytes() == octets, "what is read is not written"
                assert [entry.name for entry in path.parent.iterdir()] == [name]

            yield take

    return target


def use_state(path: Path) -> None:
    """Verify a state file, and read everything in it."""
    with StateFile(path) as file:
        for device in file.bench["stored"]:
            file.records(device)
            file.ledger(device, "pump")
            file.bonds(device)


def state_files() -> list[bytes]:
    """A state file of a pump that ran for a minute."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "state"
        play(path)
        db = sqlite3.connect(path)
        db.execute("pragma journal_mode = delete")
        db.execute("vacuum")
        db.close()
        return [path.read_bytes()]


def journals() -> list[bytes]:
    """Lines of a journal of an hour."""
    text = io.StringIO()

    async def main() -> None:
        async with Bench(rig.load_rig("closed_loop"), ports=Ports.MEMORY, journal=Journal(text)) as bench:
            await bench.run(3_600_000)

    run(main(), Pace(None))
    lines = text.getvalue().encode().splitlines(keepends=True)
    return [lines[0] + b"".join(lines[at : at + 4]) for at in range(1, min(len(lines), 60))]


def recordings() -> list[bytes]:
    """Recordings as people have them, the first of each."""
    return [path.read_bytes()[:3_000] for path in sorted(CASES.iterdir())]


TARGETS: dict[str, tuple[Callable[[], Any], Callable[[], list[bytes]]]] = {
    "serial link": (port, link_frames),
    **{
        f"personality {name}": (partial(port, rig_that_speaks(name)), lambda: PROTOCOLS)
        for name, personality in PERSONALITIES.items()
        if personality.service is None
    },
    "RFC 2217": (rfc2217, lambda: TELNET),
    "HCI": (hci_host, lambda: COMMANDS),
    "L2CAP, ATT, SMP": (l2cap, lambda: PDUS),
    "RileyLink": (phone_link, link_commands),
    "control API": (control, lambda: CALLS),
    "state file": (of_files("state", use_state, (StateError, OSError)), state_files),
    "journal": (of_files("run.jsonl", reader.load, (reader.JournalError, OSError)), journals),
    "recording": (of_files("trace.csv", lambda path: open_recording(str(path)), (TraceError,)), recordings),
}
"""By name: the target, and the valid strings that others are made from."""
