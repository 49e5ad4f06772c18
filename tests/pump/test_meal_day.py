"""A day with meals on each make of pump, over both transports: history, totals and ledger agree to the last pulse."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias

import pytest

from isletbench.emulator.collectors.collector import Collector, Key
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import Instant, Insulin, hours, units
from isletbench.emulator.endpoints.ids.service import pump_endpoint
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.profile import PROFILES
from isletbench.protocols import ids, racp
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.fields import SFLOAT, Number
from isletbench.protocols.ids import BolusEndReason, BolusType, HistoryRecord, TbrType
from isletbench.protocols.racp import IDS, Operation, Operator, Request, Response, Selection
from tests.harness.carriers import TRANSPORTS, within_reach
from tests.pump.talking import COMMAND, EPOCH, HISTORY, RACP, READER

BASAL = [(0, units("0.8")), (hours(6), units("1.1")), (hours(21), units("0.9"))]
UU = 1_000_000


Pulses: TypeAlias = list[tuple[Instant, Pulse]]


@dataclass
class Client:
    """A collector that asks, and remembers the history it is sent."""

    collector: Collector
    e2e: E2eProtection = field(default_factory=lambda: E2eProtection(protected=True))
    answers: "asyncio.Queue[Any]" = field(default_factory=asyncio.Queue)
    history: list[HistoryRecord] = field(default_factory=list)

    @staticmethod
    def key(characteristic: Characteristic) -> Key:
        return Key(ids.SERVICE, characteristic.uuid)

    async def begin(self) -> None:
        await self.collector.connect()
        await self.collector.read(self.key(ids.FEATURES))  # pairs where that is needed
        self.e2e = E2eProtection(protected=True)
        for point in (READER, COMMAND, RACP):
            await self.collector.subscribe(self.key(point), self.answered(point))
        await self.collector.subscribe(self.key(HISTORY), lambda value: self.history.append(self.e2e.open(HISTORY, value)))

    def answered(self, point: Characteristic) -> Any:
        return lambda value: self.answers.put_nowait(self.e2e.open(point, value))

    async def ask(self, point: Characteristic, operation: Any) -> Any:
        await self.collector.write(self.key(point), self.e2e.seal(point, operation))
        return await asyncio.wait_for(self.answers.get(), 600)

    async def bolus(self, type_: BolusType, fast: float, extended: float = 0.0, minutes: int = 0) -> int:
        answer = await self.ask(COMMAND, ids.SetBolus(type_, fast, extended, minutes))
        assert isinstance(answer, ids.SetBolusResponse), answer
        return answer.bolus_id


@dataclass(frozen=True)
class Day:
    pump: Pump
    history: list[HistoryRecord]
    today: ids.GetTotalDailyInsulinStatusResponse
    delivered: ids.GetDeliveredInsulinResponse
    boluses: Mapping[str, int]
    asked_at: int

    def pulses(self, cause: str, bolus_id: int | None = None) -> Pulses:
        pulses = [(at, pulse) for at, pulse in self.pump.ledger.of(Pulse) if pulse.cause == cause]
        return [(at, pulse) for at, pulse in pulses if bolus_id in (None, pulse.bolus_id)]

    def events(self, kind: type) -> list[Any]:
        return [record.event for record in self.history if isinstance(record.event, kind)]


async def treat(client: Client) -> dict[str, int]:
    """08:00 breakfast, 12:30 lunch over an hour, exercise, a bolus thought better of, 19:00 dinner."""
    given = {"breakfast": await client.bolus(BolusType.FAST, 4.5)}
    await asyncio.sleep(4.5 * 3600)
    given["lunch"] = await client.bolus(BolusType.MULTIWAVE, 3.0, 3.5, 60)
    await asyncio.sleep(2.5 * 3600)
    assert (await client.ask(COMMAND, ids.SetTbrAdjustment(TbrType.ABSOLUTE, 0.3, 90))).code is ids.Response.SUCCESS
    await asyncio.sleep(2 * 3600)
    given["mistake"] = await client.bolus(BolusType.FAST, 8.0)
    await asyncio.sleep(21)
    assert await client.ask(COMMAND, ids.CancelBolus(given["mistake"])) == ids.CancelBolusResponse(given["mistake"])
    await asyncio.sleep(2 * 3600 - 21)
    given["dinner"] = await client.bolus(BolusType.EXTENDED, 0.0, 5.0, 120)
    await asyncio.sleep(600)
    given["correction"] = await client.bolus(BolusType.FAST, 1.0)
    return given


@cache
def a_day(profile: str, transport: str) -> Day:
    async def lived() -> Day:
        pump = Pump(PROFILES[profile], epoch=EPOCH, basal=BASAL, reservoir=units(180), seed=1)
        async with within_reach(transport, pump_endpoint("pump", pump, "IB-Pump")) as collector:
            client = Client(collector)
            await client.begin()
            boluses = await treat(client)
            await asyncio.sleep(24 * 3600)
            today = await client.ask(READER, ids.GetTotalDailyInsulinStatus())
            delivered = await client.ask(READER, ids.GetDeliveredInsulin())
            asked_at = pump.now
            ended = await client.ask(RACP, Request(Operation.REPORT, Selection(Operator.ALL)))
            assert ended == Response(IDS.opcodes[Operation.REPORT], racp.Outcome.SUCCESS)
            assert client.e2e.missed == 0
            await collector.disconnect()
            return Day(pump, client.history, today, delivered, boluses, asked_at)

    return run(lived(), Pace(None))


@pytest.fixture(params=[(profile, transport) for profile in PROFILES for transport in TRANSPORTS], ids="-".join)
def day(request: pytest.FixtureRequest) -> Day:
    return a_day(*request.param)


def amount(pulses: Pulses) -> Insulin:
    return sum(pulse.uu for _, pulse in pulses)


def short(insulin: Insulin) -> Number:
    """As an SFLOAT tells it: four digits at most."""
    return SFLOAT.parse(SFLOAT.build(insulin / UU))


def test_insulin_is_conserved_and_has_reached_the_tissue(day: Day) -> None:
    reservoir, path = day.pump.parts.reservoir, day.pump.parts.path
    assert reservoir.filled == units(180) == reservoir.remaining + reservoir.delivered
    assert reservoir.delivered == path.pushed == path.to_tissue
    assert (path.in_line, path.leaked) == (0, 0)


def test_the_history_of_each_bolus_is_its_pulses(day: Day) -> None:
    programmed = {event.bolus_id: event for event in day.events(ids.BolusProgrammed1Of2)}
    ended = {event.bolus_id: event for event in day.events(ids.BolusDelivered1Of2)}
    reasons = dict(zip(ended, (event.end_reason for event in day.events(ids.BolusDelivered2Of2)), strict=True))
    assert set(programmed) == set(ended) == set(day.boluses.values())
    for name, number in day.boluses.items():
        pulses = day.pulses("bolus", bolus_id=number)
        told = ended[number].fast_amount + ended[number].extended_amount
        assert round(told * UU) == amount(pulses)
        canceled = name == "mistake"
        assert reasons[number] is (BolusEndReason.CANCELED if canceled else BolusEndReason.AMOUNT_DELIVERED)
        assert 0 < amount(pulses) <= units(8) // (4 if canceled else 1)
    assert sum(round((e.fast_amount + e.extended_amount) * UU) for e in ended.values()) == amount(day.pulses("bolus"))
    assert ended[day.boluses["lunch"]].duration == 62, "two minutes of the fast part, then an hour"
    assert ended[day.boluses["dinner"]].duration == 120


def test_an_extended_part_is_spread_evenly(day: Day) -> None:
    pulses = day.pulses("bolus", bolus_id=day.boluses["dinner"])
    spans = [later - earlier for (earlier, _), (later, _) in pairwise(pulses)]
    even = hours(2) / len(pulses)
    assert all(abs(span - even) <= 2 * day.pump.profile.pulse_spacing + 2_000 for span in spans)
    assert pulses[-1][0] - pulses[0][0] == pytest.approx(hours(2) - even, abs=6_000)


def test_totals_are_the_pulses(day: Day) -> None:
    before = [(at, pulse) for at, pulse in day.pulses("bolus") if at <= day.asked_at]
    assert round(day.delivered.bolus * UU) == amount(before)  # type: ignore[operator]  # a number
    assert round(day.delivered.basal * UU) == amount([(at, p) for at, p in day.pulses("basal") if at <= day.asked_at])  # type: ignore[operator]
    midnight = hours(16)
    (told,) = day.events(ids.TotalDailyInsulinDelivery)
    assert (told.year, told.month, told.day) == (2026, 1, 1)
    for cause, told_then, told_now in (("bolus", told.bolus, day.today.bolus), ("basal", told.basal, day.today.basal)):
        pulses = [(at, pulse) for at, pulse in day.pulses(cause) if at <= day.asked_at]
        assert told_then == short(amount([(at, pulse) for at, pulse in pulses if at <= midnight]))
        assert told_now == short(amount([(at, pulse) for at, pulse in pulses if at > midnight]))


def test_the_rates_in_the_history_add_up_to_the_basal_pulses(day: Day) -> None:
    placed = [(at, event) for at, event in when(day.history) if isinstance(event, ids.DeliveredBasalRateChanged)]
    end = EPOCH + timedelta(milliseconds=day.asked_at)
    spans = zip(placed, [*(at for at, _ in placed[1:]), end], strict=True)
    due = sum((until - at) / timedelta(hours=1) * number(event.new_rate) for (at, event), until in spans)
    basal = amount([(at, pulse) for at, pulse in day.pulses("basal") if at <= day.asked_at])
    # a pulse is on its way, a new rate may begin it anew, and a pump that knows minutes only places each change a minute early
    changes = len(placed)
    fuzz = (day.pump.profile.pulse / UU) * (1 + (changes if day.pump.profile.habits.restarts_phase else 0))
    fuzz += changes * 1.1 * day.pump.profile.history.grain / 3_600_000
    assert abs(due - basal / UU) <= fuzz + 0.06


def number(value: Number) -> float:
    assert isinstance(value, float)
    return value


def when(history: list[HistoryRecord]) -> list[tuple[datetime, Any]]:
    """Each event with its date and time: that of the last reference time, and its offset from it."""
    placed, reference = [], EPOCH
    for record in history:
        if isinstance(record.event, ids.ReferenceTime):
            reference = record.event.time.to_datetime()
        else:
            placed.append((reference + timedelta(seconds=record.relative_offset), record.event))
    return placed


def test_records_are_numbered_without_a_gap(day: Day) -> None:
    assert [record.sequence_number for record in day.history] == list(range(len(day.history)))


@pytest.mark.parametrize("profile", PROFILES)
def test_it_makes_no_difference_to_the_pump_which_way_it_is_reached(profile: str) -> None:
    serial, ble = (a_day(profile, transport) for transport in TRANSPORTS)
    for kind in (ids.BolusProgrammed1Of2, ids.BolusDelivered1Of2, ids.DeliveredBasalRateChanged, ids.TbrAdjustmentEnded):
        assert serial.events(kind) == ble.events(kind)
    assert serial.pump.parts.totals.bolus == ble.pump.parts.totals.bolus
    assert abs(serial.pump.parts.totals.basal - ble.pump.parts.totals.basal) <= serial.pump.profile.pulse
