"""What holds of every CGM and every pump, whatever it is made of: `pytest tests/rigs/test_any_rig.py --rig NAME`.

Without `--rig` the default rig answers. Nothing here looks behind a link, and nothing waits for a reading or a long delivery.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from isletbench.emulator.collectors.collector import Collector, Key
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.emulator.interfaces.pytest.devices import DeviceHandle, FirmwareHandle
from isletbench.protocols import cgms, ids, racp
from isletbench.protocols.att import AttError
from isletbench.protocols.cgms import CgmErrorCode
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.ids import BolusType, Response, TbrType, TherapyControlState
from isletbench.protocols.racp import Operation, Operator, Outcome, Request, Selection

PATIENCE_S = 10.0
ALL = Selection(Operator.ALL)
FAST = BolusType.FAST


class Client:
    """A connected client of one service."""

    def __init__(self, collector: Collector, service: int, *, protected: bool) -> None:
        self.collector, self.service = collector, service
        self.e2e = E2eProtection(protected=protected)
        self.heard: asyncio.Queue[tuple[Characteristic, bytes]] = asyncio.Queue()

    def key(self, characteristic: Characteristic) -> Key:
        return Key(self.service, characteristic.uuid)

    async def read(self, characteristic: Characteristic) -> Any:
        return self.e2e.open(characteristic, await self.collector.read(self.key(characteristic)))

    async def subscribe(self, *wanted: Characteristic) -> None:
        for one in wanted:
            await self.collector.subscribe(self.key(one), lambda value, one=one: self.heard.put_nowait((one, value)))  # type: ignore[misc]

    async def told(self, characteristic: Characteristic) -> Any:
        """The next value of a characteristic; what is told of others in between is passed over."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                who, value = await self.heard.get()
                opened = self.e2e.open(who, value)
                if who is characteristic:
                    return opened

    async def ask(self, point: Characteristic, operation: Any) -> Any:
        """Write an operation; what is indicated in answer."""
        await self.collector.write(self.key(point), self.e2e.seal(point, operation))
        return await self.told(point)


@asynccontextmanager
async def cgm_client(cgm: DeviceHandle | FirmwareHandle) -> AsyncIterator[Client]:
    async with cgm.connected() as collector:
        octets = await collector.read(Key(cgms.SERVICE, cgms.FEATURE.uuid))
        feature = cgms.FEATURE.decode(octets, protected=True)
        client = Client(collector, cgms.SERVICE, protected=bool(feature.features & cgms.Feature.E2E_CRC))
        await client.subscribe(cgms.RECORD_ACCESS, cgms.SPECIFIC_OPS_POINT, cgms.MEASUREMENT)
        yield client


@asynccontextmanager
async def pump_client(pump: DeviceHandle | FirmwareHandle) -> AsyncIterator[Client]:
    async with pump.connected() as collector:
        octets = await collector.read(Key(ids.SERVICE, ids.FEATURES.uuid))
        features = ids.FEATURES.decode(octets, protected=True)
        client = Client(collector, ids.SERVICE, protected=bool(features.features & ids.Feature.E2E_PROTECTION))
        await client.subscribe(ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.RECORD_ACCESS, ids.HISTORY_DATA)
        yield client


Cgm = DeviceHandle | FirmwareHandle
Pump = DeviceHandle | FirmwareHandle


async def test_a_cgm_says_what_its_session_is_and_how_long_it_may_run(cgm: Cgm) -> None:
    async with cgm_client(cgm) as client:
        status, runs = await client.read(cgms.STATUS), await client.read(cgms.SESSION_RUN_TIME)
        assert 0 <= status.time_offset <= 1
        assert runs.run_time > 0
        assert await client.read(cgms.SESSION_START_TIME)


async def test_a_cgm_counts_its_records_and_has_none_of_a_time_that_never_was(cgm: Cgm) -> None:
    async with cgm_client(cgm) as client:
        counted = await client.ask(cgms.RECORD_ACCESS, Request(Operation.COUNT, ALL))
        assert counted == racp.CountResponse(counted.count)
        never = Selection(Operator.AT_LEAST, 1, low=60_000)
        assert (await client.ask(cgms.RECORD_ACCESS, Request(Operation.COUNT, never))).count == 0
        answer = await client.ask(cgms.RECORD_ACCESS, Request(Operation.REPORT, never))
        assert answer.outcome is Outcome.NO_RECORDS_FOUND


async def test_a_cgm_keeps_the_interval_it_is_given(cgm: Cgm) -> None:
    async with cgm_client(cgm) as client:
        point = cgms.SPECIFIC_OPS_POINT
        done = await client.ask(point, cgms.SetCommunicationInterval(10))
        assert done.code is cgms.OpsResponse.SUCCESS
        assert await client.ask(point, cgms.GetCommunicationInterval()) == cgms.CommunicationIntervalResponse(10)


async def test_a_cgm_refuses_a_wrong_crc_and_goes_on(cgm: Cgm) -> None:
    async with cgm_client(cgm) as client:
        if not client.e2e.protected:
            pytest.skip("this CGM has no end-to-end protection")
        point = client.key(cgms.SPECIFIC_OPS_POINT)
        with pytest.raises(AttError) as refused:
            await client.collector.write(point, b"\x02\x00\x00")
        assert refused.value.code is CgmErrorCode.INVALID_CRC
        assert await client.ask(cgms.SPECIFIC_OPS_POINT, cgms.GetCommunicationInterval())


async def test_a_pump_says_that_it_is_ready(pump: Pump) -> None:
    async with pump_client(pump) as client:
        status = await client.read(ids.STATUS)
        assert status.operational_state is ids.OperationalState.READY
        assert status.reservoir_remaining > 0
        again = await client.read(ids.STATUS)
        assert again.reservoir_remaining <= status.reservoir_remaining


async def test_a_bolus_is_active_until_it_is_cancelled(pump: Pump) -> None:
    async with pump_client(pump) as client:
        begun = await client.ask(ids.COMMAND_POINT, ids.SetBolus(FAST, 5.0, 0.0, 0))
        assert isinstance(begun, ids.SetBolusResponse), begun
        active = await client.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusIds())
        assert active.bolus_ids == (begun.bolus_id,)
        assert await client.ask(ids.COMMAND_POINT, ids.CancelBolus(begun.bolus_id)) == ids.CancelBolusResponse(begun.bolus_id)
        assert (await client.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusIds())).bolus_ids == ()


async def test_a_second_bolus_while_one_runs_and_one_that_is_too_much_are_refused(pump: Pump) -> None:
    async with pump_client(pump) as client:
        refused = await client.ask(ids.COMMAND_POINT, ids.SetBolus(FAST, 1_000.0, 0.0, 0))
        assert refused.code is Response.PARAMETER_OUT_OF_RANGE
        begun = await client.ask(ids.COMMAND_POINT, ids.SetBolus(FAST, 5.0, 0.0, 0))
        assert isinstance(begun, ids.SetBolusResponse)
        refused = await client.ask(ids.COMMAND_POINT, ids.SetBolus(FAST, 5.0, 0.0, 0))
        assert refused.code is not Response.SUCCESS
        active = await client.ask(ids.STATUS_READER_POINT, ids.GetActiveBolusIds())
        assert active.bolus_ids == (begun.bolus_id,)


async def test_a_temp_basal_runs_until_it_is_cancelled(pump: Pump) -> None:
    async with pump_client(pump) as client:
        done = await client.ask(ids.COMMAND_POINT, ids.SetTbrAdjustment(TbrType.RELATIVE, 0.5, 30))
        assert done.code is Response.SUCCESS
        rate = await client.ask(ids.STATUS_READER_POINT, ids.GetActiveBasalRateDelivery())
        assert (rate.tbr_type, rate.tbr_adjustment, rate.tbr_duration_programmed) == (TbrType.RELATIVE, 0.5, 30)
        done = await client.ask(ids.COMMAND_POINT, ids.CancelTbrAdjustment())
        assert done.code is Response.SUCCESS
        rate = await client.ask(ids.STATUS_READER_POINT, ids.GetActiveBasalRateDelivery())
        assert rate.tbr_type is None


async def test_what_a_pump_was_told_is_in_its_history(pump: Pump) -> None:
    async with pump_client(pump) as client:
        await client.ask(ids.COMMAND_POINT, ids.SetTherapyControlState(TherapyControlState.PAUSE))
        assert (await client.read(ids.STATUS)).therapy_control_state is TherapyControlState.PAUSE
        last = Request(Operation.REPORT, Selection(Operator.LAST))
        await client.collector.write(client.key(ids.RECORD_ACCESS), client.e2e.seal(ids.RECORD_ACCESS, last))
        records = []
        async with asyncio.timeout(PATIENCE_S):
            while True:
                who, value = await client.heard.get()
                opened = client.e2e.open(who, value)
                if who is ids.RECORD_ACCESS:
                    break
                records.append(opened)
        assert opened.outcome is Outcome.SUCCESS
        assert len(records) == 1
