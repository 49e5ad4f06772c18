"""CGM and pump together: every fresh reading is one decision, and without one the pump is left to its own profile."""

import asyncio
from collections.abc import Mapping, Sequence

from isletbench.emulator.collectors.collector import Collector
from isletbench.hil_rigs.clients.controller.glucose import GlucoseSide, Reading
from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.living import Alerts, Living, Tell
from isletbench.hil_rigs.clients.controller.pump import PumpSide
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.wishes import Wish

LOW_MG_DL, HIGH_MG_DL = 80.0, 150.0
AHEAD_MIN = 30.0
"""How far a straight line through the last two readings is drawn."""
FRESH_S = 20 * 60.0
"""Without a reading for so long it says that it leaves the pump to its profile."""
VERY_HIGH_MG_DL = 250.0
HIGH_FOR_S = 90 * 60.0
"""So long above that, and its user is told to look at pump and infusion set."""
REPORTS = {"belief": "reports", "kinds": ["dose", "reading", "basal", "mode", "alert"]}


class Controller:
    """Lives on the devices it is given collectors for: a CGM, a pump, or both."""

    def __init__(self, collectors: Mapping[str, Collector], habits: Habits, tell: Tell, wishes: Sequence[Wish] = ()) -> None:
        self._tell, self._habits = tell, habits
        self._alerts = alerts = Alerts(tell, habits)
        self._last: Reading | None = None
        self._high_since: float | None = None
        self._noted: Reading | None = None
        self._mode = ""
        self.pump: PumpSide | None = None
        self.sides: list[Living] = []
        if "cgm" in collectors:
            on_reading = self._decide if habits.decides_when_a_reading_comes else self._note
            starts = [wish for wish in wishes if wish.do == "start_session"]
            session = Session(collectors["cgm"], "cgm")
            self.sides.append(GlucoseSide(session, habits, tell, alerts, on_reading, wishes=starts))
        if "pump" in collectors:
            session = Session(collectors["pump"], "pump", assumes_the_model=not habits.asks_what_a_device_can)
            of_the_pump = [wish for wish in wishes if wish.do != "start_session"]
            self.pump = PumpSide(session, habits, tell, alerts, of_the_pump)
            self.sides.append(self.pump)

    async def live(self) -> None:
        """Until it is cancelled."""
        self._tell(REPORTS)
        async with asyncio.TaskGroup() as group:
            for side in self.sides:
                group.create_task(side.live())
            if self.pump is not None:
                group.create_task(self._tell_mode(self.pump))
                group.create_task(self._decide_by_the_clock())

    def _note(self, reading: Reading) -> None:
        self._noted = reading

    async def _decide_by_the_clock(self) -> None:
        """What careless clients do: decide every five minutes, on whatever has come by then."""
        while True:
            if self._noted is not None:
                self._decide(self._noted)
            await asyncio.sleep(300)

    def _decide(self, reading: Reading) -> None:
        """Less insulin when it goes low, more when it goes high."""
        last, self._last = self._last, reading
        if self.pump is None or reading.mg_dl is None:
            return
        ahead = reading.mg_dl
        if last is not None and last.mg_dl is not None and 0 < reading.measured - last.measured < 900:
            ahead += (reading.mg_dl - last.mg_dl) / (reading.measured - last.measured) * 60 * AHEAD_MIN
        self._watch_high(reading.mg_dl, reading.measured)
        self.pump.factor = 0.0 if ahead < LOW_MG_DL else 1.5 if ahead > HIGH_MG_DL else 1.0
        if not self._habits.bounds_its_adjustments:
            self.pump.factor = round(max(ahead, 0.0) / LOW_MG_DL, 1)
        self.pump.nudge.set()

    def _watch_high(self, mg_dl: float, measured: float) -> None:
        """Glucose that stays high in spite of the insulin: perhaps none arrives, and no pump can tell (DLV-10)."""
        if mg_dl < VERY_HIGH_MG_DL:
            self._high_since = None
        elif self._high_since is None:
            self._high_since = measured
        self._alerts.set("high_glucose", self._high_since is not None and measured - self._high_since > HIGH_FOR_S)

    async def _tell_mode(self, pump: PumpSide) -> None:
        """Say what it is doing, when that changes."""
        while True:
            await asyncio.sleep(60)
            fresh = self._last is not None and pump.now() - self._last.measured < FRESH_S
            reached = pump.now() - pump.last_contact < FRESH_S
            mode = "stopped" if not pump.may_deliver else "closed_loop" if fresh and reached else "open_loop"
            if mode != self._mode:
                self._mode = mode
                self._tell({"belief": "mode", "mode": mode})
