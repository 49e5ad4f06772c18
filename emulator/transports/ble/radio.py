"""The radio conditions of a device: packet loss, delay, distance, fading and broken connections.

``RadioConditions`` are data of a rig, a fault or the control API. ``Radio`` draws the random events, each purpose from its own
stream: the same seed gives the same run, and a further condition does not change the draws of the others.

Packet loss on an established connection is a delay: the link layer retransmits a packet at the next connection event until it
is received, or until the supervision timeout (Core Vol 6, Part B, 4.5.2 and 4.5.9).
"""

import math
from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import model_validator

from isletbench.emulator.core.chance import stream
from isletbench.emulator.core.conditions import Conditions
from isletbench.emulator.core.ranges import Within
from isletbench.emulator.core.values import dataclass

RSSI_AT_1_M = -60
"""RSSI of a body-worn device at a distance of 1 m, dBm."""
SENSITIVITY = -95
"""The weakest signal that is received, dBm. Products reach -90 to -103."""
MIN_MTU, MAX_MTU = 23, 517
"""ATT_MTU without an agreement (Core Vol 3, Part G, 5.2.1), and the largest that a value of 512 octets can use."""
MIN_SUPERVISION_MS, MAX_SUPERVISION_MS = 100, 32_000
"""Core Vol 6, Part B, 4.5.2."""
SHORTEST_CONNECTION_MS = 20
MAX_STORM_LENGTH = 1_000


class RadioConditions(Conditions):
    """How well a device's radio is received. The defaults are an ideal radio: nothing is ever lost or late."""

    loss: Annotated[float, Within(0, 1)] = 0.0
    """Probability that an advertisement, or a packet at one connection event, is not received; at 1 the device is out of
    range."""
    delay_events: Annotated[int, Within(0, 500)] = 0
    """Connection events that every packet waits for; a real radio needs at least 1."""
    distance_m: Annotated[float, Within(0.01, 10_000)] = 1.0
    """Distance to the receiver, m: the signal fades with the square of it."""
    fading_db: Annotated[float, Within(0, 30)] = 0.0
    """Standard deviation of the signal strength from one advertisement to the next, dB."""
    accepts_updates: bool = True
    """Whether the device agrees when a client asks for other connection parameters; if not, it answers with error 0x3B."""
    mtu: Annotated[int, Within(MIN_MTU, MAX_MTU)] = MAX_MTU
    """The largest ATT_MTU that the device agrees to, octets."""
    supervision_timeout_ms: Annotated[int, Within(MIN_SUPERVISION_MS, MAX_SUPERVISION_MS)] | None = None
    """How long a silence ends a connection, ms; what the client asked for when left out."""
    drops_per_hour: Annotated[float, Within(0, 3_600)] = 0.0
    """How often an hour a connection breaks for no reason: both sides see a supervision time-out."""
    storm_length: Annotated[int, Within(0, MAX_STORM_LENGTH)] = 0
    """How many connections in a row break after such a break: a client that reconnects at once meets a storm."""
    storm_within_ms: Annotated[int, Within(SHORTEST_CONNECTION_MS, 60_000)] = 500
    """How long a connection in a storm lasts at most, ms."""


class PreferredParameters(Conditions):
    """The connection parameters a device asks its client for once the connection is encrypted; the client may refuse.

    Ranges: Core Vol 6, Part B, 4.5.1 and 4.5.2.
    """

    interval_ms: Annotated[float, Within(7.5, 4_000)]
    """From one connection event to the next, ms, rounded down to a multiple of 1.25 ms."""
    latency: Annotated[int, Within(0, 499)] = 0
    """Connection events that the device may sleep through."""
    supervision_timeout_ms: Annotated[int, Within(MIN_SUPERVISION_MS, MAX_SUPERVISION_MS)] = 6_000
    """Silence that ends the connection, ms; longer than two intervals in which the device is awake."""

    @model_validator(mode="after")
    def _outlasts_its_sleep(self) -> Self:
        shortest = max(MIN_SUPERVISION_MS, 2 * (1 + self.latency) * self.interval_ms)
        try:
            Within(shortest, MAX_SUPERVISION_MS).check(self.supervision_timeout_ms)
        except ValueError as error:
            raise ValueError(f"supervision_timeout_ms: {error}") from None
        return self


@dataclass(frozen=True, slots=True)
class AdvertisingLimits:
    """Restrictions of a device's advertisements; the defaults restrict nothing."""

    hides_name: bool = False
    hides_services: bool = False
    interval_ms: int | None = None
    """Advertising interval, ms; None is the device's own."""


class Radio:
    """The radio of a device: its current conditions and its random events.

    ``seed`` and ``name`` seed its random streams. ``on_change`` is called when conditions change, ``on_drop`` to drop every
    connection, ``on_break`` when a connection breaks at random.
    """

    def __init__(self, conditions: RadioConditions | None = None, *, seed: int | str = 0, name: str = "air") -> None:
        self._apply(conditions or RadioConditions())
        self.on_change: Callable[[], None] = lambda: None
        self.on_drop: Callable[[], None] = lambda: None
        self.on_break: Callable[[], None] = lambda: None
        self._losing, self._fading, self._breaking = (
            stream(seed, name, "radio", purpose) for purpose in ("loss", "fading", "drops")
        )
        self._storm = 0
        self.in_storm = False
        """Whether the current connection is one of a storm."""

    # Control

    def change(self, **changes: Any) -> None:
        """Change these fields of the conditions. Raises ``ValueError`` and changes nothing when one is unknown or out of
        range."""
        self._apply(self.conditions.changed(**changes))
        if "storm_length" in changes:
            self._storm = min(self._storm, self.conditions.storm_length)
        self.on_change()

    def storm(self, length: int) -> None:
        """Break every connection, and the next ``length`` connections (0 to 1000) shortly after they begin.

        Raises ``ValueError``.
        """
        if not 0 <= length <= MAX_STORM_LENGTH:
            raise ValueError(f"storm: expected 0 to {MAX_STORM_LENGTH} connections, got {length}")
        self._storm = length
        self.on_drop()

    @property
    def storm_left(self) -> int:
        """How many of the next connections break shortly after they begin."""
        return self._storm

    def end_storm(self) -> None:
        """Let the next connections live."""
        self._storm = 0

    # Random events

    def _apply(self, conditions: RadioConditions) -> None:
        self.conditions = conditions
        self.in_range: bool = conditions.loss < 1 and self._mean_rssi() >= SENSITIVITY
        """Whether the radio receives any packet."""
        self.delays: bool = conditions.loss > 0 or conditions.delay_events > 0
        """Whether a packet of a connection may take more than its turn."""

    def _mean_rssi(self) -> float:
        return RSSI_AT_1_M - 20 * math.log10(self.conditions.distance_m)

    def rssi(self) -> int:
        """Draw the RSSI of one packet, dBm, -127 to 20."""
        fading = self.conditions.fading_db
        strength = self._mean_rssi() + (self._fading.gauss(0, fading) if fading else 0)
        return max(-127, min(20, round(strength)))

    def receives_advertisement(self) -> bool:
        """Draw whether one advertisement is received."""
        return not self._lost() and self.rssi() >= SENSITIVITY

    def _lost(self) -> bool:
        loss = self.conditions.loss
        return loss > 0 and self._losing.random() < loss

    def events_until_received(self, limit: int, least: int = 0) -> int | None:
        """Draw how many connection events one packet takes, at least ``least``; None for more than ``limit``."""
        missed = 0
        while self._lost():
            missed += 1
            if missed >= limit:
                return None
        return max(least, self.conditions.delay_events) + missed

    def connection_lifetime_s(self) -> float | None:
        """Draw how long a new connection lasts, s; None for one that does not break at random."""
        self.in_storm = self._storm > 0
        if self.in_storm:
            self._storm -= 1
            return self._breaking.uniform(SHORTEST_CONNECTION_MS, self.conditions.storm_within_ms) / 1_000
        rate = self.conditions.drops_per_hour / 3_600
        return self._breaking.expovariate(rate) if rate else None

    def connection_broke(self) -> None:
        """Record that a connection broke at random: a storm begins, unless the connection was one of a storm."""
        if not self.in_storm:
            self._storm = self.conditions.storm_length
        self.on_break()
