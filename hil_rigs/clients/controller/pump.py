"""Driving a pump: look before every command, know what became of every dose, and leave the pump to itself when in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass

from isletbench.hil_rigs.clients.algorithms.contract import Algorithm
from isletbench.hil_rigs.clients.algorithms.settings import Settings
from isletbench.hil_rigs.clients.controller.activation import Activation
from isletbench.hil_rigs.clients.controller.alerts import Alerts, ReportBelief
from isletbench.hil_rigs.clients.controller.annunciations import Annunciations
from isletbench.hil_rigs.clients.controller.basal import BasalAdjustment
from isletbench.hil_rigs.clients.controller.basal_log import BasalLog
from isletbench.hil_rigs.clients.controller.bolus import BolusDelivery
from isletbench.hil_rigs.clients.controller.closed_loop import ClosedLoop
from isletbench.hil_rigs.clients.controller.delivered_totals import DeliveredTotals
from isletbench.hil_rigs.clients.controller.doses import DoseLog
from isletbench.hil_rigs.clients.controller.effect_watch import EffectWatch
from isletbench.hil_rigs.clients.controller.ended_boluses import EndedBolusReconciler
from isletbench.hil_rigs.clients.controller.history import History
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.parts import CAREFUL, Parts
from isletbench.hil_rigs.clients.controller.pump_clock import PumpClock
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.hil_rigs.clients.controller.reconnect import ReconnectLoop
from isletbench.hil_rigs.clients.controller.reservoir import ReservoirWatch
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.hil_rigs.clients.controller.user_commands import UserCommands
from isletbench.hil_rigs.clients.controller.user_requests import PendingRequests, UserRequest


@dataclass(frozen=True, slots=True)
class Automation:
    """What closes the loop: an algorithm, and the person's settings."""

    algorithm: Algorithm
    settings: Settings


ROUND_S = 120.0
BUSY_ROUND_S = 30.0
"""While a bolus is open, or the pump is being activated."""
HISTORY_EVERY_S = 1_800.0


class PumpDriver:
    """Builds what deals with a pump, and lets each part do its work in turn."""

    def __init__(
        self,
        session: Session,
        report: ReportBelief,
        alerts: Alerts,
        *,
        requests: Sequence[UserRequest] = (),
        automation: Automation | None = None,
        parts: Parts = CAREFUL,
    ) -> None:
        alerts = alerts.of(session.device)
        self._session, self._alerts = session, alerts
        self.loop = parts.of(ReconnectLoop)(session, alerts)
        self._requests = PendingRequests(requests, alerts)
        self._doses = parts.of(DoseLog)(report)
        self._annunciations = parts.of(Annunciations)(session, alerts)
        self.status = parts.of(PumpStatus)(session, self.loop, alerts, self._annunciations)
        clock = parts.of(PumpClock)(session, alerts)
        self._deliveries = parts.of(BasalLog)()
        readers = (self._doses.read, self._deliveries.read)
        self._history = parts.of(History)(session, readers, clock, self._annunciations.past)
        self._totals = parts.of(DeliveredTotals)(session, self._doses, self.status, alerts, parts.of(ReservoirWatch)())
        self._ended = parts.of(EndedBolusReconciler)(self._doses, self._history, alerts, self._totals.bolus)
        self._bolus = parts.of(BolusDelivery)(
            session,
            doses=self._doses,
            requests=self._requests,
            status=self.status,
            totals=self._totals,
            ended=self._ended,
            alerts=alerts,
        )
        self.basal = parts.of(BasalAdjustment)(session, self._doses, self.status, alerts)
        self._commands = parts.of(UserCommands)(
            session,
            requests=self._requests,
            status=self.status,
            history=self._history,
            clock=clock,
            annunciations=self._annunciations,
            activation=parts.of(Activation)(session, alerts, self.status),
        )
        self.closed_loop: ClosedLoop | None = None
        if automation is not None:
            self.closed_loop = parts.of(ClosedLoop)(
                session,
                automation.algorithm,
                automation.settings,
                report,
                doses=self._doses,
                deliveries=self._deliveries,
                requests=self._requests,
                basal=self.basal,
                bolus=self._bolus,
                clock=clock,
                status=self.status,
                effect=parts.of(EffectWatch)(alerts),
            )
        self._history_next = 0.0
        self._serial_number: str | None = None

    async def run(self) -> None:
        """Run until cancelled."""
        await self.loop.run(self._work)

    async def _work(self) -> None:
        await self._on_connected()
        await self._catch_up()
        while True:
            if self.closed_loop is not None:
                await self.closed_loop.announce_meals()
            await self._commands.obey()
            await self._bolus.give_next()
            if self.closed_loop is not None:
                await self.closed_loop.cycle()
            await self.basal.adjust()
            if self._totals.is_due:
                await self._totals.log_basal()
            await self.loop.while_connected(self._pause())
            await self._catch_up()

    async def _on_connected(self) -> None:
        """Find out which pump it is: another one has another history, and numbers that mean something else."""
        self._history_next = 0.0
        if self.closed_loop is not None:
            self.closed_loop.on_connected()
        serial_number = await self._session.serial_number()
        if serial_number is None:
            return
        if self._serial_number not in {None, serial_number}:
            self._another_pump()
        self._serial_number = serial_number

    def _another_pump(self) -> None:
        """Forget what was known of the pump before."""
        self._doses.another_pump()
        self._deliveries.begin_anew()
        self._history.begin_anew()
        self._annunciations.begin_anew(self.loop.last_contact)
        self._totals.begin_anew()

    def _pause(self) -> float:
        """Until the next round, s: shorter while there is much to do, or where the user wants something earlier."""
        is_busy = self._doses.is_open or any(request.do == "activate" for request in self._requests.due(now()))
        usual = BUSY_ROUND_S if is_busy else ROUND_S
        next_at = self._requests.next_at
        until = usual if next_at is None else next_at - now()
        return min(usual, until) if until > 0 else usual

    async def _catch_up(self) -> None:
        """Find out everything that may have happened meanwhile. Raises one of ``COMMUNICATION_ERRORS``."""
        await self.status.look()
        decides = self.closed_loop is not None and self.closed_loop.is_due
        if decides or self._doses.is_open or self._requests.due(now()) or now() >= self._history_next:
            active = await self._bolus.look_at_running()
            await self._history.catch_up(self._is_urgent)
            self._history_next = now() + (0.0 if self._history.is_behind else HISTORY_EVERY_S)
            await self._ended.reconcile(active, now())
        if self._doses.open_question is not None:
            await self._bolus.resolve(self._doses.open_question)
        self._alerts.set("uncertain_dose", self._doses.has_uncertain)

    def _is_urgent(self) -> bool:
        """Whether the user waits for something, and nothing in the history can speak against it."""
        return bool(self._requests.due(now())) and self._doses.open_question is None
