"""The patient: one person's glucose, advanced to an instant, with insulin, meals and drinks each at its own.

The machine knows no device, no clock and no port. Its model is integrated on a grid of whole minutes, with further steps where
insulin arrives or a meal begins or ends; what is asked for between them is a look ahead that changes nothing. So what happens
to a patient depends on what the patient received and when, and never on who asked.
"""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant, Insulin, Span, in_units, minutes
from isletbench.emulator.patient import events
from isletbench.emulator.patient.eating import Eating
from isletbench.emulator.patient.intake import Form, Intake, Refused, intake
from isletbench.emulator.patient.physiology.model import Drive, Model, State

STEP = minutes(1)
"""The longest step of the integration."""
REPORTED = minutes(5)
"""How often true glucose is written into the ledger."""


TINY = 1e-6
"""mg/dL: glucose this close to the least of the model is at it."""


class Patient:
    """One person. Instant 0 is the local date and time ``epoch``, with glucose at rest at ``glucose`` mg/dL.

    ``meals`` are eaten as planned. Implements ``Body`` for sensors and pumps, and ``Machine`` for the bench.
    Raises ``ValueError`` for a glucose that the subject cannot have.
    """

    def __init__(self, model: Model, *, epoch: datetime, glucose: float, meals: Iterable[Intake] = ()) -> None:
        self.epoch = epoch
        self.ledger = Ledger()
        self.received: Insulin = 0
        """All insulin that was ever received, uU."""
        self.eating = Eating()
        self.eating.plan(meals)
        self._model = model
        self._state, basal = model.at_rest(glucose)
        self.basal = basal
        """The basal rate at which glucose stays where it began, uU/h, nothing eaten and nothing else changed."""
        self._now: Instant = 0
        self._depot: list[tuple[Instant, Insulin]] = []
        """Insulin that has been received and not been taken up by the model yet: when, and how much."""
        self._limited = False
        self._take(0)

    # Time

    @property
    def now(self) -> Instant:
        """The last instant of the integration: never later than the last ``advance``."""
        return self._now

    @property
    def next_deadline(self) -> Instant | None:
        """When there is something to write down next."""
        change = self.eating.next_change
        report = (self._now // REPORTED + 1) * REPORTED
        return report if change is None else min(report, change)

    def advance(self, now: Instant) -> None:
        """Bring the person to ``now``. All insulin that was due by then must have been received."""
        while (until := self._next_break()) <= now:
            self._state = self._stepped(until)
            self.eating.swallow(until - self._now)
            self._now = until
            self._take(until)

    def _next_break(self) -> Instant:
        """When the integration makes its next step's end."""
        until = (self._now // STEP + 1) * STEP
        if self._depot and self._depot[0][0] < until:
            until = self._depot[0][0]
        change = self.eating.next_change
        return until if change is None else min(until, change)

    def _stepped(self, until: Instant) -> State:
        """The state at ``until``, with nothing beginning or ending on the way."""
        return self._model.step(self._state, (until - self._now) / minutes(1), self._drive(until - self._now))

    def _drive(self, span: Span) -> Drive:
        solid, liquid = self.eating.rates()
        return Drive(solid, liquid, self.eating.meal + self.eating.swallowed(span))

    def _take(self, now: Instant) -> None:
        """Take up what arrives at this instant, and write down what is due."""
        while self._depot and self._depot[0][0] <= now:
            self._state = self._model.inject(self._state, self._depot.pop(0)[1])
        change = self.eating.next_change
        if change is not None and change <= now:
            for begun in self.eating.begin(now, self._model.stomach(self._state)):
                kind = events.Ate if begun.form is Form.MEAL else events.Drank
                self.ledger.write(now, kind(begun.mg, begun.span))
        if now % REPORTED == 0:
            self._report(now)

    def _report(self, now: Instant) -> None:
        plasma, interstitial = self._model.plasma(self._state), self._model.interstitial(self._state)
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
        return self._model.plasma(self._at(now))

    def interstitial(self, now: Instant) -> float:
        """Glucose of the interstitial fluid at this instant, mg/dL."""
        return self._model.interstitial(self._at(now))

    def _at(self, now: Instant) -> State:
        self.advance(now)
        return self._stepped(now) if now > self._now else self._state

    # What the person does

    def consume(self, mg: int, now: Instant, *, form: Form, over: Span | None = None, at: Instant | None = None) -> None:
        """Eat or drink so much carbohydrate, at once or from ``at`` on, within ``over`` ms. Raises ``Refused``."""
        begins = now if at is None else at
        if begins < now:
            raise Refused(f"at {begins / 1000:g} s: a {form} in the past, it is {now / 1000:g} s since the bench began")
        self.eating.plan([intake(mg, begins, form=form, over=over)])
        self.advance(now)

    def status(self, now: Instant) -> Mapping[str, Any]:
        """The person's state as plain data for people."""
        state = self._at(now)
        return {
            "plasma_mg_dl": round(self._model.plasma(state), 1),
            "interstitial_mg_dl": round(self._model.interstitial(state), 1),
            "received_u": float(in_units(self.received)),
            "stomach_g": round(self._model.stomach(state) / 1000, 1),
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
            "planned": [asdict(intake) for intake in self.eating.planned],
            "running": [asdict(intake) for intake in self.eating.running],
            "meal": self.eating.meal,
            "limited": self._limited,
        }

    def restore(self, snapshot: Mapping[str, Any], ledger: Iterable[Occurrence]) -> None:
        """Make a new person of the same model the one of which the snapshot was taken."""
        self._now, self._state, self.received = snapshot["now"], _tuples(snapshot["state"]), snapshot["received"]
        self._depot = [(at, amount) for at, amount in snapshot["depot"]]
        planned, running = (
            [Intake(**{**found, "form": Form(found["form"])}) for found in snapshot[key]] for key in ("planned", "running")
        )
        self.eating = Eating(planned, running, snapshot["meal"])
        self._limited = snapshot["limited"]
        self.ledger.restore(ledger)


def _tuples(value: Any) -> Any:
    """Lists of JSON as the tuples that they were."""
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value
