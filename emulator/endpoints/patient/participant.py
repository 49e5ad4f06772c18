"""The patient as a participant of a bench, and its table in a rig file."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal, Protocol, Self, TypeVar

from pydantic import Field, model_validator

from isletbench.emulator.core.models import DeviceTime, LocalTime, Part
from isletbench.emulator.core.quantities import Instant, days, minutes
from isletbench.emulator.endpoints.kind import Participant
from isletbench.emulator.endpoints.patient.persistence import PatientPersistence
from isletbench.emulator.endpoints.trace_path import TracePath
from isletbench.emulator.patient.actions import ACTIONS, Eaten, Grams, Intensity, Lasts
from isletbench.emulator.patient.events import PatientEvent
from isletbench.emulator.patient.exercise.sessions import Bout
from isletbench.emulator.patient.intake import Form, Intake, intake
from isletbench.emulator.patient.modulators import Dawn, DayToDay, LocalDay, Modulator, TimeOfDay, class_of
from isletbench.emulator.patient.patient import Patient
from isletbench.emulator.patient.person import Person
from isletbench.emulator.patient.physiology.model import Model
from isletbench.emulator.patient.recorded_patient import RecordedPatient
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.replay import open_recording

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
PATIENT_NAME = "patient"
"""What the patient is called where devices have the names of a rig."""


OF_A_MODEL = frozenset(
    {"model", "subject", "start_glucose", "meals", "exercise", "exercise_model", "time_of_day", "dawn", "day_to_day"}
)
"""What a patient has who answers to insulin, and a recording has not."""


class Meal(Part):
    """Something that the patient eats or drinks: every day at a time of day, or once at a date and time."""

    at: LocalTime | DeviceTime
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


class Session(Part):
    """Exercise of the patient: every day at a time of day, or once at a date and time."""

    at: LocalTime | DeviceTime
    lasts: Lasts = minutes(45)
    """How long it lasts."""
    intensity: Intensity = 40.0
    """Percent of the heart rate reserve."""

    def planned(self, start: datetime) -> Bout:
        """The session on a bench that begins at ``start``. Raises ``ValueError`` for one in the past."""
        begins = first_at(self.at, start)
        if begins < 0:
            raise ValueError(f"at: {self.at}: exercise in the past, the bench begins at {start}")
        return Bout(begins, self.lasts, self.intensity, isinstance(self.at, time))


def first_at(at: time | datetime, start: datetime) -> Instant:
    """The first instant at which it is this time of day, or the instant of this date and time."""
    when = datetime.combine(start.date(), at) if isinstance(at, time) else at
    instant = round((when - start) / timedelta(milliseconds=1))
    return instant + days(1) if isinstance(at, time) and instant < 0 else instant


class PatientTable(Part):
    """The patient of a rig: the person who wears its devices."""

    recording: TracePath | None = None
    """A recording in place of a model: a trace of the package by name, or the path of a file, relative to the rig's."""
    recording_start: DeviceTime | None = None
    """Where in the recording the bench begins, local time as recorded; at its first reading when left out."""
    model: str = "hovorka"
    """The model of glucose and insulin: `isletbench subjects` lists them."""
    subject: str | None = None
    """Whose parameters the model has; the default one of the model when left out."""
    start_glucose: Annotated[float, Field(ge=40, le=400)] = 120.0
    """Glucose at the start, mg/dL, at rest."""
    pump: str | None = None
    """The device whose insulin the patient receives; the only pump when left out."""
    meals: tuple[Meal, ...] = ()
    """What the patient eats and drinks without being asked to."""
    exercise: tuple[Session, ...] = ()
    """When the patient exercises without being asked to."""
    exercise_model: Literal["deichmann_2023", "deichmann_2021"] = "deichmann_2023"
    """How exercise acts: by activity counts, with production and glycogen, or by heart rate alone."""
    time_of_day: Literal["hhh", "hhl", "hlh", "hll", "lhh", "lhl", "llh", "drawn"] | None = None
    """Sensitivity to insulin, high or low, from 04:00, 11:00 and 17:00 on; ``drawn`` from the seed; always the same when left
    out."""
    dawn: Annotated[float, Field(ge=0, le=5)] = 0.0
    """How far glucose production has risen at 07:00, mg/kg/min; 1.5 as published."""
    day_to_day: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """Standard deviation of the factor by which sensitivity differs from day to day; 0.2 as published."""

    @model_validator(mode="after")
    def _has_a_subject_or_a_recording(self) -> Self:
        if self.recording is None and self.recording_start is not None:
            raise ValueError("recording_start: expected with a recording only")
        if self.recording is not None and (beside := self.model_fields_set & OF_A_MODEL):
            raise ValueError(f"{min(beside)}: expected without a recording, whose glucose answers to nothing")
        _subject_of(self)
        return self


def _subject_of(table: PatientTable) -> Model:
    """The subject of a table. Raises ``ValueError``. Imported here: a rig without a patient does not pay for the models."""
    from isletbench.emulator.patient.subjects import subject_of  # noqa: PLC0415  # see above

    return subject_of(table.model, table.subject)


def patient_of(table: PatientTable, start: datetime, seed: int) -> Person:
    """The patient that a table names, on a bench that begins at this local date and time. Raises ``ValueError``."""
    if table.recording is not None:
        try:
            return RecordedPatient(open_recording(table.recording), table.recording_start)
        except TraceError as error:
            raise ValueError(f"recording: {error}") from None
    meals = [_planned(meal, f"meals.{number}", start) for number, meal in enumerate(table.meals)]
    bouts = [_planned(bout, f"exercise.{number}", start) for number, bout in enumerate(table.exercise)]
    day = LocalDay.of(start)
    modulators: list[Modulator] = []
    if table.time_of_day is not None:
        modulators.append(TimeOfDay(day, class_of(seed) if table.time_of_day == "drawn" else table.time_of_day))
    if table.dawn:
        modulators.append(Dawn(day, table.dawn))
    if table.day_to_day:
        modulators.append(DayToDay(day, table.day_to_day, seed))
    subject = _subject_of(table)
    return Patient(
        subject,
        epoch=start,
        glucose=table.start_glucose,
        meals=meals,
        bouts=bouts,
        exercise_model=table.exercise_model,
        modulators=modulators,
    )


class _Plan(Protocol[T_co]):
    def planned(self, start: datetime) -> T_co:
        """It on a bench that begins at ``start``. Raises ``ValueError``."""


def _planned(plan: _Plan[T], where: str, start: datetime) -> T:
    """What is planned, with its key in the table in front of what is wrong with it."""
    try:
        return plan.planned(start)
    except ValueError as error:
        raise ValueError(f"{where}.{error}") from None


def _status_line(status: Mapping[str, Any]) -> str:
    glucose = status["plasma_mg_dl"]
    parts = ["no reading" if glucose is None else f"glucose {glucose:g} mg/dL", f"{status['received_u']:.2f} U received"]
    if "recorded_bolus_u" in status:
        parts.append(f"recorded: {status['recorded_bolus_u']:g} U of boluses, {status['recorded_carbohydrate_g']:g} g")
    else:
        parts.insert(1, f"interstitial {status['interstitial_mg_dl']:g} mg/dL")
        parts.append(f"{status['stomach_g']:g} g in the stomach")
    return " | ".join([*parts, *(["exercises"] if status.get("exercises") else [])])


PATIENT = Participant(
    name="patient",
    about="the person who wears the devices",
    actions=ACTIONS,
    events=PatientEvent,
    persistence=PatientPersistence(),
    status_line=_status_line,
)
"""The patient."""
