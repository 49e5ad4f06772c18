"""From glucose to a result: error model and artefacts of the inserted sensor, trend, range, warnings.

Source: CGMS 1.0.1, sections 3.1.1 and 3.10.
"""

from collections import deque
from dataclasses import asdict, replace
from typing import Any, TypeAlias

from isletbench.emulator.cgm.alerts import AlertLevels, Trend, above, below
from isletbench.emulator.cgm.annunciation import WARNINGS, allowed
from isletbench.emulator.cgm.conditions import Conditions
from isletbench.emulator.cgm.effects import Bias, CompressionLow, Drift, Gain, Lag, Polynomial, Spike, Stuck
from isletbench.emulator.cgm.error_models import MODELS, Wear, artefacts, lag
from isletbench.emulator.cgm.losses import Chain
from isletbench.emulator.cgm.profile import SensorProfile
from isletbench.emulator.cgm.records import SensorRecord
from isletbench.emulator.core.agenda import Timed
from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.glucose import Effect
from isletbench.emulator.core.quantities import Instant, minutes
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.cgms import Annunciation, Feature
from isletbench.protocols.fields import Special

COMPARABLE = minutes(30)
"""A reference value is compared with the reading nearest to it, at most this far away (choice)."""

Disturbance: TypeAlias = Bias | CompressionLow | Drift | Gain | Spike | Stuck
"""An effect that an action adds to those of the sensor."""
DISTURBANCES = {cls.__name__: cls for cls in (Bias, CompressionLow, Drift, Gain, Spike, Stuck)}


@dataclass(frozen=True, slots=True)
class MeasurementSnapshot:
    """The measurement of a sensor at one instant; what is drawn from its seed alone is not in it."""

    wear: Wear
    ends: Instant
    lag: tuple[tuple[Instant, float, float] | None, ...]
    """The last sample of every lag."""
    polynomials: tuple[Instant, ...]
    """Since when every calibration error counts its time."""
    disturbances: tuple[tuple[str, dict[str, Any]], ...]
    taken: int
    last: SensorRecord | None
    trend: tuple[tuple[Instant, float], ...]
    raw: tuple[tuple[int, float], ...]
    attenuation: tuple[int, str]


class Measuring(Timed):
    """What the inserted sensor makes of glucose, and the recent results of its session."""

    def __init__(self, profile: SensorProfile, seed: int) -> None:
        self.taken = 0
        """How many measurements of the session have been due."""
        self.last: SensorRecord | None = None
        """The last result of the session."""
        self.disturbances: list[Disturbance] = []
        """Effects added by actions, after those of the sensor itself."""
        self._profile = profile
        self._effects: tuple[Effect, ...] = ()
        self._trend = Trend()
        self._raw: deque[tuple[int, float]] = deque()
        self._attenuation = Chain(profile.attenuation, stream(seed, "attenuation"))

    # The sensor and its session

    def insert(self, wear: Wear, ends: Instant) -> None:
        """A new sensor measures from now on, with errors of its own; it fades before its life ``ends``."""
        self._wear, self._ends = wear, ends
        profile = self._profile
        self._effects = (
            *lag(wear, profile.lag),
            *MODELS[profile.error_model](wear),
            *artefacts(wear, profile.artefacts, ends),
        )
        self.disturbances.clear()

    def begin(self) -> None:
        """Discard the results of the session before."""
        self.taken, self.last, self._trend = 0, None, Trend()
        self._raw.clear()
        self.retimed()

    def count(self) -> None:
        """A measurement of the session is due now."""
        self.taken += 1
        self.retimed()

    def calibrated(self, at: Instant) -> None:
        """A calibration has been accepted."""
        for effect in self._effects:
            if isinstance(effect, Polynomial):
                effect.calibrated(at)

    # Results

    @property
    def rate(self) -> float | None:
        """The rate of change of the last result, mg/dL/min."""
        return self.last.trend if self.last else None

    def attenuates(self, hour: int) -> bool:
        """Whether the signal is too weak for the next result; drawn once for each. ``hour`` is the local hour, 0..23."""
        return self._attenuation.loses(hour)

    def reading_at(self, minute: int) -> float | None:
        """The uncalibrated reading nearest to a minute of the session, mg/dL; None without one that is comparable."""
        offset, raw = min(self._raw, key=lambda entry: abs(entry[0] - minute), default=(0, None))
        return raw if abs(offset - minute) <= COMPARABLE // minutes(1) else None

    def sense(self, at: Instant, glucose: float, offset: int) -> float:
        """The uncalibrated reading of true glucose, mg/dL, at minute ``offset`` of the session."""
        raw = glucose
        for effect in (*self._effects, *self.disturbances):
            raw = effect(at, raw)
        self._raw.append((offset, raw))
        while self._raw[0][0] < offset - 2 * COMPARABLE // minutes(1):
            self._raw.popleft()
        return raw

    def result(self, at: Instant, offset: int, glucose: float, levels: AlertLevels, status: Annunciation) -> SensorRecord:
        """The result of a calibrated reading, mg/dL. ``status`` is what the annunciation says apart from this result."""
        profile = self._profile
        clamped = float(round(min(max(glucose, profile.low), profile.high)))
        trend = self._trend.of(at, clamped)
        shown, beyond = self._shown(glucose, clamped)
        annunciation = status & ~WARNINGS | beyond | levels.warnings(clamped, trend)
        return self._record(SensorRecord(at, offset, shown, annunciation, trend, profile.quality))

    def invalid(self, at: Instant, offset: int, shown: Special, status: Annunciation) -> SensorRecord:
        """A result without a number."""
        return self._record(SensorRecord(at, offset, shown, status & ~WARNINGS, None, 0.0))

    def _record(self, result: SensorRecord) -> SensorRecord:
        """Keep a result as the last one, without what this make does not have."""
        features = self._profile.features
        self.last = replace(
            result,
            annunciation=allowed(result.annunciation, features),
            trend=result.trend if Feature.TREND in features else None,
            quality=result.quality if Feature.QUALITY in features else None,
        )
        return self.last

    def why_invalid(self, conditions: Conditions, *, attenuated: bool, uncalibrated: bool) -> Special | None:
        """What a result shows in place of a number; None for a valid one. CGMS 1.0.1, section 3.10."""
        coldest, hottest = self._profile.temperatures
        if conditions.malfunction or not coldest <= conditions.temperature <= hottest or uncalibrated:
            return Special.NAN
        return self._profile.choices.unresolved if attenuated or conditions.attenuated else None

    def _shown(self, result: float, clamped: float) -> tuple[float | Special, Annunciation]:
        """What is shown for a result, and whether it is beyond the range of the sensor."""
        choices = self._profile.choices
        if below(result, self._profile.low):
            return clamped if choices.too_low is None else choices.too_low, Annunciation.RESULT_LOWER_THAN_PROCESSABLE
        if above(result, self._profile.high):
            return clamped if choices.too_high is None else choices.too_high, Annunciation.RESULT_HIGHER_THAN_PROCESSABLE
        return clamped, Annunciation(0)

    # Snapshots

    def snapshot(self) -> MeasurementSnapshot:
        """The measurement as it is now."""
        return MeasurementSnapshot(
            wear=self._wear,
            ends=self._ends,
            lag=tuple(effect.last for effect in self._effects if isinstance(effect, Lag)),
            polynomials=tuple(effect.since for effect in self._effects if isinstance(effect, Polynomial)),
            disturbances=tuple((type(effect).__name__, asdict(effect)) for effect in self.disturbances),
            taken=self.taken,
            last=self.last,
            trend=tuple(self._trend.recent),
            raw=tuple(self._raw),
            attenuation=(self._attenuation.readings, self._attenuation.state),
        )

    def restore(self, snapshot: MeasurementSnapshot) -> None:
        """Go on from a snapshot of a sensor of the same profile and seed; to be called on a new one.

        Noise and daily artefacts are functions of time: they are drawn again from the seed of the inserted sensor.
        """
        self.insert(snapshot.wear, snapshot.ends)
        lags = [effect for effect in self._effects if isinstance(effect, Lag)]
        for effect, last in zip(lags, snapshot.lag, strict=True):
            effect.last = last
        polynomials = [effect for effect in self._effects if isinstance(effect, Polynomial)]
        for polynomial, since in zip(polynomials, snapshot.polynomials, strict=True):
            polynomial.since = since
        self.disturbances = [DISTURBANCES[name](**values) for name, values in snapshot.disturbances]
        self.taken, self.last = snapshot.taken, snapshot.last
        self.retimed()
        self._trend, self._raw = Trend(deque(snapshot.trend)), deque(snapshot.raw)
        self._attenuation.restore(*snapshot.attenuation)
