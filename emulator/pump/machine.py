"""The pump: a reservoir, a basal schedule, boluses, and what may flow when. It knows no wire.

Every method takes the time; nothing happens between two calls that ``advance`` would not have done at its own instant.
Refusals are ``Refused``, with the answer the specification has for them. Source: IDS 1.0.2, sections 3.7 and 3.10.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from emulator.device import Ledger
from emulator.pump.annunciations import Annunciation, Annunciations
from emulator.pump.basal import DAY, Accumulator, Schedule
from emulator.pump.bolus import Bolus
from emulator.pump.history import History
from emulator.pump.profile import PumpProfile
from emulator.pump.reservoir import Reservoir
from emulator.quantities import Instant, Insulin, Rate, Span, in_units
from protocols import ids
from protocols.date_time import DateTime
from protocols.fields import DstOffset
from protocols.ids import (
    AnnunciationStatus,
    AnnunciationType,
    BolusActivation,
    BolusEndReason,
    BolusType,
    OperationalState,
    Response,
    StatusFlag,
    TherapyControlState,
)

NOTHING = StatusFlag(0)
STOP, PAUSE, RUN = TherapyControlState.STOP, TherapyControlState.PAUSE, TherapyControlState.RUN

THERAPY: Mapping[tuple[TherapyControlState, TherapyControlState], str] = {
    (STOP, RUN): "resume",
    (RUN, STOP): "stop",
    (RUN, PAUSE): "pause",
    (PAUSE, RUN): "resume",
    (PAUSE, STOP): "stop",
}
"""Therapy control: (from, to) and what it does to deliveries. To ask for the state it is in changes nothing; what is absent
(a stopped pump has nothing to pause) is refused."""


class Refused(Exception):
    """The pump will not do this; ``response`` is the answer."""

    def __init__(self, response: Response, why: str) -> None:
        super().__init__(why)
        self.response = response


class Pump:
    """A pump of one profile. Instant 0 is power-on, at the local date and time ``epoch``.

    ``basal`` is (start in ms since midnight, rate in uU/h), ascending from 0; ``reservoir`` what is filled in, uU.
    """

    def __init__(
        self,
        profile: PumpProfile,
        *,
        epoch: datetime,
        basal: Sequence[tuple[Span, Rate]],
        reservoir: Insulin,
        seed: int,
    ) -> None:
        self.profile = profile
        self.epoch = epoch
        self.ledger = Ledger()
        self.history = History(profile.history)
        self.reservoir = Reservoir(reservoir)
        self.annunciations = Annunciations()
        self.therapy = RUN
        self.operational = OperationalState.READY
        self.boluses: dict[int, Bolus] = {}
        self.changed = StatusFlag(0)
        self.revision = 0
        """Grows with every change a client may want to hear of."""
        self.delivered_rate: Rate = 0
        """The basal rate that flows now, uU/h."""
        self.bolus_total: Insulin = 0
        self.basal_total: Insulin = 0
        self.bolus_today: Insulin = 0
        self.basal_today: Insulin = 0
        self._schedule = Schedule(basal)
        self._midnight_offset = round(
            (epoch - epoch.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(milliseconds=1)
        )
        self._next_midnight: Instant = DAY - self._midnight_offset
        self._now: Instant = 0
        self._owed = Accumulator(profile.pulse, 0)
        self._last_pulse: Instant = -profile.pulse_spacing
        self._last_bolus_id = 0
        self._next_reference: Instant = 0
        self._rate: Rate = 0
        self._low_told = False
        self._reference_time(0)
        self._basal_changes(0)

    # The day

    def clock(self, now: Instant) -> datetime:
        """What the pump's own clock shows."""
        return self.epoch + timedelta(milliseconds=now)

    def _time_of_day(self, now: Instant) -> Span:
        return (self._midnight_offset + now) % DAY

    @property
    def basal_rate(self) -> Rate:
        """The rate in force by the schedule, whether or not therapy runs, uU/h."""
        return self._schedule.rate(self._time_of_day(self._now))

    # Time

    @property
    def next_deadline(self) -> Instant | None:
        """The next pulse, block of the day, midnight, reference time or end of a snooze."""
        block = self._now + self._schedule.until_next_block(self._time_of_day(self._now))
        candidates = [
            block,
            self._next_midnight,
            self._next_reference,
            self._basal_due(),
            self._bolus_due(),
            self.annunciations.next_deadline,
        ]
        return min(instant for instant in candidates if instant is not None)

    def _basal_due(self) -> Instant | None:
        if self.therapy is not RUN:
            return None
        due = self._owed.due(self._rate)
        return None if due is None else max(due, self._last_pulse + self.profile.pulse_spacing)

    def _bolus_due(self) -> Instant | None:
        if self.therapy is not RUN:
            return None
        return min((bolus.next_pulse for bolus in self.boluses.values()), default=None)

    def advance(self, now: Instant) -> None:
        """Let everything happen that falls due by ``now``, each at its own instant, in order."""
        while (due := self.next_deadline) is not None and due <= now:
            self._happen(due)
        self._pass_to(now)

    def _pass_to(self, now: Instant) -> None:
        """Time passes at the rate in force; owed insulin grows while therapy runs or is paused, not while it is stopped."""
        self._owed.accrue(self._rate, now)
        self._now = now

    def _happen(self, at: Instant) -> None:
        self._pass_to(at)
        if at >= self._next_reference:
            self._reference_time(at)
        self._basal_changes(at)
        for annunciation in tuple(self.annunciations.active.values()):
            if annunciation.quiet_until is not None and annunciation.quiet_until <= at:
                self._set_annunciation(annunciation, AnnunciationStatus.PENDING, at)
        if (due := self._bolus_due()) is not None and due <= at:
            self._bolus_pulse(next(b for b in self.boluses.values() if b.next_pulse == due), at)
        if (due := self._basal_due()) is not None and due <= at:
            self._basal_pulse(at)
        if at >= self._next_midnight:  # after the pulses: what fell due by midnight belongs to the day that ends
            self._midnight(at)

    def _midnight(self, at: Instant) -> None:
        day = self.clock(at) - timedelta(days=1)
        told = ids.TotalDailyInsulinDelivery(_iu(self.bolus_today), _iu(self.basal_today), day.year, day.month, day.day)
        self._record(at, told, changed=StatusFlag.TOTAL_DAILY_INSULIN)
        self.bolus_today = self.basal_today = 0
        self._next_midnight = at + DAY

    def _reference_time(self, at: Instant) -> None:
        reason = ids.RecordingReason.SET_DATE_TIME if at == 0 else ids.RecordingReason.PERIODIC
        self._record(at, ids.ReferenceTime(reason, DateTime.of(self.clock(at)), None, DstOffset.UNKNOWN))
        self._next_reference = at + self.profile.reference_time_every

    def _basal_changes(self, at: Instant) -> None:
        """Follow the schedule and the therapy state; a delivered rate that is another one is written down.

        A stopped pump owes no basal; a paused one delivers none but goes on owing, and makes up for it (IDS 1.0.2, 3.3.1.1).
        """
        self._rate = 0 if self.therapy is STOP else self.basal_rate
        delivered = self._rate if self.therapy is RUN else 0
        if delivered == self.delivered_rate:
            return
        event = ids.DeliveredBasalRateChanged(_iu(self.delivered_rate), _iu(delivered), ids.BasalContext.DEVICE_BASED)
        self.delivered_rate = delivered
        self.ledger.write(at, "basal_rate", uu_per_h=delivered)
        self._record(at, event, changed=StatusFlag.ACTIVE_BASAL_RATE)

    # Pulses

    def _pulse(self, at: Instant, cause: str, **fields: Any) -> bool:
        """Deliver one pulse, if there is one left to deliver."""
        if not self.reservoir.take(self.profile.pulse):
            self._run_dry(at)
            return False
        self._last_pulse = at
        self.ledger.write(at, "pulse", uu=self.profile.pulse, cause=cause, **fields, reservoir_uu=self.reservoir.remaining)
        self._changes(StatusFlag.RESERVOIR)
        if self.reservoir.remaining <= self.profile.low_reservoir and not self._low_told:
            self._low_told = True
            self._raise(AnnunciationType.RESERVOIR_LOW, at)
        return True

    def _basal_pulse(self, at: Instant) -> None:
        if self._pulse(at, "basal"):
            self._owed.pay()
            self.basal_total += self.profile.pulse
            self.basal_today += self.profile.pulse

    def _bolus_pulse(self, bolus: Bolus, at: Instant) -> None:
        if not self._pulse(at, "bolus", bolus_id=bolus.id):
            return
        bolus.delivered += self.profile.pulse
        bolus.next_pulse = at + self.profile.pulse_spacing
        self.bolus_total += self.profile.pulse
        self.bolus_today += self.profile.pulse
        if not bolus.remaining:
            self._end_bolus(bolus, BolusEndReason.AMOUNT_DELIVERED, at)

    def _run_dry(self, at: Instant) -> None:
        """Not a whole pulse is left: delivery ends, and the user is told."""
        raised = self._raise(AnnunciationType.RESERVOIR_EMPTY, at)
        for bolus in tuple(self.boluses.values()):
            self._end_bolus(bolus, BolusEndReason.ERROR_ABORT, at, raised.instance_id)
        self._become(STOP, at)
        self._record(
            at, ids.OperationalStateChanged(self.operational, OperationalState.WAITING), changed=StatusFlag.OPERATIONAL_STATE
        )
        self.operational = OperationalState.WAITING

    # Boluses

    def set_bolus(
        self,
        amount: Insulin,
        now: Instant,
        *,
        activation: BolusActivation | None = None,
        correction: bool = False,
        meal: bool = False,
    ) -> Bolus:
        """Begin a fast bolus of ``amount`` uU; its first pulse follows after one spacing. Raises ``Refused``."""
        if self.therapy is not RUN:
            raise Refused(Response.PROCEDURE_NOT_APPLICABLE, f"therapy is {self.therapy.name}")
        if not 0 < amount <= self.profile.max_bolus or amount % self.profile.pulse:
            pulse, most = in_units(self.profile.pulse), in_units(self.profile.max_bolus)
            raise Refused(
                Response.PARAMETER_OUT_OF_RANGE, f"{in_units(amount)} U is not a multiple of {pulse} U up to {most} U"
            )
        if self.boluses:
            raise Refused(Response.MAXIMUM_BOLUS_NUMBER_REACHED, f"bolus {min(self.boluses)} is running")
        self._last_bolus_id = self._last_bolus_id % 0xFFFF + 1
        first = now + self.profile.pulse_spacing
        bolus = Bolus(self._last_bolus_id, amount, now, first, activation=activation, correction=correction, meal=meal)
        self.boluses[bolus.id] = bolus
        self.ledger.write(now, "bolus_programmed", bolus_id=bolus.id, uu=amount)
        self._record(
            now,
            ids.BolusProgrammed1Of2(bolus.id, BolusType.FAST, _iu(amount), 0.0, 0),
            ids.BolusProgrammed2Of2(activation_type=activation, correction=correction, meal=meal),
            changed=StatusFlag.ACTIVE_BOLUS,
        )
        return bolus

    def cancel_bolus(self, bolus_id: int, now: Instant) -> Bolus:
        """End a running bolus where it stands. Raises ``Refused``."""
        bolus = self.bolus(bolus_id)
        self._end_bolus(bolus, BolusEndReason.CANCELED, now)
        return bolus

    def bolus(self, bolus_id: int) -> Bolus:
        """The running bolus of this id. Raises ``Refused``."""
        try:
            return self.boluses[bolus_id]
        except KeyError:
            raise Refused(Response.PROCEDURE_NOT_APPLICABLE, f"no bolus {bolus_id} is running") from None

    def _end_bolus(self, bolus: Bolus, reason: BolusEndReason, at: Instant, annunciation: int | None = None) -> None:
        del self.boluses[bolus.id]
        self.ledger.write(at, "bolus_ended", bolus_id=bolus.id, delivered_uu=bolus.delivered, reason=reason.name)
        self._record(
            at,
            ids.BolusDelivered1Of2(bolus.id, BolusType.FAST, _iu(bolus.delivered), 0.0, 0),
            ids.BolusDelivered2Of2(0, bolus.activation, reason, annunciation),
            ids.ReservoirRemainingAmountChanged(_iu(self.reservoir.remaining)),
            changed=StatusFlag.ACTIVE_BOLUS | StatusFlag.TOTAL_DAILY_INSULIN | StatusFlag.RESERVOIR,
        )

    # Therapy

    def set_therapy(self, wanted: TherapyControlState, now: Instant) -> None:
        """Take this therapy control state. Raises ``Refused``."""
        if wanted is TherapyControlState.UNDETERMINED:
            raise Refused(Response.INVALID_OPERAND, "undetermined is no state to take")
        if wanted is self.therapy:
            return
        if (self.therapy, wanted) not in THERAPY:
            raise Refused(Response.PROCEDURE_NOT_APPLICABLE, f"no way from {self.therapy.name} to {wanted.name}")
        if wanted is RUN and self.operational is not OperationalState.READY:
            raise Refused(Response.PROCEDURE_NOT_APPLICABLE, f"the pump is {self.operational.name}")
        if wanted is STOP:
            for bolus in tuple(self.boluses.values()):
                self._end_bolus(bolus, BolusEndReason.CANCELED, now)
        self._become(wanted, now)

    def _become(self, state: TherapyControlState, at: Instant) -> None:
        self._record(at, ids.TherapyControlStateChanged(self.therapy, state), changed=StatusFlag.THERAPY_CONTROL_STATE)
        self.therapy = state
        self.ledger.write(at, "therapy", state=state.name)
        for bolus in self.boluses.values():
            bolus.next_pulse = max(bolus.next_pulse, at)
        self._basal_changes(at)

    # Telling

    def _raise(self, type_: AnnunciationType, at: Instant) -> Annunciation:
        raised = self.annunciations.raise_(type_)
        self.ledger.write(at, "annunciation", id=raised.instance_id, type=type_.name)
        self._tell_annunciation(raised, at)
        return raised

    def snooze(self, instance_id: int, now: Instant) -> None:
        """Quieten an annunciation for a while. Raises ``Refused``."""
        annunciation = self._active(instance_id)
        annunciation.quiet_until = now + self.profile.snooze
        self._set_annunciation(annunciation, AnnunciationStatus.SNOOZED, now, annunciation.quiet_until)

    def confirm(self, instance_id: int, now: Instant) -> None:
        """The user has seen it: it is shown no more. Raises ``Refused``."""
        annunciation = self._active(instance_id)
        del self.annunciations.active[instance_id]
        self._set_annunciation(annunciation, AnnunciationStatus.CONFIRMED, now)

    def _active(self, instance_id: int) -> Annunciation:
        try:
            return self.annunciations.active[instance_id]
        except KeyError:
            raise Refused(Response.PROCEDURE_NOT_APPLICABLE, f"no annunciation {instance_id} is active") from None

    def _set_annunciation(
        self, annunciation: Annunciation, status: AnnunciationStatus, at: Instant, quiet_until: Instant | None = None
    ) -> None:
        annunciation.status, annunciation.quiet_until = status, quiet_until
        self._tell_annunciation(annunciation, at)

    def _tell_annunciation(self, annunciation: Annunciation, at: Instant) -> None:
        told = ids.Annunciation(annunciation.instance_id, annunciation.type, annunciation.status)
        self._record(
            at,
            ids.AnnunciationStatusChanged1Of2(told),
            ids.AnnunciationStatusChanged2Of2(),
            changed=StatusFlag.ANNUNCIATION,
        )

    def _record(self, at: Instant, *events: Any, changed: StatusFlag = NOTHING) -> None:
        self.history.record(at, events)
        self._changes(changed | StatusFlag.HISTORY_EVENT_RECORDED)

    def _changes(self, changed: StatusFlag) -> None:
        self.changed |= changed
        self.revision += 1

    def status(self, now: Instant) -> Mapping[str, Any]:
        """How it is, for people."""
        return {
            "therapy": self.therapy.name,
            "operational": self.operational.name,
            "basal_u_per_h": _iu(self.delivered_rate),
            "reservoir_u": _iu(self.reservoir.remaining),
            "boluses": [
                {"id": bolus.id, "programmed_u": _iu(bolus.programmed), "delivered_u": _iu(bolus.delivered)}
                for bolus in self.boluses.values()
            ],
            "annunciations": [annunciation.type.name for annunciation in self.annunciations.active.values()],
        }


def _iu(amount: Insulin) -> float:
    """For the wire and for people: the float nearest to an exact number of micro-units."""
    return float(in_units(amount))
