"""The patient as a participant of a bench, and its table in a rig file."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from isletbench.emulator.core.models import Part
from isletbench.emulator.core.quantities import Instant, days
from isletbench.emulator.endpoints.kind import Participant
from isletbench.emulator.endpoints.patient.persistence import PatientPersistence
from isletbench.emulator.patient.actions import ACTIONS, Eaten, Grams
from isletbench.emulator.patient.events import PatientEvent
from isletbench.emulator.patient.intake import Form, Intake, intake
from isletbench.emulator.patient.patient import Patient
from isletbench.emulator.patient.subjects import DEFAULT_MODEL, subject_of

PATIENT_NAME = "patient"
"""What the patient is called where devices have the names of a rig."""


class Meal(Part):
    """Something that the patient eats or drinks: every day at a time of day, or once at a date and time."""

    at: time | datetime
    grams: Grams
    over: Eaten | None = None
    """How long it takes; 5 g a minute when left out."""
    form: Form = Form.MEAL

    def planned(self, start: datetime) -> Intake:
        """The meal on a bench that begins at the local date and time ``start``. Raises ``ValueError`` for one in the past."""
        daily = isinstance(self.at, time)
        begins = first_at(self.at, start)
        if begins < 0:
            raise ValueError(f"at: {self.at}: a {self.form} in the past, the bench begins at {start}")
        return intake(int(self.grams * 1000), begins, form=self.form, over=self.over, daily=daily)


def first_at(at: time | datetime, start: datetime) -> Instant:
    """The first instant at which it is this time of day, or the instant of this date and time."""
    when = datetime.combine(start.date(), at) if isinstance(at, time) else at
    instant = round((when - start) / timedelta(milliseconds=1))
    return instant + days(1) if isinstance(at, time) and instant < 0 else instant


class PatientTable(Part):
    """The patient of a rig: the person who wears its devices."""

    model: str = DEFAULT_MODEL
    """The model of glucose and insulin: `isletbench subjects` lists them."""
    subject: str | None = None
    """Whose parameters the model has; the default one of the model when left out."""
    start_glucose: Annotated[float, Field(ge=40, le=400)] = 120.0
    """Glucose at the start, mg/dL, at rest."""
    pump: str | None = None
    """The device whose insulin the patient receives; the only pump when left out."""
    meals: tuple[Meal, ...] = ()
    """What the patient eats and drinks without being told."""

    @model_validator(mode="after")
    def _has_a_subject(self) -> Self:
        subject_of(self.model, self.subject)
        return self


def patient_of(table: PatientTable, start: datetime) -> Patient:
    """The patient that a table names, on a bench that begins at this local date and time. Raises ``ValueError``."""
    meals = []
    for number, meal in enumerate(table.meals):
        try:
            meals.append(meal.planned(start))
        except ValueError as error:
            raise ValueError(f"meals.{number}.{error}") from None
    return Patient(subject_of(table.model, table.subject), epoch=start, glucose=table.start_glucose, meals=meals)


def _status_line(status: Mapping[str, Any]) -> str:
    return (
        f"glucose {status['plasma_mg_dl']:g} mg/dL | interstitial {status['interstitial_mg_dl']:g} mg/dL | "
        f"{status['received_u']:g} U received | {status['stomach_g']:g} g in the stomach"
    )


PATIENT = Participant(
    name="patient",
    about="the person who wears the devices",
    actions=ACTIONS,
    events=PatientEvent,
    persistence=PatientPersistence(),
    status_line=_status_line,
)
"""The patient."""
