"""What a pump annunciates: the user is notified while it is shown, and what nobody has to mend is confirmed for them."""

from typing import Any

from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.doses import GRAIN_S
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.controller.session import Session
from isletbench.protocols import ids
from isletbench.protocols.ids import AnnunciationType, CounterSelection, CounterType

INFORMATION = frozenset(
    {
        AnnunciationType.TBR_OVER,
        AnnunciationType.TBR_CANCELED,
        AnnunciationType.BOLUS_CANCELED,
        AnnunciationType.BATTERY_MEDIUM,
    }
)
"""Nothing that anybody has to mend."""
OF_GLUCOSE = frozenset(
    {
        AnnunciationType.GLUCOSE_LOW,
        AnnunciationType.GLUCOSE_HIGH,
        AnnunciationType.GLUCOSE_FALLING,
        AnnunciationType.GLUCOSE_RISING,
        AnnunciationType.SUSPENDED_BEFORE_LOW,
        AnnunciationType.SUSPENDED_ON_LOW,
        AnnunciationType.BASAL_RESUMED,
        AnnunciationType.CGM_SIGNAL_LOST,
    }
)
"""What a pump with a CGM of its own alerts to by itself: no fault of the pump, and its user's to confirm."""
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
"""The alert for an annunciation; every other one is a fault of the pump."""


BROKEN = frozenset(
    {
        AnnunciationType.SYSTEM_ISSUE,
        AnnunciationType.MECHANICAL_ISSUE,
        AnnunciationType.OCCLUSION_DETECTED,
        AnnunciationType.BATTERY_EMPTY,
        AnnunciationType.INFUSION_SET_DETACHED,
    }
)
"""While a pump shows one of these it must not be started."""


class Annunciations:
    """The annunciations of one pump after another in the same place."""

    def __init__(self, session: Session, alerts: Alerts) -> None:
        self._session, self._alerts = session, alerts
        self.raised: set[str] = set()
        """The alerts raised because the pump shows something."""
        self._seen: set[int] = set()
        """The instance IDs that the pump has shown, or that its history has records of."""
        self._disbelieved: set[AnnunciationType] = set()
        """What this pump annunciates and cannot be true of it."""
        self._predecessor_seen = float("-inf")
        """When another pump was still in its place, s by the loop's clock."""

    def begin_anew(self, predecessor_seen: float) -> None:
        """Another pump is there; the one before answered last at this instant."""
        self._seen.clear()
        self._disbelieved.clear()
        self._predecessor_seen = predecessor_seen

    async def heed(self, shown: ids.Annunciation | None, *, runs: bool) -> None:
        """Notify the user of what the pump shows; ``runs``: therapy does. Raises one of ``COMMUNICATION_ERRORS``."""
        if shown is None or shown.status is ids.AnnunciationStatus.CONFIRMED:
            for about in sorted(self.raised):  # the most urgent one is shown: there is no other
                self._alerts.set(about, active=False)
            self.raised.clear()
            return
        self._seen.add(shown.instance_id)
        if shown.type in INFORMATION:
            await self._session.ask(ids.COMMAND_POINT, ids.ConfirmAnnunciation(shown.instance_id))
        elif shown.type in OF_GLUCOSE:
            return
        elif shown.type is AnnunciationType.RESERVOIR_ISSUE and await self._is_of_predecessor():
            self._disbelieved.add(shown.type)
        else:
            self.notify(ABOUT.get(shown.type, "pump_fault"))
            if shown.type in BROKEN and not runs:
                self.notify("no_delivery")  # the same battery is a warning first, and the end later

    def notify(self, about: str) -> None:
        """Notify the user, until the pump shows nothing any more."""
        self.raised.add(about)
        self._alerts.set(about)

    def past(self, annunciation: ids.Annunciation) -> None:
        """The history has a record of an annunciation: the user is notified, even where it was over before anybody looked."""
        if annunciation.instance_id not in self._seen and annunciation.type not in INFORMATION | OF_GLUCOSE | self._disbelieved:
            self._seen.add(annunciation.instance_id)
            self.notify(ABOUT.get(annunciation.type, "pump_fault"))

    async def _is_of_predecessor(self) -> bool:
        """Whether the pump counts an age of its reservoir that it cannot have: another pump was there then."""
        counter = ids.GetCounter(CounterType.RESERVOIR_INSULIN_OPERATION_TIME, CounterSelection.ELAPSED)
        answer: Any = await self._session.ask(ids.STATUS_READER_POINT, counter)
        return isinstance(answer, ids.GetCounterResponse) and answer.value * 60 > now() - self._predecessor_seen + GRAIN_S

    async def confirm(self) -> None:
        """Confirm what the pump shows, if nobody has: the user has seen it. Raises one of ``COMMUNICATION_ERRORS``."""
        value: ids.AnnunciationStatusValue = await self._session.read(ids.ANNUNCIATION_STATUS)
        if value.annunciation is not None and value.annunciation.status is not ids.AnnunciationStatus.CONFIRMED:
            await self._session.ask(ids.COMMAND_POINT, ids.ConfirmAnnunciation(value.annunciation.instance_id))
