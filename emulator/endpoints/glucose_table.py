"""What a device measures that a rig names in its table: a recorded trace, a constant, a sine."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from isletbench.emulator.core.glucose import Source
from isletbench.emulator.core.models import DeviceTime, Part
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.endpoints.kind import Replayed
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
    mg_dl: float = Field(ge=10, le=1000)
    """What is less is mmol/L by mistake: every reading of it would be too low."""


class Sine(Part):
    """Glucose as a sine, rising first."""

    kind: Literal["sine"] = "sine"
    mean_mg_dl: float = Field(ge=10, le=1000)
    amplitude_mg_dl: float = Field(ge=0, le=500)
    period_minutes: float = Field(ge=0.01, le=1_000_000)


def _with_kind(given: Any) -> Any:
    """Add the kind of glucose source where its keys identify it, so that files need not repeat it."""
    if isinstance(given, dict) and "kind" not in given:
        for key, kind in {"trace": "trace", "mg_dl": "constant", "mean_mg_dl": "sine"}.items():
            if key in given:
                return {**given, "kind": kind}
    return given


GlucoseTable: TypeAlias = Annotated[Trace | Constant | Sine | None, Field(discriminator="kind"), BeforeValidator(_with_kind)]
"""The key ``glucose`` of a device; None is the glucose of the rig's patient."""


def source_of(glucose: Trace | Constant | Sine) -> Source:
    """The glucose source that a table names. Raises ``TraceError``, an ``OSError``, for a trace that cannot be replayed."""
    match glucose:
        case Constant(mg_dl=level):
            return constant(level)
        case Sine(mean_mg_dl=mean, amplitude_mg_dl=amplitude, period_minutes=period):
            return sine(mean, amplitude, minutes(period))
        case Trace(trace=trace, start=start, unit=unit):
            return open_trace(trace, start, unit=unit)


def replayed(glucose: Trace | Constant | Sine | None) -> Replayed | None:
    """The recording that is replayed, if it is one."""
    return Replayed(glucose.trace, lambda: source_of(glucose)) if isinstance(glucose, Trace) else None
