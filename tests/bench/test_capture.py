"""A bench captures the HCI of its devices: pairing, discovery, values; in the order and at the instants of the bench."""

import errno
import socket
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner

from isletbench import Bench, Pace, Ports, load_rig, run, virtual_bluetooth
from isletbench.emulator.rigs.rig import RigError, parse
from isletbench.emulator.transports.ble.capture import Capture
from isletbench.protocols.captures.btsnoop import MonitorOpcode
from tests.harness.tshark import needs_tshark, shown
from tests.journal.test_export import Packet, packets

RIG = 'schema = 1\nname = "one"\n[devices.cgm]\nkind = "cgm"\n'
FEATURE = "00002aa8-0000-1000-8000-00805f9b34fb"


def read_a_feature(capture: Path) -> bytes:
    """A bleak program reads the CGM's features; returns what it read."""

    async def main() -> bytes:
        async with Bench(load_rig(), ports=Ports.MEMORY, btsnoop=capture) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air, passkey=123456):
                device = await BleakScanner.find_device_by_name("IB-CGM")
                assert device is not None
                async with BleakClient(device) as client:
                    return bytes(await client.read_gatt_char(FEATURE))

    return run(main(), Pace(None))


def beside_keys(packet: Packet) -> tuple[int, int, int, int]:
    """What two runs have in common: the keys of a pairing are random in each."""
    return packet.adapter, packet.opcode, packet.microseconds, len(packet.octets)


def test_each_device_is_an_adapter_and_two_runs_are_captured_alike(tmp_path: Path) -> None:
    value = read_a_feature(tmp_path / "one.btsnoop")
    read_a_feature(tmp_path / "two.btsnoop")
    captured = list(packets((tmp_path / "one.btsnoop").read_bytes()))
    assert [p.octets[8:].rstrip(b"\0") for p in captured if p.opcode == MonitorOpcode.NEW_INDEX] == [b"cgm", b"pump"]
    assert {packet.opcode for packet in captured if packet.adapter == 1} <= {0, MonitorOpcode.COMMAND, MonitorOpcode.EVENT}
    sent = [packet.octets for packet in captured if packet.opcode == MonitorOpcode.ACL_TX]
    assert any(octets.endswith(b"\x0b" + value) for octets in sent), "the read response"
    again = list(packets((tmp_path / "two.btsnoop").read_bytes()))
    assert [beside_keys(packet) for packet in captured] == [beside_keys(packet) for packet in again]


@needs_tshark
def test_wireshark_sees_the_pairing_and_what_each_handle_is(tmp_path: Path) -> None:
    read_a_feature(tmp_path / "run.btsnoop")
    lines = shown(tmp_path / "run.btsnoop").splitlines()
    for what in ("LE Set Advertising Data", "LE Connection Complete", "Pairing Request", "Encryption Change", "Read Response"):
        assert any(what in line for line in lines), what
    assert any("Read Request" in line and "Continuous Glucose Monitoring: CGM Feature" in line for line in lines)
    assert not [line for line in lines if "Malformed" in line]


def test_a_bench_that_does_not_start_keeps_the_former_capture(tmp_path: Path) -> None:
    capture = tmp_path / "run.btsnoop"
    capture.write_bytes(b"former")

    async def main(port: int) -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, hci=[f"tcp:127.0.0.1:{port}"], btsnoop=capture):
            pass

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        run(main(taken.getsockname()[1]), Pace())
    assert capture.read_bytes() == b"former"


def test_a_rig_without_bluetooth_has_nothing_to_capture(tmp_path: Path) -> None:
    rig = parse(f'{RIG}serial = "pty:"\n', "line")
    with pytest.raises(RigError, match="no device has Bluetooth LE"):
        Bench(rig, ports=Ports.MEMORY, btsnoop=tmp_path / "run.btsnoop")


class Full(BytesIO):
    """A file on a disk that is full after some octets."""

    def write(self, octets: Any) -> int:
        if self.tell() + len(octets) > 500:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(octets)


def test_a_full_disk_ends_the_capture_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[OSError] = []
    monkeypatch.setattr(Path, "open", lambda *_args, **_options: Full())
    capture = Capture(tmp_path / "run.btsnoop", datetime(2026, 1, 1), lambda: 0, failures.append)  # noqa: DTZ001
    adapter = capture.adapter("cgm", bytes(6))
    capture.begin()
    for _ in range(100):
        adapter.snoop(b"\x01\x03\x0c\x00", adapter.Direction.HOST_TO_CONTROLLER)
    assert [error.errno for error in failures] == [errno.ENOSPC]
