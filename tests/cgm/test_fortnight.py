"""A whole session of fourteen days in jump pace, over Bluetooth LE and over the serial link: nothing missing, nothing wrong."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from isletbench.emulator.cgm.events import NoSample, Sample
from isletbench.emulator.cgm.losses import Losses
from isletbench.emulator.cgm.profile import Sending
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.cgm.states import Session
from isletbench.emulator.collectors.collector import Collector, Key
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import days, hours, seconds
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.patient.traces.replay import open_trace
from isletbench.protocols import cgms
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import split_records
from isletbench.protocols.racp import GENERIC, CountResponse, Operation, Operator, Outcome, Request, Response, Selection
from tests.cgm.talking import EPOCH, EVERYTHING
from tests.harness.carriers import TRANSPORTS, within_reach
from tests.harness.conformance import conforms

JUMP = Pace(None)
PROFILE = replace(
    EVERYTHING,
    error_model="vettoretti2019b",
    sending=Sending(delay=(0, seconds(3)), losses=Losses(into_blip=0.03, out_of_blip=0.9)),
)


@dataclass
class Reader:
    """What a collector has been told, and what it was answered."""

    collector: Collector
    records: list[bytes] = field(default_factory=list)
    answers: "asyncio.Queue[bytes]" = field(default_factory=asyncio.Queue)

    async def begin(self) -> None:
        await self.collector.connect()
        await self.collector.read(self.key(cgms.FEATURE))  # pairs where that is needed
        await self.collector.subscribe(self.key(cgms.MEASUREMENT), lambda value: self.records.extend(split_records(value)))
        await self.collector.subscribe(self.key(cgms.RECORD_ACCESS), self.answers.put_nowait)

    @staticmethod
    def key(characteristic: Characteristic) -> Key:
        return Key(cgms.SERVICE, characteristic.uuid)

    async def ask(self, operation: Operation, selection: Selection) -> CountResponse | Response:
        await self.collector.write(self.key(cgms.RECORD_ACCESS), GENERIC.encode(Request(operation, selection)))
        return GENERIC.decode_answer(await asyncio.wait_for(self.answers.get(), 600))

    def take(self) -> list[bytes]:
        taken, self.records = self.records, []
        return taken


def meaning(records: list[bytes]) -> list[cgms.Measurement]:
    return [cgms.MEASUREMENT.decode(record, protected=True) for record in records]


@conforms("CGMS-27", "CGMS-28", "CGMS-44", "CGMS-86")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_record_of_fourteen_days_is_fetched_back_and_equals_the_ledger(transport: str) -> None:
    async def fortnight() -> tuple[Sensor, list[bytes], list[bytes], CountResponse | Response, CountResponse | Response]:
        sensor = Sensor(PROFILE, open_trace("azt1d_subject07"), epoch=EPOCH, seed=1)
        async with within_reach(transport, cgm_endpoint("cgm", sensor, "IB-CGM")) as collector:
            reader = Reader(collector)
            await reader.begin()
            await asyncio.sleep(days(14) / 1_000)
            live = reader.take()
            everything = Selection(Operator.ALL)
            counted = await reader.ask(Operation.COUNT, everything)
            ended = await reader.ask(Operation.REPORT, everything)
            await collector.disconnect()
            return sensor, live, reader.take(), counted, ended

    sensor, live, stored, counted, ended = run(fortnight(), JUMP)
    assert sensor.session.state is Session.EXPIRED
    truth = [sample for _, sample in sensor.ledger.of(Sample)]
    gaps = sensor.ledger.of(NoSample)
    assert len(truth) + len(gaps) == 4_032
    assert counted == CountResponse(len(truth))
    assert ended == Response(0x01, Outcome.SUCCESS)
    fetched = meaning(stored)
    assert [m.time_offset for m in fetched] == [sample.time_offset for sample in truth]
    assert [m.glucose for m in fetched] == [sample.mg_dl for sample in truth]
    heard = [sample.time_offset for sample in truth if not sample.lost]
    assert [m.time_offset for m in meaning(live)] in (heard, heard[1:]), "all but what was lost, and what came before anyone"
    assert set(live) <= set(stored), "to the octet"
    assert len(gaps) > 50
    assert len(truth) - len(live) > 50


@conforms("CGMS-60")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_collector_that_comes_once_a_day_misses_nothing(transport: str) -> None:
    async def five_days() -> tuple[Sensor, list[bytes]]:
        sensor = Sensor(PROFILE, open_trace("azt1d_subject07"), epoch=EPOCH, seed=2)
        known: list[bytes] = []
        async with within_reach(transport, cgm_endpoint("cgm", sensor, "IB-CGM")) as collector:
            for _ in range(5):
                await asyncio.sleep(hours(24) / 1_000)
                reader = Reader(collector)
                await reader.begin()
                last = meaning(known[-1:])
                since = last[0].time_offset + 1 if last else 0
                ended = await reader.ask(Operation.REPORT, Selection(Operator.AT_LEAST, 1, low=since))
                assert ended == Response(0x01, Outcome.SUCCESS)
                known += reader.take()
                await collector.disconnect()
        return sensor, known

    sensor, known = run(five_days(), JUMP)
    truth = [sample for _, sample in sensor.ledger.of(Sample)]
    assert [m.time_offset for m in meaning(known)] == [sample.time_offset for sample in truth]
