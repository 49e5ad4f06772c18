"""What a pump shows: each thing is told to the user while it is there, and what nobody has to mend is confirmed for them."""

from collections.abc import Callable
from typing import Any

from isletbench.hil_rigs.clients.controller.activation import BROKEN
from isletbench.hil_rigs.clients.controller.books import GRAIN_S
from isletbench.hil_rigs.clients.controller.habits import Habits
from isletbench.hil_rigs.clients.controller.living import Alerts
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.protocols import ids
from isletbench.protocols.ids import AnnunciationType, CounterSelection, CounterType

INFORMATION = frozenset({AnnunciationType.TBR_OVER, AnnunciationType.TBR_CANCELED, AnnunciationType.BOLUS_CANCELED})
"""Nothing that anybody has to mend."""
ABOUT = {
    AnnunciationType.OCCLUSION_DETECTED: "occlusion",
    AnnunciationType.RESERVOIR_EMPTY: "reservoir",
    AnnunciationType.RESERVOIR_LOW: "reservoir",
    AnnunciationType.RESERVOIR_ISSUE: "reservoir",
    AnnunciationType.BATTERY_EMPTY: "battery",
    AnnunciationType.BATTERY_LOW: "battery",
    AnnunciationType.POWER_SOURCE_INSUFFICIENT: "battery",
    AnnunciationType.MAX_DELIVERY: "refused",
}
"""What an annunciation is about; everything else is a fault of the pump."""


class Annunciations:
    """Of one pump after another in the same place."""

    def __init__(self, session: Session, habits: Habits, alerts: Alerts, now: Callable[[], float]) -> None:
        self._session, self._habits, self._alerts, self._now = session, habits, alerts, now
        self._told: set[str] = set()
        """What the user has been told of because the pump shows it."""
        self._seen: set[int] = set()
        """Those that the pump has shown, or its history has told of."""
        self._disbelieved: set[AnnunciationType] = set()
        """What this pump tells that cannot be true of it."""
        self._predecessor_seen = float("-inf")
        """When another pump was still in its place, s by the loop's clock."""

    @property
    def puts_off(self) -> bool:
        """Whether a careless client takes what is shown for the end of therapy."""
        return bool(self._told) and not self._habits.tells_warnings_from_the_end

    def begin_anew(self, predecessor_seen: float) -> None:
        """It is another pump; the one before was seen last at this instant."""
        self._seen.clear()
        self._disbelieved.clear()
        self._predecessor_seen = predecessor_seen

    async def heed(self, told: ids.Annunciation | None, *, runs: bool) -> None:
        """Tell the user of what is wrong; ``runs``: therapy does. Raises one of ``LOST``."""
        if told is None or told.status is ids.AnnunciationStatus.CONFIRMED:
            while self._told:  # the most urgent one is shown: there is no other
                self._alerts.set(self._told.pop(), active=False)
            return
        self._seen.add(told.instance_id)
        if told.type in INFORMATION:
            await self._session.ask(ids.COMMAND_POINT, ids.ConfirmAnnunciation(told.instance_id))
        elif told.type is AnnunciationType.RESERVOIR_ISSUE and await self._is_anothers_age():
            self._disbelieved.add(told.type)
        else:
            self._tell(ABOUT.get(told.type, "pump_fault"))
            if told.type in BROKEN and not runs:
                self._tell("no_delivery")  # the same battery is a warning first, and the end later

    def _tell(self, about: str) -> None:
        self._told.add(about)
        self._alerts.set(about)

    def past(self, told: ids.Annunciation) -> None:
        """The history tells of one: its user hears of what was over before anybody looked."""
        if told.instance_id not in self._seen and told.type not in INFORMATION | self._disbelieved:
            self._seen.add(told.instance_id)
            self._tell(ABOUT.get(told.type, "pump_fault"))

    async def _is_anothers_age(self) -> bool:
        """Whether the pump counts an age that it cannot have: another one was there then."""
        if not self._habits.ties_what_it_knows_to_the_device:
            return False
        asked = ids.GetCounter(CounterType.RESERVOIR_INSULIN_OPERATION_TIME, CounterSelection.ELAPSED)
        told: Any = await self._session.ask(ids.STATUS_READER_POINT, asked)
        return isinstance(told, ids.GetCounterResponse) and told.value * 60 > self._now() - self._predecessor_seen + GRAIN_S

    async def confirm(self) -> None:
        """Its user has seen what the pump shows: the pump is told, if it has not been before. Raises one of ``LOST``."""
        shown: ids.AnnunciationStatusValue = await self._session.read(ids.ANNUNCIATION_STATUS)
        if shown.annunciation is not None and shown.annunciation.status is not ids.AnnunciationStatus.CONFIRMED:
            await self._session.ask(ids.COMMAND_POINT, ids.ConfirmAnnunciation(shown.annunciation.instance_id))
