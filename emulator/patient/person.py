"""What every patient is, computed or recorded: what devices, actions and the bench know of one."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.quantities import Instant, Insulin, Span
from isletbench.emulator.patient.intake import Form


class Person(Protocol):
    """One patient, advanced to an instant. Implements ``Machine`` and ``Body``."""

    received: Insulin
    """All insulin that was ever received, uU."""

    @property
    def ledger(self) -> Ledger:
        """The ground truth."""

    @property
    def now(self) -> Instant:
        """The instant it has come to: never later than the last ``advance``."""

    @property
    def next_deadline(self) -> Instant | None:
        """When there is something to write down next."""

    def advance(self, now: Instant) -> None:
        """Bring the person to ``now``."""

    def receive(self, at: Instant, amount: Insulin, /) -> None:
        """Take so much insulin (uU) at this instant."""

    def plasma(self, now: Instant, /) -> float | None:
        """Plasma glucose, mg/dL; None where nobody knows it."""

    def interstitial(self, now: Instant, /) -> float | None:
        """Glucose of the interstitial fluid, mg/dL; None where nobody knows it."""

    def consume(self, mg: int, now: Instant, *, form: Form, over: Span | None = None, at: Instant | None = None) -> None:
        """Eat or drink so much carbohydrate. Raises ``Refused``."""

    def move(self, now: Instant, *, span: Span, intensity: float, at: Instant | None = None) -> None:
        """Exercise. Raises ``Refused``."""

    def status(self, now: Instant) -> Mapping[str, Any]:
        """The person's state as plain data for people."""

    def snapshot(self) -> dict[str, Any]:
        """The person as now, but for the ledger, as JSON-able data."""

    def restore(self, snapshot: Mapping[str, Any], ledger: Iterable[Occurrence]) -> None:
        """Make a new person the one of which the snapshot was taken."""
