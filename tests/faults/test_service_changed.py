"""Service Changed: a device whose attributes move tells its clients, and faults can reach what it tells."""

import asyncio

import pytest
from bleak import BleakClient
from bleak.exc import BleakError

from isletbench import Bench, Ports, load_rig
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.faults import FaultError, parse
from isletbench.protocols import cgms, ids
from tests.faults.conversation import Client, converse

PUMP = "F0:10:00:00:00:02"
STATUS, ANNUNCIATION = (f"0000{uuid:04x}-0000-1000-8000-00805f9b34fb" for uuid in (0x2B21, 0x2B22))
CHANGED = {"device": "pump", "on": "SERVICE_CHANGED", "name": "it"}


class Talk:
    """A bleak client of the default rig's pump, bonded and connected."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.client = bench, BleakClient(PUMP, pair=True)

    def move(self, by: int) -> None:
        self.bench.steering.do("pump", "move_services", {"by": by})

    def handle(self) -> int:
        found = self.client.services.get_characteristic(STATUS)
        assert found is not None
        return found.handle

    async def status(self) -> ids.Status:
        decoded: ids.Status = ids.STATUS.decode(bytes(await self.client.read_gatt_char(STATUS)), protected=True)
        return decoded

    async def again(self) -> None:
        await self.client.disconnect()
        await self.client.connect()


def talking(say: object) -> None:
    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
            with virtual_bluetooth(bench.air, passkey=123_456):
                talk = Talk(bench)
                await talk.client.connect()
                await say(talk)  # type: ignore[operator]
                await talk.client.disconnect()

    run(main(), Pace(None))


def test_a_client_that_is_told_of_moved_attributes_has_to_discover_them_anew() -> None:
    async def say(talk: Talk) -> None:
        before = talk.handle()
        notified: list[bytes] = []
        await talk.client.start_notify(ANNUNCIATION, lambda _, value: notified.append(bytes(value)))
        talk.move(16)
        await asyncio.sleep(1)
        with pytest.raises(BleakError, match="the services of the device have changed"):
            await talk.status()
        with pytest.raises(BleakError, match="the services of the device have changed"):
            await talk.client.start_notify(STATUS, lambda *_: None)
        await talk.again()
        assert talk.handle() == before + 16
        assert (await talk.status()).therapy_control_state.name == "RUN"
        await talk.client.start_notify(ANNUNCIATION, lambda _, value: notified.append(bytes(value)))
        talk.bench.steering.do("pump", "battery", {"percent": 5})
        await asyncio.sleep(1)
        assert len(notified) == 1, "a value is notified at the handle at which the client finds it"

    talking(say)


def test_a_client_that_is_not_told_reads_something_else() -> None:
    async def say(talk: Talk) -> None:
        right = bytes(await talk.client.read_gatt_char(STATUS))
        injected = talk.bench.steering.inject(parse({"fault": "lose_reply", **CHANGED}))
        talk.move(3)
        await asyncio.sleep(1)
        assert injected.struck == 1
        assert bytes(await talk.client.read_gatt_char(STATUS)) != right
        await talk.again()
        assert bytes(await talk.client.read_gatt_char(STATUS)) == right

    talking(say)


def test_a_bonded_client_is_told_when_it_comes_back_and_late_where_a_fault_delays_that() -> None:
    async def say(talk: Talk) -> None:
        await talk.client.disconnect()
        await asyncio.sleep(1)
        talk.move(5)
        talk.bench.steering.inject(parse({"fault": "delay_reply", **CHANGED, "by": "20s"}))
        await talk.client.connect()
        await asyncio.sleep(15)
        assert (await talk.status()).therapy_control_state.name == "RUN"
        await asyncio.sleep(10)
        with pytest.raises(BleakError, match="have changed"):
            await talk.status()

    talking(say)


def test_what_cannot_move_or_be_asked_for_is_refused() -> None:
    async def say(talk: Talk) -> None:
        with pytest.raises(CannotDo, match="by: expected handles from 1 to 65279, got -7 to"):
            talk.move(-8)
        with pytest.raises(FaultError, match="on: nobody asks for SERVICE_CHANGED: the device sends it"):
            parse({"fault": "lose_request", **CHANGED})
        assert (await talk.status()).therapy_control_state.name == "RUN"

    talking(say)


def test_a_fault_of_what_nobody_asks_for_strikes_what_is_sent_unasked() -> None:
    async def talk(bench: Bench, client: Client) -> None:
        await asyncio.sleep(400)
        (first, *_) = client.received[cgms.MEASUREMENT.uuid]
        assert cgms.MEASUREMENT.decode(first, protected=True).glucose == 55.0

    converse(talk, {"fault": "alter_reply", "on": "cgms.Measurement", "field": "glucose", "to": 55}, device="cgm")
