"""A device's radio as it is on a body in a room: weak, slow, and gone now and then.

``Conditions`` are data, from a rig or from whoever steers a bench. ``Radio`` draws what they leave to chance, each purpose
from a stream of its own: the same seed is the same run, and switching one thing on does not reshuffle the others.

What a radio does to a living connection is delay: the link layer repeats what was not heard at the next connection event,
until it was, or until nothing was heard for the supervision time-out (Core Vol 6, Part B, 4.5.2 and 4.5.9).
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from isletbench.emulator.core.chance import stream

RSSI_AT_1_M = -60
"""dBm: a body-worn device, one metre from a phone."""
SENSITIVITY = -95
"""dBm: what is weaker is not heard. Real controllers reach -90 to -103."""
MIN_MTU, MAX_MTU = 23, 517
"""ATT_MTU without an agreement (Core Vol 3, Part G, 5.2.1), and the largest that a value of 512 octets can use."""
MIN_SUPERVISION_MS, MAX_SUPERVISION_MS = 100, 32_000
"""Core Vol 6, Part B, 4.5.2."""
SHORTEST_CONTACT_MS = 20
LONGEST_STORM = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How well a device's radio is heard. The defaults are a radio as there is none: nothing is ever lost or late.

    Raises ``ValueError``, naming the field and its range.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    loss: float = 0.0
    """Probability, 0 to 1, that an advertisement, or a packet at one connection event, is not heard. At 1 the device is out of
    range."""
    delay_events: int = 0
    """Connection events that every packet waits for, 0 to 500; a real radio needs at least 1."""
    distance_m: float = 1.0
    """Metres to whoever listens, above 0: the signal fades with the square of it."""
    fading_db: float = 0.0
    """Standard deviation of the signal strength from one advertisement to the next, dB, 0 to 30."""
    accepts_updates: bool = True
    """Whether the device agrees when a client asks for other connection parameters; if not, the client is told 0x3B."""
    mtu: int = MAX_MTU
    """The largest ATT_MTU that the device agrees to, 23 to 517."""
    supervision_timeout_ms: int | None = None
    """How long a silence ends a connection, 100 to 32000 ms; what the client asked for when left out."""
    drops_per_hour: float = 0.0
    """How often an hour a connection breaks for no reason, 0 to 3600: both sides see a supervision time-out."""
    storm_length: int = 0
    """How many connections in a row break after such a break, 0 to 1000: a client that reconnects at once meets a storm."""
    storm_within_ms: int = 500
    """How long a connection in a storm lasts at most, 20 to 60000 ms."""

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[float, float]] = {
            "loss": (0, 1),
            "delay_events": (0, 500),
            "distance_m": (0.01, 10_000),
            "fading_db": (0, 30),
            "mtu": (MIN_MTU, MAX_MTU),
            "drops_per_hour": (0, 3_600),
            "storm_length": (0, LONGEST_STORM),
            "storm_within_ms": (SHORTEST_CONTACT_MS, 60_000),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: expected {low:g} to {high:g}, got {getattr(self, name)}")
        timeout = self.supervision_timeout_ms
        if timeout is not None and not MIN_SUPERVISION_MS <= timeout <= MAX_SUPERVISION_MS:
            raise ValueError(f"supervision_timeout_ms: expected {MIN_SUPERVISION_MS} to {MAX_SUPERVISION_MS}, got {timeout}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferredParameters:
    """The connection parameters a device asks its client for once they are secured; the client may refuse.

    Ranges: Core Vol 6, Part B, 4.5.1 and 4.5.2. Raises ``ValueError``, naming the field and its range.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    interval_ms: float
    """From one connection event to the next, 7.5 to 4000 ms, rounded down to a multiple of 1.25 ms."""
    latency: int = 0
    """Connection events that the device may sleep through, 0 to 499."""
    supervision_timeout_ms: int = 6_000
    """Silence that ends the connection, 100 to 32000 ms; longer than two intervals in which the device is awake."""

    def __post_init__(self) -> None:
        awake_ms = 2 * (1 + self.latency) * self.interval_ms
        ranges: dict[str, tuple[float, float]] = {
            "interval_ms": (7.5, 4_000),
            "latency": (0, 499),
            "supervision_timeout_ms": (max(MIN_SUPERVISION_MS, awake_ms), MAX_SUPERVISION_MS),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: expected {low:g} to {high:g}, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Quiet:
    """What a device leaves out when it advertises; nothing at first."""

    hides_name: bool = False
    hides_services: bool = False
    interval_ms: int | None = None
    """From one advertisement to the next; the device's own when None."""


class Radio:
    """One device's radio: its conditions now, and what they bring.

    ``seed`` and ``name`` make its chances. Whoever carries its packets sets ``on_change`` and ``on_drop``; whoever
    wants to know that a connection breaks by chance sets ``on_break``.
    """

    def __init__(self, conditions: Conditions | None = None, *, seed: int | str = 0, name: str = "air") -> None:
        self.conditions = conditions or Conditions()
        self.on_change: Callable[[], None] = lambda: None
        self.on_drop: Callable[[], None] = lambda: None
        self.on_break: Callable[[], None] = lambda: None
        self._losing, self._fading, self._breaking = (
            stream(seed, name, "radio", purpose) for purpose in ("loss", "fading", "drops")
        )
        self._storm = 0
        self.in_storm = False
        """Whether the connection that stands is to break soon."""

    # Steering

    def change(self, **changes: Any) -> None:
        """From now on these fields of ``Conditions`` are others. Raises ``ValueError`` and changes nothing when one is
        unknown or out of range."""
        if unknown := changes.keys() - asdict(self.conditions).keys():
            raise ValueError(f"{min(unknown)}: expected one of {', '.join(asdict(self.conditions))}")
        self.conditions = replace(self.conditions, **changes)
        self.on_change()

    def storm(self, length: int) -> None:
        """Break what is connected, and the next ``length`` connections (0 to 1000) soon after they begin.

        Raises ``ValueError``.
        """
        if not 0 <= length <= LONGEST_STORM:
            raise ValueError(f"storm: expected 0 to {LONGEST_STORM} connections, got {length}")
        self._storm = length
        self.on_drop()

    # What happens

    @property
    def in_range(self) -> bool:
        """Whether anything is heard at all."""
        return self.conditions.loss < 1 and self._mean_rssi() >= SENSITIVITY

    def _mean_rssi(self) -> float:
        return RSSI_AT_1_M - 20 * math.log10(self.conditions.distance_m)

    def rssi(self) -> int:
        """The strength of one packet, dBm."""
        fading = self.conditions.fading_db
        strength = self._mean_rssi() + (self._fading.gauss(0, fading) if fading else 0)
        return max(-127, min(20, round(strength)))

    def hears_advertisement(self) -> bool:
        """Whether one advertisement gets through."""
        return not self._lost() and self.rssi() >= SENSITIVITY

    def _lost(self) -> bool:
        loss = self.conditions.loss
        return loss > 0 and self._losing.random() < loss

    def events_until_heard(self, limit: int) -> int | None:
        """How many connection events one packet takes; None when it is not heard within ``limit``."""
        missed = 0
        while self._lost():
            missed += 1
            if missed >= limit:
                return None
        return self.conditions.delay_events + missed

    def contact_lasts(self) -> float | None:
        """How long the connection that begins now will last, s; None when nothing but its ends will end it."""
        self.in_storm = self._storm > 0
        if self.in_storm:
            self._storm -= 1
            return self._breaking.uniform(SHORTEST_CONTACT_MS, self.conditions.storm_within_ms) / 1_000
        rate = self.conditions.drops_per_hour / 3_600
        return self._breaking.expovariate(rate) if rate else None

    def broke(self) -> None:
        """A connection broke by chance: the storm begins, unless it was one of a storm."""
        if not self.in_storm:
            self._storm = self.conditions.storm_length
        self.on_break()
