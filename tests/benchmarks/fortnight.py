"""How long fourteen days of a CGM and a pump take in jump pace, with a collector on each: every octet encoded and decoded.

python -m tests.benchmarks.fortnight [serial|ble] [--profile FILE]

The collectors subscribe to everything, set a bolus three times a day, read status every hour, and fetch the records of a day
at its end. Processor time is what compares on a machine with other work to do.
"""

import asyncio
import cProfile
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Collector, Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.collectors.protection import E2eProtection
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.endpoints.ids.kind import PumpDevice
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.rigs.rig import load_rig
from isletbench.protocols import cgms, ids
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import split_records
from isletbench.protocols.ids import BolusType
from isletbench.protocols.racp import GENERIC, CgmFilter, IdsFilter, Operation, Operator, Request, Selection

DAYS = 14
HOUR_S = 3_600.0
BOLUS_HOURS = (0, 5, 11)
RATE = 0.55


@dataclass
class Tally:
    """How much the collectors of a run have received."""

    readings: int = 0
    stored: int = 0
    statuses: int = 0
    history: int = 0
    boluses: int = 0


@dataclass
class Talk:
    """A collector and the answers of the control points that it uses."""

    collector: Collector
    service: int
    e2e: E2eProtection = field(default_factory=lambda: E2eProtection(protected=True))
    answers: "asyncio.Queue[Any]" = field(default_factory=asyncio.Queue)

    def key(self, characteristic: Characteristic) -> Key:
        """Where a characteristic of the service is."""
        return Key(self.service, characteristic.uuid)

    async def answer(self, characteristic: Characteristic, value: bytes) -> Any:
        """Write a request; the answer to it."""
        await self.collector.write(self.key(characteristic), value)
        return await asyncio.wait_for(self.answers.get(), 60)

    async def ask(self, point: Characteristic, operation: Any) -> Any:
        """Write an operation in its envelope; the answer to it."""
        return await self.answer(point, self.e2e.seal(point, operation))


async def follow_cgm(collector: Collector, days: int, tally: Tally) -> None:
    """Live readings, and the records of a day at its end."""
    talk, fetching = Talk(collector, cgms.SERVICE), False

    def measured(value: bytes) -> None:
        found = [cgms.MEASUREMENT.decode(record, protected=True) for record in split_records(value)]
        if fetching:
            tally.stored += len(found)
        else:
            tally.readings += len(found)

    await collector.connect()
    await collector.subscribe(talk.key(cgms.MEASUREMENT), measured)
    await collector.subscribe(talk.key(cgms.RECORD_ACCESS), lambda value: talk.answers.put_nowait(GENERIC.decode_answer(value)))
    since = 0
    for day in range(1, days + 1):
        await asyncio.sleep(24 * HOUR_S - 60 if day == 1 else 24 * HOUR_S)
        fetching = True
        newer = Selection(Operator.AT_LEAST, CgmFilter.TIME_OFFSET, since)
        await talk.answer(cgms.RECORD_ACCESS, GENERIC.encode(Request(Operation.REPORT, newer)))
        fetching, since = False, day * 24 * 60
    await collector.disconnect()


async def follow_pump(collector: Collector, days: int, tally: Tally) -> None:
    """Boluses, the status every hour, and the whole history of a day at its end."""
    talk, newest = Talk(collector, ids.SERVICE), -1

    def status(value: bytes) -> None:
        talk.e2e.open(ids.STATUS, value)
        tally.statuses += 1

    def record(value: bytes) -> None:
        nonlocal newest
        newest = talk.e2e.open(ids.HISTORY_DATA, value).sequence_number
        tally.history += 1

    def listen(point: Characteristic) -> Any:
        return collector.subscribe(talk.key(point), lambda value: talk.answers.put_nowait(talk.e2e.open(point, value)))

    await collector.connect()
    for point in (ids.STATUS_READER_POINT, ids.COMMAND_POINT, ids.RECORD_ACCESS):
        await listen(point)
    await collector.subscribe(talk.key(ids.STATUS), status)
    await collector.subscribe(talk.key(ids.HISTORY_DATA), record)
    for hour in range(days * 24):
        if hour % 24 in BOLUS_HOURS:
            await talk.ask(ids.COMMAND_POINT, ids.SetBolus(BolusType.FAST, 2.0, 0.0, 0))
            tally.boluses += 1
        await asyncio.sleep(HOUR_S - 20)
        await talk.ask(ids.STATUS_READER_POINT, ids.GetDeliveredInsulin())
        if hour % 24 == 23:
            fresh = Selection(Operator.AT_LEAST, IdsFilter.SEQUENCE_NUMBER, newest + 1)
            await talk.ask(ids.RECORD_ACCESS, Request(Operation.REPORT, fresh))
    await collector.disconnect()


def fortnight(over: str = "serial", days: int = DAYS, journal: Journal | None = None) -> Tally:
    """Play it; what the collectors have received."""
    rig, tally = load_rig(), Tally()
    pump = rig.devices["pump"]
    assert isinstance(pump, PumpDevice)
    blocks = [block.model_copy(update={"rate": RATE}) for block in pump.basal]
    rig = rig.model_copy(
        update={"devices": {**rig.devices, "pump": pump.model_copy(update={"basal": blocks, "reservoir": 300})}}
    )

    async def main() -> None:
        async with Bench(rig, ports=Ports.MEMORY, seed=1, journal=journal) as bench:
            places = bench.ready()["devices"]
            with nullcontext() if bench.air is None else virtual_bluetooth(bench.air):
                cgm, pump_ = (
                    LinkCollector(bench.memory[name].connect)
                    if over == "serial"
                    else BleakCollector(places[name]["ble"]["address"])
                    for name in ("cgm", "pump")
                )
                await asyncio.gather(follow_cgm(cgm, days, tally), follow_pump(pump_, days, tally))

    run(main(), Pace(None))
    return tally


def main() -> None:
    """Print a line."""
    over = "ble" if "ble" in sys.argv else "serial"
    profile = cProfile.Profile() if "--profile" in sys.argv else None
    began, cpu = time.perf_counter(), time.process_time()
    with profile or nullcontext():
        tally = fortnight(over)
    spent = time.perf_counter() - began, time.process_time() - cpu
    print(f"{DAYS} days over {over}: {spent[0]:.2f} s, processor {spent[1]:.2f} s; {tally}")
    if profile:
        profile.dump_stats(sys.argv[sys.argv.index("--profile") + 1])


if __name__ == "__main__":
    main()
