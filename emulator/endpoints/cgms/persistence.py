"""How a sensor survives in a state file."""

from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.persistence import Mark, Snapshot, Stored
from isletbench.emulator.core.quantities import Instant


class SensorPersistence:
    """Stores nothing of a sensor yet: a bench that goes on begins with a new one."""

    def snapshot(self, sensor: Sensor, since: Mark, /) -> Snapshot:
        """Nothing."""
        return Snapshot(memory=b"{}", records=(), oldest=0, complete=False, mark=since)

    def restore(self, sensor: Sensor, stored: Stored, now: Instant, /) -> Mark:
        """Leave the new sensor as it is."""
        return Mark()
