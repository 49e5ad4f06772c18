"""The wearer of a bench's devices: its patient, with all insulin received that was due before glucose is measured."""

from typing import Any

from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.quantities import Instant, Insulin
from isletbench.emulator.patient.person import Person


class Wearer:
    """A patient as the devices of a bench meet it. Implements ``Body``.

    Pumps and sensors are advanced by hosts of their own. So the pump is advanced first whenever glucose is asked for: a pulse
    that is due at that instant has arrived by then.
    """

    def __init__(self, patient: Person) -> None:
        self.patient = patient
        self.pump: Host[Any] | None = None
        """The host of the pump that delivers into the patient, once there is one."""

    def plasma(self, now: Instant) -> float | None:
        """Plasma glucose at this instant, mg/dL."""
        self.catch_up()
        return self.patient.plasma(now)

    def interstitial(self, now: Instant) -> float | None:
        """Glucose of the interstitial fluid at this instant, mg/dL."""
        self.catch_up()
        return self.patient.interstitial(now)

    def receive(self, at: Instant, amount: Insulin) -> None:
        """Take so much insulin, uU, at this instant."""
        self.patient.receive(at, amount)

    def catch_up(self) -> None:
        """Let the pump deliver what is due by now."""
        if self.pump is not None:
            self.pump.wake()

    def reconcile(self, delivered: Insulin) -> None:
        """Receive what a restored pump had delivered, uU in all, and this patient not taken down before the bench ended."""
        if (missing := delivered - self.patient.received) > 0:
            self.patient.receive(self.patient.now, missing)
