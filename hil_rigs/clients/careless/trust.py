"""Careless clients: what is believed without a look, taken for something else, or asked for without an end."""

from collections.abc import Sequence
from typing import Any

from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.hil_rigs.clients.careless.unchecked import unchecked
from isletbench.hil_rigs.clients.controller.activation import Activation
from isletbench.hil_rigs.clients.controller.bolus import BolusDelivery
from isletbench.hil_rigs.clients.controller.device_selection import DeviceSelection
from isletbench.hil_rigs.clients.controller.doses import Dose, DoseLog
from isletbench.hil_rigs.clients.controller.glucose import GlucoseFollower
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.readings import ReadingStore
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.user_requests import UserRequest
from isletbench.protocols import cgms, ids
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import CRC_SIZE, with_crc


class OptimisticProgress(DoseLog):
    """The client counts a bolus as delivered when the pump accepts it.

    Report: nightscout/AndroidAPS#97 (DLV-30).
    """

    def running(self, dose: Dose, bolus_id: int) -> None:
        dose.units = dose.requested or 0.0
        super().running(dose, bolus_id)


class CountsWhatMayBe(DoseLog):
    """The client counts a bolus as delivered before the pump has answered, and calls that uncertain.

    Report: nightscout/AndroidAPS#97 (DLV-30).
    """

    def request(self, units: float, before: float | None) -> Dose:
        dose = super().request(units, before)
        dose.units = units
        self._report(dose)
        return dose


class TapsTwice(BolusDelivery):
    """The client gives a bolus a second time when its user taps twice.

    Shown by: HIS-01.
    """

    async def _give(self, request: UserRequest) -> None:
        await super()._give(request)
        await super()._give(request)


class SwallowsRefusals(BolusDelivery):
    """The client does not notify its user that the pump refuses a bolus.

    Report: nightscout/AndroidAPS#3737 (DLV-18).
    """

    def _refused(self, request: UserRequest) -> None:
        self._requests.take(request)


class TakesEqualsForOne(ReadingStore):
    """The client takes a reading of the same value as the last one for the same reading.

    Report: NightscoutFoundation/xDrip#1104 (CGM-10).
    """

    def _is_new(self, measurement: cgms.Measurement, *, fits: bool, measured: float) -> bool:
        last = self.readings[max(self.readings)].mg_dl if self.readings else None
        return super()._is_new(measurement, fits=fits, measured=measured) and measurement.glucose != last


class DuplicatesByTimeStamp(ReadingStore):
    """The client takes a reading that arrives in the same minute as another one for the same reading.

    Shown by: CGM-17.
    """

    _arrived = -1.0
    """The minute in which the last one arrived."""

    def _is_new(self, measurement: cgms.Measurement, *, fits: bool, measured: float) -> bool:
        minute, last = now() // 60, self._arrived
        self._arrived = minute
        return super()._is_new(measurement, fits=fits, measured=measured) and minute != last


class ChecksNoCrc(GlucoseFollower):
    """The client does not check the CRC of a reading.

    Report: LoopKit/Loop#1368 (CGM-06).
    """

    def _records_in(self, value: bytes) -> Sequence[bytes]:
        return [with_crc(record[:-CRC_SIZE]) for record in super()._records_in(value)]


class TakesDamagedFrames(Session):
    """The client checks no CRC on a sensor's serial link: neither that of a frame nor that of a reading in it.

    Report: ps2/rileylink_ios#217 (LNK-10).
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.device == "cgm" and isinstance(self.collector, LinkCollector):
            self.collector.open_port = unchecked(self.collector.open_port)


class IgnoresCounters(Session):
    """The client takes whatever comes for the answer to its last request, whatever its counter says.

    Report: LoopKit/OmniBLE#138 (LNK-07).
    """

    async def ask(self, point: Characteristic, operation: Any, timeout_s: float = 20.0) -> Any:
        value = await self.ask_octets(point, self.e2e.seal(point, operation), timeout_s)
        payload, _ = point.envelope.open(value, protected=self.e2e.protected)
        return point.decode_payload(payload)


class RetriesForEver(Session):
    """The client repeats a request until it is answered, however long that takes.

    Report: LoopKit/Loop#2275 (DLV-01).
    """

    async def ask_octets(self, point: Characteristic, value: bytes, timeout_s: float = 20.0) -> bytes:
        while True:
            try:
                return await super().ask_octets(point, value, timeout_s)
            except TimeoutError:
                continue


class CachesReservoir(PumpStatus):
    """The client reads how much is left in the reservoir once, and believes that from then on.

    Shown by: DLV-20, RUN-05.
    """

    _first: Any = None
    """What was left when it was first read."""

    async def look(self) -> None:
        await super().look()
        self._first = self._first or self.reservoir
        self.reservoir = self._first


class FirstOfThatName(DeviceSelection):
    """The client takes the first device whose name begins like that of its own.

    Report: loopandlearn/LoopFollow#378 (LNK-16).
    """

    def _ble_collector(self, address: str, name: str) -> Collector:
        named = [host for host in self._bench.hosts if self._bench.ready()["devices"][host]["ble"]["name"][:7] == name[:7]]
        return BleakCollector(self._bench.ready()["devices"][max(named)]["ble"]["address"])


class SkipsPriming(Activation):
    """The client ends an activation by starting the pump, and does not prime it.

    Shown by: LIF-01.
    """

    def _state(self, status: ids.Status) -> ids.OperationalState:
        return ids.OperationalState.READY


class PrimesWhatIsWorn(Activation):
    """The client primes a pump that says that it waits for that, and does not ask where the infusion set is.

    Report: nightscout/AndroidAPS#4594 (LIF-10).
    """

    def _may_be_worn(self, status: ids.Status) -> bool:
        return False
