"""A whole day of both devices in jump pace: every octet encoded and decoded, twice the same journal."""

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.events import NoSample, Sample
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal.entries import Entry, NoteEntry
from isletbench.emulator.journal.writer import recorded, to_text
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.rigs.rig import load_rig
from isletbench.protocols import cgms, ids, racp
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import split_records
from isletbench.protocols.fields import Number
from isletbench.protocols.ids import BolusType
from isletbench.protocols.racp import GENERIC, IDS, CountResponse, Operation, Operator, Request, Response, Selection
from tests.harness.journals import ledger

JUMP = Pace(None)
UU = 1_000_000


@dataclass
class Collected:
    """What the two collectors of a day learned."""

    live: list[cgms.Measurement] = field(default_factory=list)
    stored: list[cgms.Measurement] = field(default_factory=list)
    statuses: list[ids.Status] = field(default_factory=list)
    history: list[ids.HistoryRecord] = field(default_factory=list)
    totals: ids.GetDeliveredInsulinResponse | None = None
    boluses: list[int] = field(default_factory=list)


class Conversation:
    """A collector and the control points it asks."""

    def __init__(self, collector: LinkCollector, service: int, protected: bool) -> None:
        self.collector, self.service = collector, service
        self.e2e = E2eProtection(protected=protected)
        self.answers: asyncio.Queue[Any] = asyncio.Queue()

    def key(self, characteristic: Characteristic) -> Key:
        return Key(self.service, characteristic.uuid)

    async def listen(self, point: Characteristic) -> None:
        await self.collector.subscribe(self.key(point), lambda value: self.answers.put_nowait(self.e2e.open(point, value)))

    async def ask(self, point: Characteristic, operation: Any) -> Any:
        await self.collector.write(self.key(point), self.e2e.seal(point, operation))
        return await asyncio.wait_for(self.answers.get(), 60)


async def follow_cgm(bench: Bench, collected: Collected) -> None:
    collector = LinkCollector(bench.memory["cgm"].connect)
    await collector.connect()
    talk = Conversation(collector, cgms.SERVICE, protected=True)
    target = collected.live

    def measured(value: bytes) -> None:
        target.extend(cgms.MEASUREMENT.decode(record, protected=True) for record in split_records(value))

    await collector.subscribe(talk.key(cgms.MEASUREMENT), measured)
    await collector.subscribe(talk.key(cgms.RECORD_ACCESS), lambda value: talk.answers.put_nowait(GENERIC.decode_answer(value)))
    await asyncio.sleep(24 * 3600 - 60)
    target = collected.stored
    everything = Selection(Operator.ALL)
    counted = await talk.ask(cgms.RECORD_ACCESS, Request(Operation.COUNT, everything))
    assert isinstance(counted, CountResponse)
    ended = await talk.ask(cgms.RECORD_ACCESS, Request(Operation.REPORT, everything))
    assert ended == Response(0x01, racp.Outcome.SUCCESS)
    assert counted.count == len(collected.stored)
    await collector.disconnect()


async def follow_pump(bench: Bench, collected: Collected) -> None:
    collector = LinkCollector(bench.memory["pump"].connect)
    await collector.connect()
    talk = Conversation(collector, ids.SERVICE, protected=True)
    for point in (ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.RECORD_ACCESS):
        await talk.listen(point)
    await collector.subscribe(talk.key(ids.STATUS), lambda value: collected.statuses.append(talk.e2e.open(ids.STATUS, value)))
    await collector.subscribe(
        talk.key(ids.HISTORY_DATA), lambda value: collected.history.append(talk.e2e.open(ids.HISTORY_DATA, value))
    )
    for units in (4.5, 6.0, 0.05, 2.35):
        await asyncio.sleep(4 * 3600)
        answer = await talk.ask(ids.COMMAND_POINT, ids.SetBolus(BolusType.FAST, units, 0.0, 0))
        assert isinstance(answer, ids.SetBolusResponse)
        collected.boluses.append(answer.bolus_id)
    await asyncio.sleep(7.5 * 3600)
    collected.totals = await talk.ask(ids.STATUS_READER_POINT, ids.GetDeliveredInsulin())
    ended = await talk.ask(ids.RECORD_ACCESS, Request(Operation.REPORT, Selection(Operator.ALL)))
    assert ended == Response(IDS.opcodes[Operation.REPORT], racp.Outcome.SUCCESS)
    assert talk.e2e.missed == 0
    await collector.disconnect()


def a_day(seed: int) -> "Day":
    """A day of the default rig with a collector on each device: its journal, and what the collectors learned."""
    entries: list[Entry] = []
    collected = Collected()

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY, seed=seed, journal=recorded(entries)) as bench:
            await asyncio.gather(follow_cgm(bench, collected), follow_pump(bench, collected))
            await bench.run(1)

    run(main(), JUMP)
    return entries, collected


@pytest.fixture(scope="module")
def day() -> "Day":
    return a_day(seed=1)


Day = tuple[list[Entry], Collected]


def number(value: Number) -> float:
    assert isinstance(value, float)
    return value


def test_the_same_seed_gives_the_same_journal_octet_for_octet() -> None:
    first, second = (to_text(a_day(seed=1)[0]) for _ in range(2))
    assert first == second
    assert len(first.splitlines()) > 3_000


def test_every_reading_is_notified_when_it_is_taken_and_fetched_back_equal(day: Day) -> None:
    samples = [sample for _, sample in ledger(day[0], Sample, "cgm")]
    _, collected = day
    assert [m.time_offset for m in collected.stored] == [s.time_offset for s in samples]
    assert [m.glucose for m in collected.stored] == [s.mg_dl for s in samples]
    live = {m.time_offset: m for m in collected.live}
    assert live.items() <= {m.time_offset: m for m in collected.stored}.items()
    assert len(live) >= len(samples) - 1, "all but the one taken before anybody was there"
    assert 270 <= len(samples) <= 289


def test_a_lost_reading_of_the_recording_stays_lost(day: Day) -> None:
    missing = [lost for _, lost in ledger(day[0], NoSample, "cgm")]
    _, collected = day
    assert {m.time_offset for m in collected.stored}.isdisjoint(lost.time_offset for lost in missing)
    assert len(missing) + len(collected.stored) in (288, 289)


def test_insulin_is_conserved_to_the_last_pulse(day: Day) -> None:
    pulses = [pulse for _, pulse in ledger(day[0], Pulse, "pump")]
    filled = 200 * UU
    assert pulses[-1].reservoir_uu == filled - sum(pulse.uu for pulse in pulses)
    running = filled
    for pulse in pulses:
        running -= pulse.uu
        assert pulse.reservoir_uu == running


def test_history_totals_and_status_agree_with_the_ledger(day: Day) -> None:
    pulses = ledger(day[0], Pulse, "pump")
    _, collected = day
    totals = collected.totals
    assert totals is not None
    by_cause = {
        cause: sum(pulse.uu for at, pulse in pulses if pulse.cause == cause and at <= 23.5 * 3_600_000)
        for cause in ("basal", "bolus")
    }
    assert totals.bolus == by_cause["bolus"] / UU == 12.9
    assert totals.basal == by_cause["basal"] / UU
    delivered = [r.event for r in collected.history if isinstance(r.event, ids.BolusDelivered1Of2)]
    assert [event.bolus_id for event in delivered] == collected.boluses
    assert [event.fast_amount for event in delivered] == [4.5, 6.0, 0.05, 2.35]
    for event in delivered:
        own = [(at, pulse.uu) for at, pulse in pulses if pulse.bolus_id == event.bolus_id]
        assert sum(uu for _, uu in own) == round(number(event.fast_amount) * UU)
        gaps = {later - earlier for (earlier, _), (later, _) in pairwise(own)}
        assert gaps <= {2_000, 4_000}, "a pulse every two seconds, or one of basal in between"
    times = [at for at, _ in pulses]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 2_000


def test_basal_follows_the_schedule(day: Day) -> None:
    pulses = [pulse.uu for _, pulse in ledger(day[0], Pulse, "pump") if pulse.cause == "basal"]
    # from 08:00: 4.5 h at 0.80, 9.5 h at 0.75, 2 h at 0.65, 4 h at 0.70, 4 h at 0.95 U/h
    due = 4.5 * 0.80 + 9.5 * 0.75 + 2 * 0.65 + 4 * 0.70 + 4 * 0.95
    assert abs(sum(pulses) / UU - due) <= 0.05


def test_history_is_numbered_without_a_gap_and_placed_by_reference_times(day: Day) -> None:
    _, collected = day
    assert [r.sequence_number for r in collected.history] == list(range(len(collected.history)))
    references = [r for r in collected.history if isinstance(r.event, ids.ReferenceTime)]
    assert len(references) == 24
    assert {r.relative_offset for r in references[1:]} == {3600}


def test_the_reservoir_is_told_pulse_by_pulse(day: Day) -> None:
    _, collected = day
    levels = [number(status.reservoir_remaining) for status in collected.statuses]
    assert levels == sorted(levels, reverse=True)
    assert len(levels) > 500


def test_the_journal_tells_how_far_every_command_came(day: Day) -> None:
    notes = [entry.note for entry in day[0] if isinstance(entry, NoteEntry)]
    set_bolus = [note.stage for note in notes if getattr(note, "operation", None) == "SetBolus"]
    assert set_bolus == ["decoded", "accepted", "committed"] * 4
