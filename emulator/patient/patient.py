"""The patient: one person's glucose, advanced to an instant, with insulin, meals and drinks each at its own.

The machine knows no device, no clock and no port. Its model is integrated on a grid of whole minutes, with further steps
where a meal or exercise begins or ends; what is asked for between them is a look ahead that changes nothing. So what happens
to a patient depends on what the patient received and when, and never on who asked.

Insulin arrives at any instant. A pulse within a step is shared between the beginning and the end of the step in proportion, so
that its amount and its mean instant are exact; what is left is of second order, a thousandth of a mg/dL (``docs/patient.md``).
"""

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant, Insulin, Span, in_units, minutes
from isletbench.emulator.patient import events
from isletbench.emulator.patient.eating import Eating
from isletbench.emulator.patient.exercise.effect import DEFAULT
from isletbench.emulator.patient.exercise.sessions import Bout, Exercise
from isletbench.emulator.patient.intake import Form, Intake, Refused, intake
from isletbench.emulator.patient.modulators import Modulator, together
from isletbench.emulator.patient.physiology.model import Drive, Model, State

STEP = minutes(1)
"""The longest step of the integration."""
REPORTED = minutes(5)
"""How often true glucose is written into the ledger."""


MINUTE = minutes(1)
TINY = 1e-6
"""mg/dL: glucose this close to the least of the model is at it."""


class Patient:
    """One person. Instant 0 is the local date and time ``epoch``, with glucose at rest at ``glucose`` mg/dL.

    ``meals`` are eaten and ``bouts`` of exercise done as planned, which act by the ``exercise_model`` of this name;
    ``modulators`` act all the time. Implements ``Body`` for
    sensors and pumps, and ``Machine`` for the bench. Raises ``ValueError`` for a glucose that the subject cannot have.
    """

    def __init__(
        self,
        model: Model,
        *,
        epoch: datetime,
        glucose: float,
        meals: Iterable[Intake] = (),
        bouts: Iterable[Bout] = (),
        exercise_model: str = DEFAULT,
        modulators: Sequence[Modulator] = (),
    ) -> None:
        self.epoch = epoch
        self.ledger = Ledger()
        self.received: Insulin = 0
        """All insulin that was ever received, uU."""
        self.eating = Eating()
        self.eating.plan(meals)
        self.exercise = Exercise(exercise_model)
        self.exercise.plan(bouts)
        self._modulators = tuple(modulators)
        self._model, self._step = model, model.stepper()
        self._state, basal = model.at_rest(glucose)
        self.basal = basal
        """The basal rate at which glucose stays where it began, uU/h, nothing eaten and nothing else changed."""
        self._now: Instant = 0
        self._depot: list[tuple[Instant, Insulin]] = []
        """Insulin that has been received and arrives later than the last step: when, and how much."""
        self._limited = False
        self._begin_and_end(0)
        self._report(0)

    # Time

    @property
    def now(self) -> Instant:
        """The last instant of the integration: never later than the last ``advance``."""
        return self._now

    @property
    def next_deadline(self) -> Instant | None:
        """When there is something to write down next."""
        report = (self._now // REPORTED + 1) * REPORTED
        return report if self._change is None else min(report, self._change)

    def advance(self, now: Instant) -> None:
        """Bring the person to ``now``. All insulin that was due by then must have been received."""
        while True:
            until = (self._now // STEP + 1) * STEP
            if self._change is not None and self._change < until:
                until = self._change
            if until > now:
                return
            self._state = self._stepped(until)
            if not self._quiet:
                self.eating.swallow(until - self._now)
                self.exercise.passes((until - self._now) / MINUTE)
            self._now = until
            if self._depot and self._depot[0][0] <= until:
                self._depot = [pulse for pulse in self._depot if pulse[0] > until]
            if not self._quiet or until == self._change:
                self._begin_and_end(until)
            if until % REPORTED == 0:
                self._report(until)

    def _stepped(self, until: Instant) -> State:
        """The state at ``until``, with nothing beginning or ending on the way, and the insulin that arrives until then."""
        begun, state, at_the_end = self._now, self._state, 0.0
        span = until - begun
        if self._depot and self._depot[0][0] <= until:
            arriving = [(at, amount) for at, amount in self._depot if at <= until]
            total = sum(amount for _, amount in arriving)
            at_the_end = sum(amount * (at - begun) for at, amount in arriving) / span
            state = self._model.inject(state, total - at_the_end)
        drive = self._resting if self._quiet else self._drive(span)
        state = self._step(state, span / MINUTE, drive)
        return self._model.inject(state, at_the_end) if at_the_end else state

    def _drive(self, span: Span) -> Drive:
        """What acts on the person from now on, for so long."""
        solid, liquid = self.eating.rates()
        acts = together(self._modulators, self._now).with_(self.exercise.modulation())
        return Drive(solid, liquid, self.eating.meal + self.eating.swallowed(span), 0.0, *acts)

    def _begin_and_end(self, now: Instant) -> None:
        """Begin and end what begins and ends now."""
        for begun in self.eating.begin(now, self._model.stomach(self._state)):
            kind = events.Ate if begun.form is Form.MEAL else events.Drank
            self.ledger.write(now, kind(begun.mg, begun.span))
        ended, bouts = self.exercise.change(now)
        if ended:
            self.ledger.write(now, events.ExerciseEnded())
        for bout in bouts:
            self.ledger.write(now, events.ExerciseBegan(bout.intensity, bout.span))
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Find out what comes next, and whether nothing but insulin acts until then."""
        changes = [at for at in (self.eating.next_change, self.exercise.next_change) if at is not None]
        self._change = min(changes, default=None)
        self._quiet = not (self._modulators or self.eating.running) and self.exercise.is_over
        self._resting = Drive(meal=self.eating.meal)

    def _report(self, now: Instant) -> None:
        plasma, interstitial = self._shown(self._state)
        self.ledger.write(now, events.Glucose(round(plasma, 3), round(interstitial, 3), self.received))
        limited = plasma <= self._model.floor + TINY
        if limited and not self._limited:
            self.ledger.write(now, events.GlucoseLimited(round(plasma, 3)))
        self._limited = limited

    # What devices meet

    def receive(self, at: Instant, amount: Insulin) -> None:
        """Take so much insulin (uU) into the subcutaneous tissue, all of it at this instant.

        Insulin that comes after its time, as when a bench goes on that was killed, is taken now.
        """
        self.received += amount
        if at > self._now:
            insort(self._depot, (at, amount))
        else:
            self._state = self._model.inject(self._state, amount)

    def plasma(self, now: Instant) -> float:
        """Plasma glucose at this instant, mg/dL."""
        return self._shown(self._at(now))[0]

    def interstitial(self, now: Instant) -> float:
        """Glucose of the interstitial fluid at this instant, mg/dL."""
        return self._shown(self._at(now))[1]

    def _shown(self, state: State) -> tuple[float, float]:
        """Plasma and interstitial glucose, mg/dL: never below the least of the model."""
        least = self._model.floor
        return max(least, self._model.plasma(state)), max(least, self._model.interstitial(state))

    def _at(self, now: Instant) -> State:
        self.advance(now)
        return self._stepped(now) if now > self._now else self._state

    # What the person does

    def consume(self, mg: int, now: Instant, *, form: Form, over: Span | None = None, at: Instant | None = None) -> None:
        """Eat or drink so much carbohydrate, at once or from ``at`` on, within ``over`` ms. Raises ``Refused``."""
        self.eating.plan([intake(mg, _not_past(at, now, f"a {form}"), form=form, over=over)])
        self._go_on(now)

    def move(self, now: Instant, *, span: Span, intensity: float, at: Instant | None = None) -> None:
        """Exercise for ``span`` ms, at once or from ``at`` on, at a percentage of one's heart rate reserve; or ``Refused``."""
        self.exercise.plan([Bout(_not_past(at, now, "exercise"), span, intensity)])
        self._go_on(now)

    def _go_on(self, now: Instant) -> None:
        """Begin what is due at this instant."""
        self._look_ahead()
        self.advance(now)
        if self._change == self._now == now:
            self._begin_and_end(now)

    def status(self, now: Instant) -> Mapping[str, Any]:
        """The person's state as plain data for people."""
        state = self._at(now)
        plasma, interstitial = self._shown(state)
        return {
            "plasma_mg_dl": round(plasma, 1),
            "interstitial_mg_dl": round(interstitial, 1),
            "received_u": float(in_units(self.received)),
            "stomach_g": round(self._model.stomach(state) / 1000, 1),
            "exercises": self.exercise.running is not None,
            "basal_need_u_per_h": round(float(in_units(round(self.basal))), 3),
        }

    # Snapshots

    def snapshot(self) -> dict[str, Any]:
        """The person as now, but for the ledger, as JSON-able data."""
        return {
            "now": self._now,
            "state": self._state,
            "received": self.received,
            "depot": self._depot,
            "eating": self.eating.snapshot(),
            "exercise": self.exercise.snapshot(),
            "limited": self._limited,
        }

    def restore(self, snapshot: Mapping[str, Any], ledger: Iterable[Occurrence]) -> None:
        """Make a new person of the same model the one of which the snapshot was taken."""
        self._now, self._state, self.received = snapshot["now"], _tuples(snapshot["state"]), snapshot["received"]
        self._depot = [(at, amount) for at, amount in snapshot["depot"]]
        self.eating = Eating.restored(snapshot["eating"])
        self.exercise.restore(snapshot["exercise"])
        self._limited = snapshot["limited"]
        self._look_ahead()
        self.ledger.restore(ledger)


def _not_past(at: Instant | None, now: Instant, what: str) -> Instant:
    """The instant at which something begins. Raises ``Refused`` for one in the past."""
    if at is not None and at < now:
        raise Refused(f"at {at / 1000:g} s: {what} in the past, it is {now / 1000:g} s since the bench began")
    return now if at is None else at


def _tuples(value: Any) -> Any:
    """Lists of JSON as the tuples that they were."""
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value
