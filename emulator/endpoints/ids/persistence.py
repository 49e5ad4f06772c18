"""How a pump survives in a state file: memory, history row by row, ledger; afterwards its power has been cut."""

from isletbench.emulator.core.persistence import Mark, Snapshot, Stored, StoredRecord
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.pump import manual, saved
from isletbench.emulator.pump.machine import Pump


class PumpPersistence:
    """Takes snapshots of pumps and restores them."""

    def snapshot(self, pump: Pump, since: Mark, /) -> Snapshot:
        """The pump as it is now, with its history since the mark."""
        entries, mark = pump.history.entries, self._mark(pump)
        complete = mark.edits != since.edits
        return Snapshot(
            memory=saved.dump(pump),
            records=[
                StoredRecord(row.number, row.readable_at, row.octets)
                for row in saved.rows(pump, 0 if complete else since.next_number)
            ],
            oldest=next((entry.number for entry in entries), 0),
            complete=complete,
            mark=mark,
        )

    def restore(self, pump: Pump, stored: Stored, now: Instant, /) -> Mark:
        """Restore the pump and let it find that its power was cut until ``now``."""
        rows = [saved.Row(record.number, record.at, record.octets) for record in stored.records]
        saved.restore(pump, stored.memory, rows, stored.ledger)
        mark = self._mark(pump)
        manual.lose_power(pump, now, since=pump.now)
        return mark

    @staticmethod
    def _mark(pump: Pump) -> Mark:
        return Mark(pump.history.next_number, pump.history.entries.edits)
