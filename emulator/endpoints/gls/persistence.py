"""How a meter survives in a state file: its parts, its records row by row, its ledger."""

from dataclasses import replace

from isletbench.emulator.core.persistence import Mark, Snapshot, Stored, StoredRecord
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.meter.machine import Meter
from isletbench.emulator.meter.snapshot import RECORD, SNAPSHOT, MeterSnapshot


class MeterPersistence:
    """Takes snapshots of meters and restores them."""

    def snapshot(self, meter: Meter, since: Mark, /) -> Snapshot:
        """The meter as it is now, with its records since the mark."""
        mark = self._mark(meter)
        complete = mark.edits != since.edits
        records = [record for record in meter.records if complete or record.number >= since.next_number]
        memory = MeterSnapshot(
            clocks=replace(meter.clocks),
            battery=replace(meter.battery),
            vial=replace(meter.strips.vial),
            tests=meter.strips.tests,
            temperature=meter.temperature,
            test=meter.test,
            counters=meter.counters,
        )
        return Snapshot(
            memory=SNAPSHOT.dump_json(memory),
            records=[StoredRecord(record.number, record.at, RECORD.dump_json(record)) for record in records],
            oldest=next((record.number for record in meter.records), 0),
            complete=complete,
            mark=mark,
        )

    def restore(self, meter: Meter, stored: Stored, now: Instant, /) -> Mark:
        """Restore the meter: its clocks have run on, and a test under way has ended meanwhile."""
        snapshot = SNAPSHOT.validate_json(stored.memory)
        meter.clocks, meter.battery = snapshot.clocks, snapshot.battery
        meter.strips.vial, meter.strips.tests = snapshot.vial, snapshot.tests
        meter.temperature, meter.test = snapshot.temperature, snapshot.test
        meter.restore(snapshot.counters, map(RECORD.validate_json, (r.octets for r in stored.records)), stored.ledger)
        return self._mark(meter)

    @staticmethod
    def _mark(meter: Meter) -> Mark:
        return Mark(meter.counters[0], meter.records.edits)
