"""The indications of one connection: one at a time, and 30 s for its confirmation. Core Vol 3, Part F, 3.3.2 and 3.3.3."""

from collections import deque
from dataclasses import field

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.quantities import Instant, seconds
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt.messages import Indicate
from isletbench.emulator.gatt.table import Attribute, Handle

ATT_TRANSACTION_TIMEOUT = seconds(30)
"""Core Vol 3, Part F, 3.3.3: after it an unconfirmed indication is a failed procedure."""


@dataclass(slots=True)
class IndicationQueue:
    """Indications that have not been confirmed; the first one is on the wire. Methods return what is to be sent now."""

    link: Link
    waiting: deque[tuple[Attribute, bytes]] = field(default_factory=deque)
    deadline: Instant | None = None
    """When the indication on the wire times out."""

    def add(self, attribute: Attribute, value: bytes, now: Instant) -> list[Indicate]:
        """Send a value, at once or after those before it."""
        self.waiting.append((attribute, value))
        return self._next(now) if len(self.waiting) == 1 else []

    def awaits(self, handle: Handle) -> bool:
        """Whether the indication on the wire is one of this characteristic."""
        return bool(self.waiting) and self.waiting[0][0].handle == handle

    def confirm(self, now: Instant) -> list[Indicate]:
        """The client has confirmed the indication on the wire: send the next one."""
        self.waiting.popleft()
        return self._next(now)

    def time_out(self) -> list[Attribute]:
        """Discard all of them, since the first one was not confirmed in time; their characteristics, in order."""
        discarded = [attribute for attribute, _ in self.waiting]
        self.waiting.clear()
        self.deadline = None
        return discarded

    def _next(self, now: Instant) -> list[Indicate]:
        self.deadline = None
        if not self.waiting:
            return []
        attribute, value = self.waiting[0]
        self.deadline = now + ATT_TRANSACTION_TIMEOUT
        return [Indicate(self.link, attribute.handle, value)]
