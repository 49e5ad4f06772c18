"""What a receiver is made of beside its conversation: clocks, database, and what was chosen on it."""

from dataclasses import dataclass

from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.dexcom_receiver import texts
from isletbench.emulator.endpoints.dexcom_receiver.clocks import Clocks
from isletbench.emulator.endpoints.dexcom_receiver.database import Database
from isletbench.emulator.endpoints.dexcom_receiver.entries import SettingsMade, Stamp, Text
from isletbench.emulator.endpoints.dexcom_receiver.settings import GENERATIONS, ReceiverSettings
from isletbench.protocols.dexcom.records import Partition

MG_DL, MMOL_L = 1, 2
"""The unit of glucose that it shows; values in records are mg/dL all the same."""
CHARGING_OFF = frozenset({0, 4})
"""The charger settings with which it does not charge."""


@dataclass(slots=True)
class Chosen:
    """What the user, or a client, has chosen on the receiver."""

    transmitter: str
    unit: int
    language: int
    """Windows LCID."""
    blinded: int = 0
    clock_mode: int = 0
    """0 for 24 hours, 1 for 12."""
    charger: int = 2
    """0 off, 1 100 mA, 2 500 mA, 3 the most, 4 suspended."""


class ReceiverState:
    """The parts of one receiver."""

    def __init__(self, sensor: Sensor, settings: ReceiverSettings) -> None:
        self.sensor = sensor
        self.settings = settings
        unit = MG_DL if settings.unit == "mg/dL" else MMOL_L
        self.chosen = Chosen(settings.transmitter_id, unit, GENERATIONS[settings.generation].language)
        self.clocks = Clocks(sensor, settings.utc_offset)
        self.database = Database(settings.generation)
        self._write_texts(0)

    def erase(self, now: Instant) -> None:
        """Delete the database, but for what the factory has written."""
        self.database.erase()
        self._write_texts(now)

    def _write_texts(self, now: Instant) -> None:
        stamp = self.clocks.stamp(now)
        self.database.add(Partition.MANUFACTURING_DATA, Text(stamp, texts.manufacturing(self.settings)))
        self.database.add(Partition.FIRMWARE_PARAMETER_DATA, Text(stamp, texts.firmware_settings()))

    def settings_made(self, now: Instant, stamp: Stamp) -> SettingsMade:
        """The user's settings as they are now, as a record with this stamp."""
        levels, chosen = self.sensor.levels, self.chosen
        return SettingsMade(
            stamp,
            self.clocks.system_offset,
            self.clocks.display_offset(now),
            chosen.transmitter,
            chosen.language,
            blinded=bool(chosen.blinded),
            clock_12_h=bool(chosen.clock_mode),
            high=round(levels.patient_high or 0),
            low=round(levels.patient_low or 0),
            rise=round(abs(levels.rate_of_increase or 0)),
            fall=round(abs(levels.rate_of_decrease or 0)),
        )
