"""Careless clients: numbers in the wrong unit, of the wrong kind, or of another time."""

import math
from dataclasses import replace
from datetime import datetime, timedelta

from isletbench.hil_rigs.clients.controller.basal import BasalAdjustment
from isletbench.hil_rigs.clients.controller.bolus import BolusDelivery
from isletbench.hil_rigs.clients.controller.delivered_totals import DeliveredTotals
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.pump_clock import TIME, PumpClock
from isletbench.hil_rigs.clients.controller.readings import ReadingStore
from isletbench.hil_rigs.clients.controller.timeline import ZERO
from isletbench.hil_rigs.clients.controller.user_requests import UserRequest
from isletbench.protocols import cgms, companions, ids
from isletbench.protocols.companions import AdjustReason, CurrentTime
from isletbench.protocols.date_time import DateTime
from isletbench.protocols.ids import TbrType

MG_DL_PER_MMOL_L = 18.0
MOST_MINUTES = 1_440
ZONE = timedelta(hours=2)


class AbsoluteForPercent(BasalAdjustment):
    """The client sends 150 % of the profile as an absolute rate of 15 U/h.

    Report: openaps/oref0#1395 (DLV-26).
    """

    async def _set(self, kind: TbrType, value: float, minutes: int, active: ids.GetActiveBasalRateDeliveryResponse) -> None:
        await super()._set(TbrType.ABSOLUTE, round(10 * value, 1), minutes, active)


class MinutesForHours(BasalAdjustment):
    """The client takes the duration of a temp basal for hours: half an hour becomes a day.

    Shown by: CGM-16.
    """

    async def _set(self, kind: TbrType, value: float, minutes: int, active: ids.GetActiveBasalRateDeliveryResponse) -> None:
        await super()._set(kind, value, min(60 * minutes, MOST_MINUTES), active)


class TenFold(BolusDelivery):
    """The client loses the decimal point: it gives ten times the amount that its user wants.

    Shown by: DLV-01, DLV-02.
    """

    def _deliverable(self, units: float) -> float:
        return round(10 * super()._deliverable(units), 6)


class RoundsToWholeUnits(BolusDelivery):
    """The client rounds every amount up to whole units.

    Shown by: CLK-01.
    """

    def _deliverable(self, units: float) -> float:
        return float(math.ceil(units))


class GivesItAllAtOnce(BolusDelivery):
    """The client gives as a fast bolus what its user wants over an hour.

    Shown by: HIS-06.
    """

    async def _give(self, request: UserRequest) -> None:
        self._requests.take(request)
        await super()._give(replace(request, minutes=0))


class MmolForMgDl(ReadingStore):
    """The client takes mg/dL for mmol/L, and converts what needs no conversion.

    Shown by: CGM-01.
    """

    def _glucose(self, measurement: cgms.Measurement) -> tuple[float | None, bool]:
        glucose, is_usable = super()._glucose(measurement)
        return None if glucose is None else glucose * MG_DL_PER_MMOL_L, is_usable


class YesterdaysProfile(DeliveredTotals):
    """The client logs basal insulin by the rate that it saw when it was set up, whatever has been set since.

    Report: nightscout/AndroidAPS#2524 (DLV-16).
    """

    _first: float | None = None
    """The first rate seen, U/h."""

    async def _basal_delivered(self, counted: float) -> float:
        if self._first is None:
            self._first = 3_600 * counted / now()
        return self._first * now() / 3_600


class AmForPm(PumpClock):
    """The client reads a clock of 24 hours as one of 12: the afternoon is the morning.

    Shown by: CLK-05.
    """

    async def _read(self) -> datetime | None:
        shown = await super()._read()
        return None if shown is None else shown.replace(hour=shown.hour % 12)


class WrongZoneSign(PumpClock):
    """The client subtracts the offset of its time zone from the time that it sets where it has to be added.

    Report: LoopKit/Loop#489 (CLK-03).
    """

    async def set_right(self) -> bool:
        right = ZERO + timedelta(seconds=now() + (self._ahead or 0.0)) - 2 * ZONE
        current = CurrentTime(DateTime.of(right), right.isoweekday(), 0, AdjustReason.MANUAL_TIME_UPDATE)
        await self._session.collector.write(TIME, companions.TIME.encode(current, protected=False))
        return True
