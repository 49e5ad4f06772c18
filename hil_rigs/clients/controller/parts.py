"""Which class each part of a controller is built from."""

from dataclasses import dataclass
from typing import TypeVar

Part = TypeVar("Part")


@dataclass(frozen=True)
class Parts:
    """The classes that a controller is built from: the careful ones, with at most one subclass in place of its base.

    Whatever builds a part asks ``of`` for its class. So a client that does one thing differently is a subclass of one part and
    overrides one method; nothing else of the controller has to be written again, or has to know of it.
    """

    replacement: type | None = None

    def of(self, part: type[Part]) -> type[Part]:
        """The class to build where ``part`` is wanted: the replacement where it is a subclass of ``part``, else ``part``."""
        return self.replacement if self.replacement is not None and issubclass(self.replacement, part) else part


CAREFUL = Parts()
"""The careful controller."""
