"""A patient who was recorded: glucose as it was, with the insulin and the carbohydrate of those days beside it.

Nothing answers to insulin here. What the pump on the bench delivers is counted, so that it can be compared with what was
given then.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import UU_PER_UNIT, Instant, Insulin, Span, in_units
from isletbench.emulator.patient import events
from isletbench.emulator.patient.intake import Form, Refused
from isletbench.emulator.patient.sources import recorded
from isletbench.emulator.patient.traces.basal import BasalChange
from isletbench.emulator.patient.traces.recording import Dose, Recording


class RecordedPatient:
    """The person of a recording, from ``start`` on, which is instant 0; from its first reading when left out.

    Raises ``TraceError`` for a recording without a reading at or after ``start``.
    """

    def __init__(self, recording: Recording, start: datetime | None = None) -> None:
        begin = 0 if start is None else recording.instant_of(start)
        self.ledger = Ledger()
        self.received: Insulin = 0
        """All insulin that was ever received on the bench, uU."""
        self._now: Instant = 0
        self._glucose = recorded([(r.at - begin, r.mg_dl) for r in recording.readings], recording.tolerance)
        self._entries = _entries(recording, begin)
        self._place = 0
        """How many of them are in the ledger."""
        self._then = {"bolus_uu": 0, "carbohydrate_mg": 0}
        """What was given and eaten then, since the beginning."""
        self.advance(0)

    @property
    def now(self) -> Instant:
        """The instant of the last ``advance``."""
        return self._now

    @property
    def next_deadline(self) -> Instant | None:
        """When the next entry of the recording is due."""
        return self._entries[self._place][0] if self._place < len(self._entries) else None

    def advance(self, now: Instant) -> None:
        """Write down what was recorded until ``now``."""
        while (due := self.next_deadline) is not None and due <= now:
            event = self._entries[self._place][1]
            self._place += 1
            if isinstance(event, events.RecordedBolus):
                self._then["bolus_uu"] += event.uu
            elif isinstance(event, events.RecordedMeal):
                self._then["carbohydrate_mg"] += event.carbohydrate_mg
            self.ledger.write(due, event)
        self._now = max(self._now, now)

    def receive(self, at: Instant, amount: Insulin) -> None:
        """Count so much insulin, uU. Glucose stays what it was."""
        self.received += amount

    def plasma(self, now: Instant) -> float | None:
        """The reading nearest to this instant, mg/dL; None where it was lost."""
        return self._glucose(now)

    def interstitial(self, now: Instant) -> float | None:
        """The reading nearest to this instant, mg/dL; None where it was lost."""
        return self._glucose(now)

    def consume(self, mg: int, now: Instant, *, form: Form, over: Span | None = None, at: Instant | None = None) -> None:
        """Refuse: what was eaten was eaten. Raises ``Refused``."""
        raise Refused("this patient is a recording, whose glucose answers to nothing: expected a patient with a model")

    def move(self, now: Instant, *, span: Span, intensity: float, at: Instant | None = None) -> None:
        """Refuse, likewise. Raises ``Refused``."""
        raise Refused("this patient is a recording, whose glucose answers to nothing: expected a patient with a model")

    def status(self, now: Instant) -> Mapping[str, Any]:
        """The person's state as plain data for people."""
        return {
            "plasma_mg_dl": self.plasma(now),
            "interstitial_mg_dl": self.interstitial(now),
            "received_u": float(in_units(self.received)),
            "recorded_bolus_u": float(in_units(self._then["bolus_uu"])),
            "recorded_carbohydrate_g": self._then["carbohydrate_mg"] / 1000,
        }

    # Snapshots

    def snapshot(self) -> dict[str, Any]:
        """The person as now, but for the ledger, as JSON-able data."""
        return {"now": self._now, "place": self._place, "received": self.received, "then": self._then}

    def restore(self, snapshot: Mapping[str, Any], ledger: Iterable[Occurrence]) -> None:
        """Make a new person of the same recording the one of which the snapshot was taken."""
        self._now, self._place = snapshot["now"], snapshot["place"]
        self.received, self._then = snapshot["received"], dict(snapshot["then"])
        self.ledger.restore(ledger)


def _entries(recording: Recording, begin: Instant) -> list[tuple[Instant, events.PatientEvent]]:
    """Everything that was recorded from the beginning on, in the order of time; of basal also what was in force then."""
    found: list[tuple[Instant, events.PatientEvent]] = []
    before = [rate for rate in recording.basal if rate.at < begin]
    if before:
        found.append((0, _basal(before[-1])))
    found += [(rate.at - begin, _basal(rate)) for rate in recording.basal]
    found += [(bolus.at - begin, events.RecordedBolus(_uu(bolus))) for bolus in recording.boluses]
    found += [(meal.at - begin, events.RecordedMeal(round(meal.amount * 1000))) for meal in recording.carbohydrates]
    found += [(reading.at - begin, events.RecordedGlucose(reading.mg_dl)) for reading in recording.readings]
    return sorted((entry for entry in found if entry[0] >= 0), key=lambda entry: entry[0])


def _uu(dose: Dose) -> int:
    """An amount in U as uU."""
    return round(dose.amount * UU_PER_UNIT)


def _basal(change: BasalChange) -> events.RecordedBasal:
    return events.RecordedBasal(None if change.rate is None else round(change.rate * UU_PER_UNIT))
