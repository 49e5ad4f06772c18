"""Careless clients: which pump it is, how it is, and what the user learns of it."""

from isletbench.hil_rigs.clients.controller.activation import Activation
from isletbench.hil_rigs.clients.controller.alerts import Alerts
from isletbench.hil_rigs.clients.controller.pump import PumpDriver
from isletbench.hil_rigs.clients.controller.pump_status import PumpStatus
from isletbench.protocols import ids
from isletbench.protocols.ids import OperationalState


class MixesDevices(PumpDriver):
    """The client takes another pump in the old one's place for the same, with its numbers and its age.

    Report: nightscout/AndroidAPS#2017 (LIF-05).
    """

    def _another_pump(self) -> None:
        pass


class RemembersItsStep(Activation):
    """The client goes on with an activation from the step that it remembers, not from the one that the pump reports.

    Report: jbr7rr/MedtrumKit#109 (LIF-01).
    """

    def _state(self, status: ids.Status) -> OperationalState:
        return OperationalState.READY if isinstance(self._answered, ids.StartPriming) else OperationalState.WAITING


class SetsAnythingGoing(Activation):
    """The client starts a pump that shows a fault.

    Report: the storage and self-test faults of CareLevo in nightscout/AndroidAPS, and of pods in LoopKit/OmniBLE (LIF-09).
    """

    def _forbids_start(self, shown: ids.Annunciation) -> bool:
        return False


class StopsForEveryWarning(PumpStatus):
    """The client takes every warning for the end of therapy: no basal adjustment, no bolus.

    Report: LoopKit/Loop#1974 (LIF-03).
    """

    @property
    def may_deliver(self) -> bool:
        return super().may_deliver and not self._annunciations.raised


class KeepsQuiet(Alerts):
    """The client notifies its user of nothing.

    Report: LoopKit/Loop#1364 (CGM-11).
    """

    def _notify(self, about: str, active: bool) -> None:
        pass
