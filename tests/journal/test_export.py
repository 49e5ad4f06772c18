"""A journal as captured traffic: what the client sent, what reached it, in files that other tools read."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.gatt import Indicate, Write
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import Entry, FrameEntry, Header, OutgoingEntry, RequestEntry
from isletbench.emulator.journal.export import NothingToExport, export_bluetooth, export_serial
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.scenario import load_scenario
from isletbench.hil_rigs.clients.controller.in_process import client_of
from isletbench.hil_rigs.clients.controller.parts import CAREFUL
from isletbench.protocols.captures import btsnoop
from isletbench.protocols.captures.att_pdus import PduOpcode
from isletbench.protocols.captures.btsnoop import MonitorOpcode
from tests.harness.command_line import called
from tests.harness.tshark import needs_tshark, shown

ACL_AND_L2CAP = 8
"""Octets before the PDU."""


@cache
def journal(over: str) -> str:
    """DLV-01 with the careful client: the answer to a bolus is lost."""
    scenario = load_scenario("DLV-01")
    return run(play(scenario, client_of(scenario, CAREFUL), over), Pace(None)).journal


def entries(over: str) -> list[Entry]:
    return reader.read(journal(over).splitlines())


class Packet(NamedTuple):
    """A record of a btsnoop file."""

    adapter: int
    opcode: int
    microseconds: int
    octets: bytes


def packets(capture: bytes) -> Iterator[Packet]:
    """The records of a btsnoop file."""
    file = BytesIO(capture)
    btsnoop.HEADER.parse_stream(file)
    while file.tell() < len(capture):
        record = btsnoop.RECORD.parse_stream(file)
        yield Packet(record.adapter, record.opcode, record.microseconds, file.read(record.included_length))


def exported(over: str) -> list[Packet]:
    file = BytesIO()
    export_bluetooth(entries(over), file)
    return list(packets(file.getvalue()))


def pdus(opcode: PduOpcode, captured: list[Packet]) -> list[bytes]:
    """What follows the op code in the PDUs of one kind."""
    acl = [packet for packet in captured if packet.opcode in (MonitorOpcode.ACL_RX, MonitorOpcode.ACL_TX)]
    return [p.octets[ACL_AND_L2CAP + 1 :] for p in acl if p.octets[ACL_AND_L2CAP] == opcode]


def test_every_write_is_there_and_of_the_indications_those_that_reached_the_client() -> None:
    told, captured = entries("ble"), exported("ble")
    written = [e.request for e in told if isinstance(e, RequestEntry) and isinstance(e.request, Write)]
    assert pdus(PduOpcode.WRITE_REQUEST, captured) == [w.handle.to_bytes(2, "little") + w.value for w in written]
    indicated = [e for e in told if isinstance(e, OutgoingEntry) and isinstance(e.outgoing, Indicate)]
    lost = [e for e in indicated if e.stage is Stage.REPLY_QUEUED]
    assert lost, "the scenario loses an answer"
    assert len(pdus(PduOpcode.INDICATION, captured)) == len(indicated) - len(lost)


def test_times_are_those_of_the_devices_and_the_file_is_the_same_each_time() -> None:
    header = entries("ble")[0]
    assert isinstance(header, Header)
    assert header.start == "2026-01-01T08:00:00"
    first = exported("ble")[0]
    assert first.microseconds - btsnoop.MICROSECONDS_TO_1970 == 1_767_254_400_000_000  # date -u -d 2026-01-01T08:00:00 +%s
    assert exported("ble") == exported("ble")


def test_each_device_is_an_adapter_of_its_own() -> None:
    named = {packet.octets[8:].rstrip(b"\0") for packet in exported("ble") if packet.opcode == MonitorOpcode.NEW_INDEX}
    assert named == {b"pump"}


@needs_tshark
def test_wireshark_reads_the_whole_conversation(tmp_path: Path) -> None:
    capture = tmp_path / "run.btsnoop"
    with capture.open("wb") as file:
        count = export_bluetooth(entries("ble"), file)
    lines = shown(capture).splitlines()
    assert len(lines) == count + 2  # a note and the adapter
    assert not [line for line in lines if "Unknown" in line or "Malformed" in line]
    assert any("Write Request" in line and "(Insulin Delivery: IDD Command Control Point)" in line for line in lines)
    assert any("Error Response - Insufficient Authentication" in line for line in lines)


@needs_tshark
def test_the_frames_of_a_serial_line_are_all_there(tmp_path: Path) -> None:
    told, capture = entries("serial"), tmp_path / "run.pcapng"
    with capture.open("wb") as file:
        assert export_serial(told, file) == sum(isinstance(entry, FrameEntry) for entry in told)
    octets = shown(
        capture, "-T", "fields", "-e", "frame.interface_name", "-e", "frame.time_epoch", "-e", "data.data"
    ).splitlines()
    names, times = {line.split("\t")[0] for line in octets}, [float(line.split("\t")[1]) for line in octets]
    assert names == {"pump.serial"}
    assert times == sorted(times)


def test_what_a_journal_has_not_is_said() -> None:
    with pytest.raises(NothingToExport, match="expected a connection over Bluetooth LE"):
        export_bluetooth(entries("serial"), BytesIO())
    with pytest.raises(NothingToExport, match="expected octets of a serial line"):
        export_serial(entries("ble"), BytesIO())


def test_the_command_writes_what_is_asked_for_and_nothing_else(tmp_path: Path) -> None:
    told, capture = tmp_path / "run.jsonl", tmp_path / "run.btsnoop"
    told.write_text(journal("ble"), encoding="utf-8")
    assert called("export", str(told)).stderr.startswith("isletbench: nothing to write")
    assert called("export", str(told), "--btsnoop", str(capture)).returncode == 0
    assert [*packets(capture.read_bytes())] == exported("ble")
    refused = called("export", str(told), "--btsnoop", str(capture), "--pcapng", str(tmp_path / "run.pcapng"))
    assert "expected octets of a serial line" in refused.stderr
    assert not (tmp_path / "run.pcapng").exists()
    assert called("export", str(told), "--btsnoop", str(told)).returncode == 2
    assert told.read_text(encoding="utf-8") == journal("ble")
