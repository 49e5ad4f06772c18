"""How a sensor survives in a state file: its parts, its records row by row, its ledger. Its session goes on meanwhile."""

from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.cgm.snapshot import RECORD, SNAPSHOT
from isletbench.emulator.core.persistence import Mark, Snapshot, Stored, StoredRecord
from isletbench.emulator.core.quantities import Instant


class SensorPersistence:
    """Takes snapshots of sensors and restores them."""

    def snapshot(self, sensor: Sensor, since: Mark, /) -> Snapshot:
        """The sensor as it is now, with its records since the mark."""
        mark = self._mark(sensor)
        complete = mark.edits != since.edits
        records = sensor.records_since(0 if complete else since.next_number)
        return Snapshot(
            memory=SNAPSHOT.dump_json(sensor.snapshot()),
            records=[StoredRecord(record.time_offset, record.at, RECORD.dump_json(record)) for record in records],
            oldest=next((record.time_offset for record in sensor.records), 0),
            complete=complete,
            mark=mark,
        )

    def restore(self, sensor: Sensor, stored: Stored, now: Instant, /) -> Mark:
        """Restore the sensor: it has a battery of its own and measures what has been due until ``now`` when it is advanced."""
        records = [RECORD.validate_json(record.octets) for record in stored.records]
        sensor.restore(SNAPSHOT.validate_json(stored.memory), records, stored.ledger)
        return self._mark(sensor)

    @staticmethod
    def _mark(sensor: Sensor) -> Mark:
        newest = sensor.records.newest
        return Mark(0 if newest is None else newest.time_offset + 1, sensor.records.edits)
