"""The RileyLink on the virtual air: a phone reaches the pump behind it as it does over a UART."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

from isletbench import Bench, Ports, run
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.octets import Command
from isletbench.emulator.core.quantities import units
from isletbench.emulator.endpoints.device_table import SHORT_NAME
from isletbench.emulator.faults.registry import parse
from isletbench.emulator.journal.entries import Entry, RequestEntry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.rigs.rig import RigError, validated
from isletbench.hil_rigs.clients.paradigm.pump import NoAnswer
from isletbench.hil_rigs.clients.paradigm.rileylink import RileyLink
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import answers, line_code, parameters, radio, rileylink, subg_rfspy
from isletbench.protocols.medtronic.opcodes import NakCode, Opcode
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.medtronic.subg_rfspy import SendAndListen, SendAndListenHead
from isletbench.protocols.packet import decode, encode
from tests.endpoints.paradigm.asking import long, short


def rig(**changes: Any) -> dict[str, Any]:
    pump = {
        "kind": "pump",
        "profile": "paradigm_x23",
        "basal": [{"at": "00:00", "rate": "1"}],
        "ble": {"name": "IB-Link", "address": "F0:10:00:00:00:02"},
        "speaks": "paradigm_rileylink",
    }
    return {"schema": 1, "name": "link", "devices": {"pump": {**pump, **changes}}}


LINK = "F0:10:00:00:00:02"
BOLUS = long(Opcode.BOLUS, encode(parameters.BolusFortieths(40)))


class Phone:
    """A program on a phone, on its way to the pump."""

    def __init__(self) -> None:
        self.link = RileyLink(LINK)

    async def send(self, packet: RadioPacket, repeats: int = 0, listens: int = 1_000) -> RadioPacket | bytes:
        """What comes back: the pump's packet, or the link's error."""
        head = SendAndListenHead(0, repeats, 0, 0, listens, 0)
        response = await self.link.ask(SendAndListen(head, line_code.coded(radio.encode(packet))), 30)
        return radio.decode(line_code.decoded(response[2:])) if len(response) > 2 else response


def play(talk: Callable[[Bench, Phone], Coroutine[Any, Any, None]], **changes: Any) -> list[Entry]:
    """The journal of what a phone and the pump behind its link say to each other."""
    entries: list[Entry] = []

    async def main() -> None:
        async with Bench(validated(rig(**changes), "the test"), ports=Ports.MEMORY, journal=recorded(entries)) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air):
                phone = Phone()
                await talk(bench, phone)
                await phone.link.close()

    run(main(), Pace(None))
    return entries


AWAKE = {"speaks": {"personality": "paradigm_rileylink", "always_awake": True}}


def test_a_phone_wakes_the_pump_reads_it_and_gives_a_bolus() -> None:
    async def talk(bench: Bench, phone: Phone) -> None:
        service = str(UUID(int=rileylink.SERVICE))
        assert await BleakScanner.find_device_by_filter(lambda _, said: service in said.service_uuids, timeout=10)
        assert await phone.link.ask(subg_rfspy.GetVersion()) == b"subg_rfspy 0.8"
        assert await phone.link.ask(subg_rfspy.WriteRegister(9, 0x26)) == b"\x01"
        assert await phone.send(short(Opcode.WAKE_UP), repeats=250, listens=5_000) == short(Opcode.ACK)
        model = await phone.send(short(Opcode.MODEL))
        assert isinstance(model, RadioPacket)
        assert decode(answers.Model, radio.opened(model.payload).meant).digits == "723"
        assert await phone.send(short(Opcode.BOLUS)) == short(Opcode.ACK)
        assert await phone.send(BOLUS) == short(Opcode.ACK)
        await asyncio.sleep(60)
        machine: Any = bench.hosts["pump"].endpoint.machine
        assert machine.parts.totals.today[0] == units(1)

    commands = [entry.request for entry in play(talk) if isinstance(entry, RequestEntry) and isinstance(entry.request, Command)]
    words = ["GetVersion", "WriteRegister", "WakeUp", "ReadModel", "Announce", "SetBolus"]
    assert [command.operation for command in commands] == words


def test_the_link_answers_for_itself_over_bluetooth() -> None:
    async def talk(bench: Bench, phone: Phone) -> None:
        async with BleakClient(LINK) as client:
            name, version = (str(UUID(int=one)) for one in (rileylink.CUSTOM_NAME, rileylink.VERSION))
            assert await client.read_gatt_char(version) == b"ble_rfspy 0.9"
            await client.write_gatt_char(name, b"Kitchen", response=True)
            assert await client.read_gatt_char(name) == b"Kitchen"
            with pytest.raises(BleakError):
                await client.write_gatt_char(name, bytes(31), response=True)
            for noise in (b"", b"\x05\x05\x00", b"\x01\x7f"):
                await client.write_gatt_char(str(UUID(int=rileylink.DATA)), noise, response=True)

    assert not [entry for entry in play(talk) if isinstance(entry, RequestEntry) and isinstance(entry.request, Command)]


def test_a_pump_out_of_range_leaves_the_link_alone_and_status_says_so() -> None:
    async def talk(bench: Bench, phone: Phone) -> None:
        bench.steering.inject(parse({"fault": "out_of_range", "device": "pump", "lasts": "1m"}))
        await asyncio.sleep(0)
        assert await phone.send(short(Opcode.MODEL)) == b"\xaa"
        assert await phone.link.ask(subg_rfspy.GetState()) == b"OK"
        shown = bench.status()["devices"]["pump"]
        assert shown["speaks"] == "paradigm_rileylink"
        assert (shown["adapter"]["in_range"], shown["adapter"]["awake"]) == (False, True)
        await asyncio.sleep(60)
        assert isinstance(await phone.send(short(Opcode.MODEL)), RadioPacket)
        assert bench.status()["devices"]["pump"]["adapter"]["in_range"] is True

    play(talk, **AWAKE)


def test_a_bolus_whose_answer_is_lost_is_given_and_the_phone_is_told_nothing() -> None:
    async def talk(bench: Bench, phone: Phone) -> None:
        bench.steering.inject(parse({"fault": "lose_reply", "device": "pump", "on": "SetBolus"}))
        assert await phone.send(short(Opcode.BOLUS)) == short(Opcode.ACK)
        with pytest.raises(NoAnswer):
            await phone.send(BOLUS)
        assert await phone.send(BOLUS) == short(Opcode.NAK, NakCode.BOLUS_IN_PROGRESS)
        await asyncio.sleep(60)
        machine: Any = bench.hosts["pump"].endpoint.machine
        assert machine.parts.totals.today[0] == units(1)

    play(talk, **AWAKE)


def test_what_the_pump_remembers_beside_its_machine_survives_in_a_state_file(tmp_path: Path) -> None:
    async def limited(phone: Phone) -> RadioPacket | bytes:
        await phone.send(short(Opcode.SETTINGS))
        return await phone.send(short(Opcode.SETTINGS))

    async def main(*, sets: bool) -> RadioPacket | bytes:
        rigged = validated(rig(**AWAKE), "the test")
        async with Bench(rigged, ports=Ports.MEMORY, state=tmp_path / "state") as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air):
                phone = Phone()
                if sets:
                    await phone.send(short(Opcode.SET_MAX_BASAL))
                    await phone.send(long(Opcode.SET_MAX_BASAL, encode(parameters.MaxBasal(80))))
                found = await limited(phone)
                await phone.link.close()
                return found

    assert run(main(sets=True), Pace(None)) == run(main(sets=False), Pace(None))


def test_it_is_reached_over_bluetooth_and_not_over_a_serial_port() -> None:
    for wrong in ({"serial": "pty:"}, {"ble": None, "serial": "pty:"}):
        with pytest.raises(RigError, match="speaks: this one is reached over Bluetooth LE: expected ble, and no serial"):
            validated(rig(**wrong), "the test")
    name = "x" * (SHORT_NAME + 1)
    with pytest.raises(RigError, match=r"ble\.name: expected at most 8 octets"):
        validated(rig(ble={"name": name}), "the test")


def test_a_written_command_has_its_length_before_it() -> None:
    commands = [
        subg_rfspy.GetState(),
        subg_rfspy.WriteRegister(9, 0),
        subg_rfspy.GetPacket(0, 0),
        SendAndListen(SendAndListenHead(0, 0, 0, 0, 500, 0), b"\x55\x56"),
    ]
    assert [rileylink.command_of(rileylink.value_of(command)) for command in commands] == commands
    assert rileylink.value_of(subg_rfspy.GetVersion()) == b"\x01\x02"
    for wrong in (b"", b"\x01", b"\x05\x05\x00", b"\x01\x7f", b"\x02\x05\x00"):
        with pytest.raises(WireError):
            rileylink.command_of(wrong)
