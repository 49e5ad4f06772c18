"""Basal insulin: what a reading has decided is carried out as a temp basal that ends by itself."""

import math

from isletbench.hil_rigs.clients.algorithms.contract import TempBasal
from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.bolus import STEP_U
from isletbench.hil_rigs.clients.controller.doses import DoseLog
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.protocols import ids
from isletbench.protocols.ids import BasalContext, Feature, TbrType

TEMP_BASAL_MIN = 30
"""A temp basal ends by itself after so long: what is set once does not outlive the client."""
LASTS_MIN = 12
"""A temp basal that lasts for so long outlasts two readings, and need not be set again."""


class BasalAdjustment:
    """Sets and cancels temp basals."""

    def __init__(self, session: Session, doses: DoseLog, status: PumpStatus, alerts: Alerts) -> None:
        self._session, self._doses, self._status, self._alerts = session, doses, status, alerts
        self.factor: float | None = None
        """What basal insulin is to be multiplied with; None: nothing new was decided."""

    async def adjust(self) -> None:
        """Carry out what the last reading has decided, where nothing speaks against it. Raises one of
        ``COMMUNICATION_ERRORS``."""
        factor = self._take_factor()
        if factor is None or not self._status.may_deliver or self._doses.is_open:
            return
        basal = await self._session.active_basal()
        if basal is None:
            return
        if factor != 1.0:
            await self._set_temp_basal(factor, basal)
        elif basal.tbr_type is not None:
            await self._session.ask(ids.COMMAND_POINT, ids.CancelTbrAdjustment())

    async def follow(self, temp: TempBasal, active: ids.GetActiveBasalRateDeliveryResponse) -> None:
        """Carry out what an algorithm has decided, with ``active`` as the basal rate that is delivered; a temp basal that runs
        already and lasts long enough is left alone. Raises one of ``COMMUNICATION_ERRORS``."""
        if temp.minutes <= 0:
            if active.tbr_type is not None:
                await self._session.ask(ids.COMMAND_POINT, ids.CancelTbrAdjustment())
            return
        kind, value = self._in_pump_terms(temp.rate, active)
        runs = active.tbr_type is kind and active.tbr_adjustment == value
        if not runs or (active.tbr_duration_remaining or 0) < LASTS_MIN:
            await self._set(kind, value, min(temp.minutes, TEMP_BASAL_MIN), active)

    def _in_pump_terms(self, rate: float, active: ids.GetActiveBasalRateDeliveryResponse) -> tuple[TbrType, float]:
        """A rate (U/h) as a temp basal that this pump can have: absolute, or else a share of its profile in percent."""
        if Feature.TBR_ABSOLUTE in self._session.features or not isinstance(active.config_value, float):
            return TbrType.ABSOLUTE, round(math.floor(rate / STEP_U + 1e-6) * STEP_U, 6)
        return TbrType.RELATIVE, math.floor(100 * rate / active.config_value + 1e-6) / 100 if active.config_value else 0.0

    def _take_factor(self) -> float | None:
        """What was decided, once: without a new reading the pump falls back to its own profile."""
        factor, self.factor = self.factor, None
        return factor

    async def _set_temp_basal(self, factor: float, basal: ids.GetActiveBasalRateDeliveryResponse) -> None:
        kind, value = TbrType.RELATIVE, factor
        if Feature.TBR_RELATIVE not in self._session.features and isinstance(basal.config_value, float):
            kind, value = TbrType.ABSOLUTE, round(math.floor(basal.config_value * factor / STEP_U + 1e-6) * STEP_U, 6)
        await self._set(kind, value, TEMP_BASAL_MIN, basal)

    async def _set(self, kind: TbrType, value: float, minutes: int, active: ids.GetActiveBasalRateDeliveryResponse) -> None:
        change = active.tbr_type is not None
        temp = ids.SetTbrAdjustment(kind, value, minutes, context=BasalContext.AP_CONTROLLER, change=change)
        await self._session.ask(ids.COMMAND_POINT, temp)
        await self._verify(value)

    async def _verify(self, value: float) -> None:
        """Read the temp basal back: one of another value is cancelled, and the user notified."""
        made = await self._session.active_basal()
        if made is not None and made.tbr_type is not None and made.tbr_adjustment != value:
            self._alerts.set("pump_fault")
            await self._session.ask(ids.COMMAND_POINT, ids.CancelTbrAdjustment())
