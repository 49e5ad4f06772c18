"""Faults between a client, its stick and the pump, on a bench."""

import asyncio
import io
import json
from typing import Any

import pytest

from isletbench import Bench, Ports, run
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.quantities import units
from isletbench.emulator.faults.fault import FaultError
from isletbench.emulator.faults.registry import parse
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import validated
from isletbench.protocols.medtronic import parameters
from isletbench.protocols.medtronic.opcodes import NakCode, Opcode
from isletbench.protocols.packet import encode
from tests.endpoints.paradigm.asking import from_rfspy, long, over_rfspy, short

RIG: dict[str, Any] = {
    "kind": "pump",
    "profile": "paradigm_x23",
    "basal": [{"at": "00:00", "rate": "1"}],
    "serial": "pty:",
    "speaks": {"personality": "paradigm_rfspy", "always_awake": True},
}
BOLUS = long(Opcode.BOLUS, encode(parameters.BolusFortieths(40)))


class Client:
    """The client's end of the port."""

    def __init__(self, bench: Bench) -> None:
        self._come = bytearray()
        self._line = bench.memory["pump"].connect(self._come.extend)

    async def ask(self, octets: bytes) -> bytes:
        """What has come within a second."""
        self._come.clear()
        self._line.write(octets)
        await asyncio.sleep(1)
        return bytes(self._come)


def play(client: Any, **changes: Any) -> list[dict[str, Any]]:
    sink = io.StringIO()
    rig = validated({"schema": 1, "name": "faults", "devices": {"pump": {**RIG, **changes}}}, "the test")

    async def main() -> None:
        async with Bench(rig, ports=Ports.MEMORY, journal=Journal(sink)) as bench:
            await client(bench)
            assert not bench.hosts["pump"].failed.done()

    run(main(), Pace(None))
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_a_pump_out_of_range_comes_back_and_its_stick_answers_meanwhile() -> None:
    async def client(bench: Bench) -> None:
        port = Client(bench)
        bench.steering.inject(parse({"fault": "out_of_range", "device": "pump", "lasts": "10s"}))
        await asyncio.sleep(0)
        assert await port.ask(over_rfspy(short(Opcode.MODEL))) == b"\xaa\x00"
        assert await port.ask(b"\x01") == b"OK\x00"
        await asyncio.sleep(10)
        assert len(await port.ask(over_rfspy(short(Opcode.MODEL)))) > 2

    events = [entry["bench"] for entry in play(client) if "bench" in entry]
    assert [event for event in events if "range" in event] == ["out_of_range", "in_range"]


def test_a_device_without_a_radio_behind_an_adapter_has_no_range() -> None:
    async def client(bench: Bench) -> None:
        with pytest.raises(FaultError, match="behind the radio of an adapter"):
            bench.steering.inject(parse({"fault": "out_of_range", "device": "pump"}))

    play(client, speaks=None)


def test_a_bolus_whose_answer_is_lost_is_delivered_and_a_repetition_is_refused() -> None:
    async def client(bench: Bench) -> None:
        port = Client(bench)
        assert from_rfspy(await port.ask(over_rfspy(short(Opcode.BOLUS)))) == short(Opcode.ACK)
        bench.steering.inject(parse({"fault": "lose_reply", "device": "pump", "on": "SetBolus"}))
        assert await port.ask(over_rfspy(BOLUS)) == b""
        assert from_rfspy(await port.ask(over_rfspy(BOLUS))) == short(Opcode.NAK, NakCode.BOLUS_IN_PROGRESS)
        await asyncio.sleep(60)
        machine: Any = bench.hosts["pump"].endpoint.machine
        assert machine.parts.totals.today[0] == units(1)

    journal = play(client)
    commands = [entry["operation"] for entry in journal if entry.get("in") == "command"]
    assert commands == ["Announce", "SetBolus", "SetBolus"]
    programmed = next(place for place, entry in enumerate(journal) if entry.get("ledger") == "bolus_programmed")
    queued = next(place for place, entry in enumerate(journal) if entry.get("faults") and entry.get("out") == "answer")
    assert programmed < queued, "what is done is written down before the answer"
