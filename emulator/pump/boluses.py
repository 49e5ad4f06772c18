"""The boluses that are active, and the most that one may be. Source: IDS 1.0.2, sections 3.6.2.2 and 3.7.2.12 to 3.7.2.14."""

from collections.abc import Mapping
from dataclasses import field, replace

from isletbench.emulator.core.agenda import Timed, decides_deadline
from isletbench.emulator.core.quantities import Instant, Insulin, Span, in_units, minutes
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.pump import events, records
from isletbench.emulator.pump.amounts import on_grid, out_of_range, rounded_down
from isletbench.emulator.pump.bolus import Bolus, Prescription
from isletbench.emulator.pump.happenings import Amended, Announce, BolusStateChanged, Happens, Recorded
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.states import BolusEvent, BolusState, Reason, Refused
from isletbench.protocols.ids import AnnunciationType, AvailableBoluses, BolusEndReason, BolusType, Feature, StatusFlag

BOLUS_FEATURES: Mapping[BolusType, Feature] = {
    BolusType.FAST: Feature.FAST_BOLUS,
    BolusType.EXTENDED: Feature.EXTENDED_BOLUS,
    BolusType.MULTIWAVE: Feature.MULTIWAVE_BOLUS,
}
RIVALS: Mapping[BolusType, frozenset[BolusType]] = {
    BolusType.FAST: frozenset({BolusType.FAST}),
    **dict.fromkeys((BolusType.EXTENDED, BolusType.MULTIWAVE), frozenset({BolusType.EXTENDED, BolusType.MULTIWAVE})),
}
"""The types of which one bolus is delivered at a time."""
Recommendation = tuple[Insulin, Insulin, Insulin, Insulin]
"""Of a bolus calculator, uU: fast for the meal, fast to correct, extended for the meal, extended to correct."""


@decides_deadline("active")
@dataclass(slots=True)
class Boluses(Timed):
    """The boluses of a pump. ``max_amount`` is what Set Max Bolus Amount allows for one of them, uU."""

    profile: PumpProfile
    max_amount: Insulin
    active: dict[int, Bolus] = field(default_factory=dict)
    last_id: int = 0
    misreported_percent: int | None = None
    """The progress that is reported, in percent of what was delivered; None: as the profile has it."""

    # What can be asked for

    @property
    def free(self) -> AvailableBoluses:
        """Which boluses can be set beside those that run: one fast one, and one extended or multiwave one, at a time, and as
        many more as the profile lets wait."""
        free = AvailableBoluses(0)
        for type_, feature in BOLUS_FEATURES.items():
            rivals = sum(bolus.wanted.type in RIVALS[type_] for bolus in self.active.values())
            if feature in self.profile.features and rivals <= self.profile.habits.queues_boluses:
                free |= AvailableBoluses[type_.name]
        return free

    def fitting(self, wanted: Prescription) -> Prescription:
        """What is asked for as this pump can carry it out. Raises ``Refused``."""
        limits, ladder = self.profile.limits, self.profile.limits.bolus_steps
        if self.profile.habits.rounds_down:
            fitted = (rounded_down(wanted.fast, ladder), rounded_down(wanted.extended, ladder))
            wanted = replace(wanted, fast=fitted[0], extended=fitted[1])
        parts = {
            BolusType.FAST: (wanted.fast,),
            BolusType.EXTENDED: (wanted.extended,),
            BolusType.MULTIWAVE: (wanted.fast, wanted.extended),
        }[wanted.type]
        for amount in parts:
            if amount <= 0 or not on_grid(amount, ladder):
                raise out_of_range(f"a part of {in_units(amount)} U is not one of the amounts that can be set")
        if wanted.amount > self.max_amount:
            raise out_of_range(f"{in_units(wanted.amount)} U is more than the {in_units(self.max_amount)} U of a single bolus")
        if wanted.type is not BolusType.FAST and (
            not 0 < wanted.duration <= limits.extended_duration or wanted.duration % limits.extended_step
        ):
            raise out_of_range(f"a duration of {wanted.duration // minutes(1)} min cannot be set")
        if wanted.delay is not None and not 0 <= wanted.delay <= limits.delay:
            raise out_of_range(f"a delay of {wanted.delay // minutes(1)} min cannot be set")
        return wanted

    def set_max_amount(self, amount: Insulin) -> Happens[None]:
        """Limit what a single bolus may be, uU. Raises ``Refused``."""
        most = self.profile.limits.bolus
        if not 0 < amount <= most or not on_grid(amount, self.profile.limits.bolus_steps):
            raise out_of_range(f"{in_units(amount)} U is not one of the amounts up to {in_units(most)} U")
        old, self.max_amount = self.max_amount, amount
        yield events.MaxBolus(uu=amount)
        yield Recorded((records.MaxBolusChanged(old, amount),))

    def of_id(self, bolus_id: int) -> Bolus:
        """The active bolus of this id. Raises ``Refused``."""
        try:
            return self.active[bolus_id]
        except KeyError:
            raise Refused(Reason.NOT_POSSIBLE, f"no bolus {bolus_id} is active") from None

    @property
    def by_start(self) -> list[Bolus]:
        """The active boluses by the start of their delivery (IDS 1.0.2, section 3.6.2.2)."""
        return sorted(self.active.values(), key=lambda bolus: (bolus.starts_at, bolus.id))

    @property
    def fast_runs(self) -> bool:
        """Whether the fast part of a bolus is being delivered."""
        return any(bolus.state is BolusState.FAST for bolus in self.active.values())

    @property
    def remaining(self) -> Insulin:
        """What is still to be delivered of all of them, uU."""
        return sum(bolus.remaining for bolus in self.active.values())

    # Their lives

    def program(
        self, wanted: Prescription, now: Instant, calculated: tuple[Recommendation, Recommendation] | None
    ) -> Happens[Bolus]:
        """Begin a bolus that fits; ``calculated`` is what the pump's calculator recommended and its user confirmed."""
        self.last_id = self.last_id % 0xFFFF + 1
        bolus = self.active[self.last_id] = Bolus(self.last_id, wanted, now)
        self.retimed()
        yield events.BolusProgrammed(
            bolus_id=bolus.id,
            type=wanted.type.name,
            fast_uu=wanted.fast,
            extended_uu=wanted.extended,
            duration_ms=wanted.duration,
            delay_ms=wanted.delay or 0,
            by=wanted.activation.name if wanted.activation else None,
        )
        if calculated is not None:
            yield Recorded((records.BolusCalculated(*calculated),))
        number = yield Recorded((_programmed(bolus),), StatusFlag.ACTIVE_BOLUS)
        assert number is not None
        bolus.record = number
        yield from self.start(now)
        return bolus

    @property
    def next_start(self) -> Instant | None:
        """When the delay of a bolus is over that waits for nothing else."""
        return min((bolus.starts_at for bolus in self._waiting()), default=None)

    def _waiting(self) -> list[Bolus]:
        """The boluses that wait for nothing but the end of their delay: no earlier one of their kind is still active."""
        found, seen = [], set[BolusType]()
        for bolus in self.active.values():
            if bolus.state is BolusState.PROGRAMMED and bolus.wanted.type not in seen:
                found.append(bolus)
            seen |= RIVALS[bolus.wanted.type]
        return found

    def start(self, at: Instant) -> Happens[None]:
        """Start the boluses whose delay is over; a fast part's first pulse follows after the profile's lead."""
        lead = self.profile.pulse_spacing if self.profile.bolus_lead is None else self.profile.bolus_lead
        for bolus in self._waiting():
            if bolus.starts_at <= at:
                bolus.start(at, lead)
                self.retimed()
                yield BolusStateChanged()
                yield StatusFlag.ACTIVE_BOLUS

    def suspend(self, at: Instant) -> None:
        """Hold every bolus while therapy is paused."""
        for bolus in self.active.values():
            if bolus.state in {BolusState.FAST, BolusState.EXTENDED}:
                bolus.happen(BolusEvent.SUSPEND, at)
                self.retimed()

    def resume(self, at: Instant) -> None:
        """Let every bolus go on that was held."""
        for bolus in self.active.values():
            if bolus.state in {BolusState.FAST_SUSPENDED, BolusState.EXTENDED_SUSPENDED}:
                bolus.next_fast = max(bolus.next_fast, at)
                bolus.happen(BolusEvent.RESUME, at)
                self.retimed()

    @property
    def next_pulse(self) -> tuple[Instant, int] | None:
        """When the next pulse is due, and the id of its bolus."""
        pulse = self.profile.pulse
        due = ((at, bolus.id) for bolus in self.active.values() if (at := bolus.due(pulse)) is not None)
        return min(due, default=None)

    def pulsed(self, bolus_id: int, at: Instant) -> Happens[None]:
        """A pulse of this bolus has been delivered."""
        bolus = self.active[bolus_id]
        before = bolus.state
        bolus.pulsed(self.profile.pulse, at, self.profile.pulse_spacing)
        self.retimed()
        if bolus.state is BolusState.ENDED:
            yield from self._end(bolus, BolusEndReason.AMOUNT_DELIVERED, at)
        elif bolus.state is not before:
            yield BolusStateChanged()
            yield StatusFlag.ACTIVE_BOLUS

    def cancel(self, bolus_id: int, now: Instant) -> Happens[Bolus]:
        """End an active bolus because a client or its user wants it. Raises ``Refused``."""
        bolus = self.of_id(bolus_id)
        bolus.happen(BolusEvent.CANCEL, now)
        self.retimed()
        yield from self._end(bolus, BolusEndReason.CANCELED, now)
        return bolus

    def shown(self, bolus: Bolus) -> tuple[Insulin, Insulin]:
        """The progress that the pump reports of a bolus, uU: of its fast and of its extended part, in whole pulses."""
        percent, pulse, wanted = self.misreported_percent, self.profile.pulse, bolus.wanted
        if percent is None:
            percent = self.profile.habits.progress_percent
        fast, extended = (
            delivered * percent // 100 // pulse * pulse for delivered in (bolus.fast_delivered, bolus.extended_delivered)
        )
        return min(fast, wanted.fast), min(extended, wanted.extended)

    def misreport(self, percent: int) -> Happens[None]:
        """Report from now on so many percent of what is delivered as the progress of a bolus."""
        self.misreported_percent = percent
        yield events.ProgressMisreported(percent=percent)

    def end_with_link(self, at: Instant) -> Happens[None]:
        """End what clients have asked for: none of them is there any more."""
        yield from self.abandon(BolusEvent.CANCEL, at, announced=True, by_hand=False)

    def abandon(
        self, event: BolusEvent, at: Instant, *, announced: bool, fault_id: int | None = None, by_hand: bool = True
    ) -> Happens[None]:
        """End all of them because therapy stops or something is wrong; with ``by_hand`` those of its user, too."""
        reason = BolusEndReason.ERROR_ABORT if event is BolusEvent.FAULT else BolusEndReason.CANCELED
        for bolus in [one for one in self.active.values() if by_hand or not one.wanted.by_hand]:
            bolus.happen(event, at)
            self.retimed()
            annunciation_id = fault_id
            if announced:
                lasted = _lasted(bolus, at)
                detail = records.CanceledBolus(bolus.id, bolus.wanted.type, bolus.wanted.amount, bolus.delivered, lasted)
                annunciation_id = yield Announce(AnnunciationType.BOLUS_CANCELED, detail)
            yield from self._end(bolus, reason, at, annunciation_id)

    def lose(self) -> Happens[None]:
        """Lose all of them: no record says how much was delivered."""
        for bolus in tuple(self.active.values()):
            del self.active[bolus.id]
            self.retimed()
            yield events.BolusEnded(bolus_id=bolus.id, delivered_uu=bolus.delivered, reason="FORGOTTEN")

    def _end(self, bolus: Bolus, reason: BolusEndReason, at: Instant, annunciation_id: int | None = None) -> Happens[None]:
        del self.active[bolus.id]
        self.retimed()
        yield events.BolusEnded(bolus_id=bolus.id, delivered_uu=bolus.delivered, reason=reason.name)
        wanted, lasted = bolus.wanted, _lasted(bolus, at)
        fast, extended = bolus.fast_delivered, bolus.extended_delivered
        waited = (at if bolus.started_at is None else bolus.started_at) - bolus.set_at
        changed = StatusFlag.ACTIVE_BOLUS | StatusFlag.TOTAL_DAILY_INSULIN
        history = self.profile.history
        if history.records_ends or wanted.type is BolusType.FAST:
            record = records.BolusDelivered(
                bolus.id, wanted.type, fast, extended, lasted, waited, wanted.activation, reason, annunciation_id
            )
            yield Recorded((record,), changed)
        else:
            yield changed
        if history.amends and wanted.type is not BolusType.FAST:
            yield Amended(bolus.record, replace(_programmed(bolus), fast=fast, extended=extended, duration=lasted))


def _lasted(bolus: Bolus, at: Instant) -> Span:
    if bolus.started_at is None or bolus.wanted.type is BolusType.FAST:
        return 0
    return at - bolus.started_at


def _programmed(bolus: Bolus) -> records.BolusProgrammed:
    wanted = bolus.wanted
    return records.BolusProgrammed(
        bolus.id,
        wanted.type,
        wanted.fast,
        wanted.extended,
        wanted.duration,
        wanted.delay,
        wanted.template_number,
        wanted.activation,
        wanted.correction,
        wanted.meal,
    )
