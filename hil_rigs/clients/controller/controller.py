"""CGM and pump together: every fresh reading is one decision, and without one the pump is left to its own profile."""

import asyncio
from collections.abc import Mapping, Sequence

from isletbench.emulator.collectors.collector import Collector
from isletbench.hil_rigs.clients.controller.alerts import Alerts, ReportBelief
from isletbench.hil_rigs.clients.controller.blood_tests import StoredTest
from isletbench.hil_rigs.clients.controller.glucose import GlucoseFollower
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.meter import MeterReader
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from isletbench.hil_rigs.clients.controller.pump import Automation, PumpDriver
from isletbench.hil_rigs.clients.controller.readings import Reading
from isletbench.hil_rigs.clients.controller.session import OnFailure, Session, ignore
from isletbench.hil_rigs.clients.controller.user_requests import UserRequest

LOW_MG_DL, HIGH_MG_DL = 80.0, 150.0
AHEAD_MIN = 30.0
"""How far the straight line through the last two readings is extended."""
FRESH_S = 20 * 60.0
"""After so long without a reading the mode is open loop: the pump is left to its profile."""
TREND_S = 15 * 60.0
"""Two readings that are further apart make no trend."""
VERY_HIGH_MG_DL = 250.0
HIGH_FOR_S = 90 * 60.0
"""After so long above that, the user is notified to look at pump and infusion set."""
REPORTS = ("dose", "reading", "basal", "mode", "alert")
"""The kinds of belief that it reports."""
OF_THE_CGM = frozenset({"start_session", "calibrate"})
"""What a user wants of a sensor."""
OF_THE_METER = frozenset({"delete_tests"})
"""What a user wants of a meter; where there is no pump, setting its clock besides."""


class Controller:
    """Runs on the devices it is given collectors for: a CGM, a pump, a meter."""

    def __init__(
        self,
        collectors: Mapping[str, Collector],
        report: ReportBelief,
        *,
        requests: Sequence[UserRequest] = (),
        automation: Automation | None = None,
        on_failure: OnFailure = ignore,
        parts: Parts = CAREFUL,
    ) -> None:
        self._report = report
        self._alerts = alerts = parts.of(Alerts)(report)
        self._last: Reading | None = None
        """The reading of the last decision."""
        self._high_since: float | None = None
        self._mode = ""
        self.tasks = asyncio.TaskGroup()
        """Everything that runs until the controller is cancelled."""
        self.cgm: GlucoseFollower | None = None
        self.pump: PumpDriver | None = None

        def session(device: str) -> Session:
            return parts.of(Session)(collectors[device], device, on_failure=on_failure)

        if "cgm" in collectors:
            of_the_cgm = [request for request in requests if request.do in OF_THE_CGM]
            self.cgm = parts.of(GlucoseFollower)(
                session("cgm"), report, alerts, self.on_reading, requests=of_the_cgm, parts=parts
            )
        self.meter: MeterReader | None = None
        if "meter" in collectors:
            of_the_meter = OF_THE_METER if "pump" in collectors else OF_THE_METER | {"set_clock"}
            wanted = [request for request in requests if request.do in of_the_meter]
            self.meter = parts.of(MeterReader)(session("meter"), report, alerts, self.on_test, requests=wanted, parts=parts)
        if "pump" in collectors:
            of_the_pump = [request for request in requests if request.do not in OF_THE_CGM | OF_THE_METER]
            self.pump = parts.of(PumpDriver)(
                session("pump"), report, alerts, requests=of_the_pump, automation=automation, parts=parts
            )

    async def run(self) -> None:
        """Run until cancelled."""
        decides = self.pump is not None and self.pump.closed_loop is not None
        tests = () if self.meter is None else ("blood_test",)
        self._report({"belief": "reports", "kinds": [*REPORTS, *tests, *(("forecast", "decision") if decides else ())]})
        async with self.tasks:
            if self.cgm is not None:
                self.tasks.create_task(self.cgm.run())
            if self.meter is not None:
                self.tasks.create_task(self.meter.run())
            if self.pump is not None:
                self.tasks.create_task(self.pump.run())
                self.tasks.create_task(self._report_mode(self.pump))
                self.tasks.create_task(self._discard_old_reading())

    def on_reading(self, reading: Reading) -> None:
        """A new, fresh and usable reading has come: decide, once."""
        self.decide(reading)

    def on_test(self, test: StoredTest) -> None:
        """A test of blood was read from the meter."""
        if self.cgm is not None:
            self.cgm.calibrator.new_test(test)

    def decide(self, reading: Reading) -> None:
        """Decide with the algorithm, where there is one; else on less basal insulin when glucose goes low, on more when it goes
        high."""
        last, self._last = self._last, reading
        if self.pump is None or reading.mg_dl is None:
            return
        ahead = reading.mg_dl
        if last is not None and last.mg_dl is not None and 0 < reading.measured - last.measured < TREND_S:
            ahead += (reading.mg_dl - last.mg_dl) / (reading.measured - last.measured) * 60 * AHEAD_MIN
        self._watch_high(reading.mg_dl, reading.measured)
        if self.pump.closed_loop is not None and self.cgm is not None:
            self.pump.closed_loop.new_reading(reading, self.cgm.usable)
        else:
            self.pump.basal.factor = self._basal_factor(ahead)
        self.pump.loop.wake.set()

    def _basal_factor(self, ahead: float) -> float:
        """What basal insulin is multiplied with for the glucose (mg/dL) that lies ahead: within bounds."""
        return 0.0 if ahead < LOW_MG_DL else 1.5 if ahead > HIGH_MG_DL else 1.0

    def _watch_high(self, mg_dl: float, measured: float) -> None:
        """Raise an alert for glucose that stays high in spite of insulin: perhaps none arrives, and no pump can know."""
        if mg_dl < VERY_HIGH_MG_DL:
            self._high_since = None
        elif self._high_since is None:
            self._high_since = measured
        self._alerts.set("high_glucose", self._high_since is not None and measured - self._high_since > HIGH_FOR_S)

    async def _report_mode(self, pump: PumpDriver) -> None:
        """Report the mode of operation when it changes."""
        while True:
            await asyncio.sleep(60)
            is_fresh = self._last is not None and now() - self._last.measured < FRESH_S
            is_reachable = now() - pump.loop.last_contact < FRESH_S
            decides = pump.closed_loop is None or now() - pump.closed_loop.decided_at < FRESH_S
            adjusts = is_fresh and is_reachable and decides
            mode = "stopped" if not pump.status.may_deliver else "closed_loop" if adjusts else "open_loop"
            if mode != self._mode:
                self._mode = mode
                self._report({"belief": "mode", "mode": mode})

    async def _discard_old_reading(self) -> None:
        """Discard the last reading when it is too old for any decision, and for a trend with a reading that comes late."""
        while True:
            if self._last is not None and now() - self._last.measured > FRESH_S + TREND_S:
                self._last = None
            await asyncio.sleep(300)
