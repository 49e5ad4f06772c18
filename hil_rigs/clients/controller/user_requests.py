"""What the user wants of the pump or the sensor, and has not got yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import Alerts


@dataclass(frozen=True, slots=True)
class UserRequest:
    """Something that the user wants at an instant (s, by the loop's clock)."""

    at: float
    do: str
    """``bolus``, ``meal``, ``cancel_bolus``, ``stop``, ``run``, ``set_clock``, ``confirm`` or ``activate``; of the sensor
    ``start_session`` or ``calibrate``; of the meter ``delete_tests``."""
    units: float = 0.0
    """Of a bolus; of an activation, how much is to be primed."""
    minutes: int = 0
    """Duration of an extended bolus; 0 for a fast one."""
    grams: float = 0.0
    """Carbohydrate of a meal."""
    is_automatic: bool = False
    """Whether it is a bolus that an algorithm wants and nobody waits for: it is asked for once, or not at all."""


def requests_of(intents: Iterable[Mapping[str, Any]], began: float) -> list[UserRequest]:
    """The requests of a scenario's user (``Scenario.wanted``), by a clock that shows ``began`` (s) when the client starts."""
    return [
        UserRequest(
            began + one["at"], one["do"], float(one.get("units", 0)), int(one.get("minutes", 0)), float(one.get("grams", 0))
        )
        for one in intents
    ]


class PendingRequests:
    """The requests that are still to be carried out, the oldest first. A bolus is taken out before the pump is asked for it:
    what has become of it then is in the dose log, and only one that was certainly not given is put back."""

    def __init__(self, wanted: Iterable[UserRequest], alerts: Alerts) -> None:
        self._waiting, self._alerts = list(wanted), alerts

    @property
    def next_at(self) -> float | None:
        """When the next one is due, s."""
        return min((request.at for request in self._waiting), default=None)

    def due(self, now: float) -> list[UserRequest]:
        """The requests whose time has come."""
        return [request for request in self._waiting if request.at <= now]

    def bolus(self, now: float) -> UserRequest | None:
        """The first bolus whose time has come."""
        return next((request for request in self.due(now) if request.do == "bolus"), None)

    def take(self, request: UserRequest) -> None:
        """Take a request out: it is being carried out, or never will be."""
        if request in self._waiting:
            self._waiting.remove(request)

    def put_back(self, request: UserRequest) -> None:
        """Put a request back in front: it was not carried out."""
        if request not in self._waiting:
            self._waiting.insert(0, request)

    def drop(self, request: UserRequest) -> None:
        """Take a request out for ever, and notify the user."""
        self.take(request)
        self._alerts.set("refused")

    def withdraw_boluses(self, now: float) -> None:
        """Take out every bolus wanted by now: the user has stopped or cancelled."""
        self._waiting = [request for request in self._waiting if request.do != "bolus" or request.at > now]
