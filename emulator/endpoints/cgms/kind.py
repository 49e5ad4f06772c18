"""The kind ``cgm``: a continuous glucose monitor behind the Continuous Glucose Monitoring Service."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from isletbench.emulator.cgm.actions import ACTIONS
from isletbench.emulator.cgm.events import SensorEvent
from isletbench.emulator.cgm.losses import PRESETS, Losses
from isletbench.emulator.cgm.profile import PROFILES, SensorProfile
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.models import DeviceTime, Part
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.endpoints.cgms.persistence import SensorPersistence
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.endpoints.device_table import DeviceTable
from isletbench.emulator.endpoints.kind import Kind, Replayed, Setup
from isletbench.emulator.endpoints.trace_path import TracePath
from isletbench.emulator.patient.sources import constant, sine
from isletbench.emulator.patient.traces.replay import open_trace


class Trace(Part):
    """A recorded human trace, replayed from its first reading or from ``start``."""

    kind: Literal["trace"] = "trace"
    trace: TracePath
    """A trace of the package by name (``azt1d_subject07``), or a recording by its path; in a rig file, relative to that."""
    start: DeviceTime | None = None
    """Where in the recording the bench begins, local time as recorded."""
    unit: Literal["mg/dL", "mmol/L"] | None = None
    """The unit of a recording that does not say its own."""


class Constant(Part):
    """The same glucose at every instant."""

    kind: Literal["constant"] = "constant"
    mg_dl: float = Field(ge=0, le=1000)


class Sine(Part):
    """Glucose as a sine, rising first."""

    kind: Literal["sine"] = "sine"
    mean_mg_dl: float = Field(ge=0, le=1000)
    amplitude_mg_dl: float = Field(ge=0, le=500)
    period_minutes: float = Field(ge=0.01, le=1_000_000)


def _with_kind(given: Any) -> Any:
    """Add the kind of glucose source where its keys identify it, so that files need not repeat it."""
    if isinstance(given, dict) and "kind" not in given:
        for key, kind in {"trace": "trace", "mg_dl": "constant", "mean_mg_dl": "sine"}.items():
            if key in given:
                return {**given, "kind": kind}
    return given


class CgmDevice(DeviceTable):
    """A continuous glucose monitor."""

    kind: Literal["cgm"]
    glucose: Annotated[Trace | Constant | Sine | None, Field(discriminator="kind"), BeforeValidator(_with_kind)] = None
    """The glucose that it measures; that of the rig's patient when left out."""


def _replays(table: CgmDevice) -> Replayed | None:
    """The recording that a sensor with this table measures, if it measures one."""
    glucose = table.glucose
    return Replayed(glucose.trace, lambda: source_of(glucose)) if isinstance(glucose, Trace) else None


def source_of(glucose: Trace | Constant | Sine) -> Source:
    """The glucose source that a table names. Raises ``TraceError``, an ``OSError``, for a trace that cannot be replayed."""
    match glucose:
        case Constant(mg_dl=level):
            return constant(level)
        case Sine(mean_mg_dl=mean, amplitude_mg_dl=amplitude, period_minutes=period):
            return sine(mean, amplitude, minutes(period))
        case Trace(trace=trace, start=start, unit=unit):
            return open_trace(trace, start, unit=unit)


def _machine(table: CgmDevice, profile: SensorProfile, setup: Setup) -> Sensor:
    return Sensor(profile, _source(table, profile, setup), epoch=setup.epoch, seed=setup.seed)


def _source(table: CgmDevice, profile: SensorProfile, setup: Setup) -> Source:
    """What the sensor measures. One that has a lag of its own begins with plasma: glucose lags behind once, not twice."""
    if setup.glucose is not None:
        return setup.glucose
    if table.glucose is not None:
        return source_of(table.glucose)
    if setup.body is None:
        raise ValueError("glucose: expected what it measures, or a patient in the rig")
    return setup.body.plasma if profile.lag else setup.body.interstitial


def _status_line(status: Mapping[str, Any]) -> str:
    glucose = status["glucose_mg_dl"]
    shown = "no reading" if glucose is None else f"{glucose:g} mg/dL"
    return f"session {status['session']} | {shown} | {status['records']} records"


CGM = Kind(
    name="cgm",
    about="a continuous glucose monitor",
    table=CgmDevice,
    profiles=PROFILES,
    presets={Losses: PRESETS},
    machine=_machine,
    endpoint=cgm_endpoint,
    actions=ACTIONS,
    events=SensorEvent,
    service="cgms",
    persistence=SensorPersistence(),
    status_line=_status_line,
    replays=_replays,
)
"""A continuous glucose monitor."""
