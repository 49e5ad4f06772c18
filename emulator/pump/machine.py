"""The pump: what may flow when, and what it reports. It knows no wire.

Every method takes the time; nothing happens between two calls that ``advance`` would not have done at its own instant. What a
client may ask for is a method here and returns an ``Outcome``; what only a person with the pump at hand can do is in
``manual``. An operation that the pump does not carry out raises ``Refused``. Source: IDS 1.0.2, sections 3.7 and 3.10.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant, Insulin, Rate, Span
from isletbench.emulator.core.readings import CgmLink, GlucoseReading
from isletbench.emulator.pump import operations, sensing
from isletbench.emulator.pump.adjustment import Adjustment
from isletbench.emulator.pump.annunciations import Annunciations
from isletbench.emulator.pump.basal import Accumulator, Basal
from isletbench.emulator.pump.battery import Battery
from isletbench.emulator.pump.bolus import Bolus, Prescription
from isletbench.emulator.pump.boluses import Boluses, Recommendation
from isletbench.emulator.pump.counters import Counters
from isletbench.emulator.pump.couplings import COUPLINGS, follow_templates
from isletbench.emulator.pump.delivery import Delivery
from isletbench.emulator.pump.due import DUE, agenda_of
from isletbench.emulator.pump.events import PumpEvent
from isletbench.emulator.pump.fluid_path import FluidPath
from isletbench.emulator.pump.glucose import Glucose
from isletbench.emulator.pump.glucose_alerts import GlucoseAlerts
from isletbench.emulator.pump.happenings import Amended, Happening, Happens, Outcome, Recorded, Signal
from isletbench.emulator.pump.history import History
from isletbench.emulator.pump.infusion_set import InfusionSet, Wear
from isletbench.emulator.pump.low_suspend import LowSuspend
from isletbench.emulator.pump.operation import OperationControl
from isletbench.emulator.pump.parts import Parts
from isletbench.emulator.pump.priming import Priming
from isletbench.emulator.pump.profile import PumpProfile
from isletbench.emulator.pump.reservoir import Reservoir
from isletbench.emulator.pump.status import Status
from isletbench.emulator.pump.strokes import Strokes
from isletbench.emulator.pump.summary import summary
from isletbench.emulator.pump.tbr import TemporaryBasal
from isletbench.emulator.pump.template import Template
from isletbench.emulator.pump.templates import Templates
from isletbench.emulator.pump.therapy import TherapyControl
from isletbench.emulator.pump.totals import Totals
from isletbench.emulator.pump.wall_clock import WallClock
from isletbench.protocols.companions import AlertLevel
from isletbench.protocols.fields import DstOffset
from isletbench.protocols.ids import OperationalState, StatusFlag, TemplateType, TherapyControlState

T = TypeVar("T")


class Pump:
    """A pump of one profile, primed, filled and running. Instant 0 is power-on, at the local date and time ``epoch``.

    ``basal`` is (start in ms since midnight, rate in uU/h), ascending from 0, in whole minutes: it becomes the activated basal
    rate profile template. ``reservoir`` is what is filled in, uU. ``seed`` and ``name`` choose what chance there is in it;
    ``wear`` is how its infusion sets fail by themselves.
    Raises ``Refused`` for a basal rate that a pump of this profile cannot be set to.
    """

    def __init__(
        self,
        profile: PumpProfile,
        *,
        epoch: datetime,
        basal: Sequence[tuple[Span, Rate]],
        reservoir: Insulin,
        seed: int,
        name: str = "pump",
        wear: Wear | None = None,
    ) -> None:
        self.profile = profile
        self.parts = Parts(
            profile=profile,
            ledger=Ledger(),
            history=History(profile.history),
            path=FluidPath(profile.path, stream(seed, name, "fluid path").random),
            therapy=TherapyControl(profile),
            operation=OperationControl(),
            boluses=Boluses(profile, profile.limits.bolus),
            tbr=TemporaryBasal(profile),
            basal=Basal(profile, Accumulator(profile.pulse, 0)),
            delivery=Delivery(profile),
            strokes=Strokes(),
            templates=Templates(profile, dict(profile.factory)),
            reservoir=Reservoir(profile),
            priming=Priming(profile),
            infusion_set=InfusionSet(),
            battery=Battery(profile),
            clock=WallClock(epoch),
            annunciations=Annunciations(profile),
            totals=Totals(),
            counters=Counters(profile, dict.fromkeys(profile.counters, 0)),
            status=Status(),
            glucose=Glucose(),
            glucose_alerts=GlucoseAlerts(profile),
            low_suspend=LowSuspend(profile),
        )
        self.parts.infusion_set.wear, self.parts.infusion_set.chance = wear, (seed, name, "infusion set")
        self.parts.strokes.profile, self.parts.strokes.chance = profile.strokes, (seed, name, "strokes")
        self._agenda = agenda_of(self.parts)
        self.performed = 0
        """How many operations have been carried out: while it is the same, nothing in the pump has changed."""
        self.perform(0, operations.begin(self.parts, basal, reservoir))

    @property
    def ledger(self) -> Ledger:
        """The ground truth."""
        return self.parts.ledger

    @property
    def history(self) -> History:
        """What the pump remembers."""
        return self.parts.history

    @property
    def now(self) -> Instant:
        """The instant it has been advanced to."""
        return self.parts.now

    # Time

    @property
    def next_deadline(self) -> Instant | None:
        """When something will be due. Never earlier than the last ``advance``."""
        due = self._agenda.next
        return None if due is None else max(due, self.parts.now)

    def advance(self, now: Instant) -> None:
        """Let everything happen that falls due by ``now``, each at its own instant, in order."""
        while (due := self.next_deadline) is not None and due <= now:
            self._pass_to(due)
            for place, row in enumerate(DUE):
                if self._agenda.is_due(place, due):
                    self.perform(due, row.act(self.parts, due))
        self._pass_to(now)
        self.parts.path.advance(now)

    def _pass_to(self, now: Instant) -> None:
        self.parts.basal.accrue(now)
        self.parts.now = now

    def resume_at(self, now: Instant) -> None:
        """Go on at this instant with parts that have been restored; nothing is owed for the time before."""
        self.parts.now = now
        self.perform(now, follow_templates(self.parts, None, now))

    # Operations

    def perform(self, now: Instant, operation: Happens[T]) -> Outcome[T]:
        """Carry out an operation of the parts. Raises ``Refused``; what happened before the refusal has happened."""
        self.performed += 1
        happened: list[Happening] = []
        return Outcome(self._drive(now, operation, happened), tuple(happened))

    def _drive(self, now: Instant, operation: Happens[T], happened: list[Happening]) -> T:
        answer: int | None = None
        while True:
            try:
                happening = operation.send(answer)
            except StopIteration as end:
                value: T = end.value
                return value
            answer = self._take(now, happening, happened)

    def _take(self, now: Instant, happening: Happening, happened: list[Happening]) -> int | None:
        """Write down what happened, and let the other parts react."""
        answer = self._written(now, happening)
        if not isinstance(happening, Signal):
            happened.append(happening)
        for react in COUPLINGS.get(type(happening), ()):
            reacted = self._drive(now, react(self.parts, happening, now), happened)
            answer = reacted if answer is None else answer
        return answer

    def _written(self, now: Instant, happening: Happening) -> int | None:
        status, history = self.parts.status, self.parts.history
        match happening:
            case PumpEvent():
                self.parts.ledger.write(now, happening)
            case StatusFlag():
                status.changed |= happening
            case Amended(number, record):
                history.amend(number, record)
                status.changed |= StatusFlag.HISTORY_EVENT_RECORDED
            case Recorded(records, changed, is_sent):
                lags = self.profile.history.lag > 0 or not is_sent
                status.changed |= changed if lags else changed | StatusFlag.HISTORY_EVENT_RECORDED
                return history.record(now, records)
            case _:
                pass
        return None

    def set_therapy(self, wanted: TherapyControlState, now: Instant) -> Outcome[None]:
        """Take this therapy control state; to ask for the one it is in changes nothing. Raises ``Refused``."""
        return self.perform(now, operations.set_therapy(self.parts, wanted, now))

    def set_bolus(
        self,
        wanted: Prescription,
        now: Instant,
        calculated: tuple[Recommendation, Recommendation] | None = None,
    ) -> Outcome[Bolus]:
        """Begin a bolus; the first pulse of a fast part follows after the profile's lead. Raises ``Refused``.

        ``calculated``: what the pump's own calculator recommended and what its user confirmed, for the history.
        """
        return self.perform(now, operations.set_bolus(self.parts, wanted, now, calculated))

    def cancel_bolus(self, bolus_id: int, now: Instant) -> Outcome[Bolus]:
        """End an active bolus as far as it has been delivered. Raises ``Refused``."""
        return self.perform(now, self.parts.boluses.cancel(bolus_id, now))

    def set_max_bolus(self, amount: Insulin, now: Instant) -> Outcome[None]:
        """Limit what a single bolus may be, uU. Raises ``Refused``."""
        return self.perform(now, self.parts.boluses.set_max_amount(amount))

    def set_tbr(self, wanted: Adjustment, now: Instant, *, change: bool = False) -> Outcome[None]:
        """Start a TBR, or change the active one, all of it. Raises ``Refused``."""
        return self.perform(now, operations.set_tbr(self.parts, wanted, now, change=change))

    def cancel_tbr(self, now: Instant) -> Outcome[None]:
        """End the active TBR. Raises ``Refused``."""
        return self.perform(now, self.parts.tbr.cancel(now))

    def store(self, number: int, type_: TemplateType, template: Template, now: Instant) -> Outcome[None]:
        """Store a template, which makes it configured; an activated one takes effect at once. Raises ``Refused``."""
        return self.perform(now, operations.store(self.parts, number, type_, template))

    def reset_templates(self, numbers: Sequence[int], now: Instant) -> Outcome[None]:
        """Make templates not configured, all or none. Raises ``Refused``."""
        return self.perform(now, self.parts.templates.reset(numbers))

    def activate(self, numbers: Sequence[int], now: Instant) -> Outcome[None]:
        """Activate profile templates, all or none. Raises ``Refused``."""
        return self.perform(now, self.parts.templates.activate(numbers))

    def start_priming(self, amount: Insulin, now: Instant) -> Outcome[None]:
        """Push so much through the infusion set while it is not worn, uU. Raises ``Refused``."""
        return self.perform(now, operations.start_priming(self.parts, amount, now))

    def stop_priming(self, now: Instant) -> Outcome[None]:
        """Stop priming at once. Raises ``Refused``."""
        return self.perform(now, operations.stop_priming(self.parts))

    def set_fill_level(self, level: Insulin, now: Instant) -> Outcome[None]:
        """Set what the pump believes to be in its reservoir, uU. Raises ``Refused``."""
        return self.perform(now, self.parts.reservoir.set_level(level))

    def reset_operation_time(self, now: Instant) -> Outcome[None]:
        """The reservoir's operation time begins anew."""
        return self.perform(now, self.parts.counters.reset_operation_time(now))

    def snooze(self, instance_id: int, now: Instant) -> Outcome[None]:
        """Quieten an annunciation for a while. Raises ``Refused``."""
        return self.perform(now, self.parts.annunciations.snooze(instance_id, now))

    def confirm(self, instance_id: int, now: Instant) -> Outcome[None]:
        """The user has seen an annunciation: it is shown no more. Raises ``Refused``."""
        return self.perform(now, self.parts.annunciations.confirm(instance_id))

    def reset_status(self, bits: StatusFlag, now: Instant) -> Outcome[None]:
        """Clear Status Changed bits: the client has seen these changes."""
        return self.perform(now, self.parts.status.reset(bits))

    def set_flight_mode(self, now: Instant, *, on: bool = True) -> Outcome[None]:
        """Switch the radio off, or on again; nobody can do the latter over the air."""
        return self.perform(now, self.parts.status.set_flight_mode(on=on))

    def serve_clients(self, now: Instant, *, clients: int, messages: int) -> None:
        """Its radio has carried so many messages, and from now on so many clients are connected."""
        before = self.parts.battery.clients
        self.parts.battery.serve(now, clients=clients, messages=messages)
        if before and not clients and self.profile.habits.bolus_ends_with_link:
            self.perform(now, self.parts.boluses.end_with_link(now))

    def alert(self, level: AlertLevel, now: Instant) -> Outcome[None]:
        """Ring, or be quiet again."""
        return self.perform(now, self.parts.status.alert(level))

    def set_clock(self, to: datetime, now: Instant, *, by_client: bool = False) -> Outcome[None]:
        """Set date and time: the day's totals and the basal schedule follow at once. Raises ``Refused`` where no client may."""
        if by_client:
            operations.check_clock_may_be_set(self.parts)
        return self.perform(now, self.parts.clock.set(to, now))

    def set_local_time(self, time_zone: int | None, dst_offset: DstOffset, now: Instant) -> Outcome[None]:
        """Set where the pump is: quarter hours from UTC, and daylight saving time. What it shows stays as it is. Raises
        ``Refused`` where clients may not."""
        operations.check_clock_may_be_set(self.parts)
        return self.perform(now, self.parts.clock.set_zone(time_zone, dst_offset))

    # Glucose, as a pump that is integrated with a CGM receives it (``core.readings.GlucoseReceiver``)

    @property
    def wants_glucose(self) -> bool:
        """Whether its radio is on."""
        return self.parts.operation.state is not OperationalState.OFF and not self.parts.status.flight_mode

    @property
    def cgm_bonds(self) -> Mapping[str, Any]:
        """The keys of its bonds with CGMs by their addresses, as plain data."""
        return self.parts.glucose.bonds

    def set_cgm_link(self, link: CgmLink, now: Instant) -> Outcome[None]:
        """Another state of the link with its CGM."""
        return self.perform(now, sensing.set_link(self.parts, link, now))

    def set_cgm_bonds(self, bonds: Mapping[str, Any], now: Instant) -> Outcome[None]:
        """Other bonds with CGMs."""
        return self.perform(now, self.parts.glucose.set_bonds(bonds))

    def receive_glucose(self, readings: Sequence[GlucoseReading], now: Instant) -> Outcome[None]:
        """Readings have come: alerts are raised, basal insulin is suspended or resumed, as the profile has it."""
        return self.perform(now, sensing.receive(self.parts, readings, now))

    # What it shows

    def shows(self, now: Instant) -> datetime:
        """The date and time on its own clock."""
        return self.parts.clock.at(now)

    def battery_level(self, now: Instant) -> int:
        """Percent that is left."""
        return self.parts.battery.level(now)

    def status(self, now: Instant) -> Mapping[str, Any]:
        """The state of the pump as plain data for people."""
        return summary(self.parts, now)
