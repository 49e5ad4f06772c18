"""Whether insulin leaves the reservoir as the pump says: one that was left in its rewind screen counts, and moves nothing."""

from typing import Any

MISSING_U = 1.0
"""A difference between what the pump counts and what has left its reservoir that cannot come from rounding any more."""


class ReservoirWatch:
    """Compares the pump's display of its reservoir with its count of delivered insulin, from reading to reading."""

    def __init__(self) -> None:
        self._shown: float | None = None
        self._counted = 0.0
        self._has_moved = False

    def finds_missing(self, shown: Any, counted: float) -> bool:
        """Whether insulin is missing: ``shown`` is what the pump says is left, ``counted`` what it says it has ever delivered,
        both U."""
        if not isinstance(shown, float):
            self._shown = None
            return False
        before = self._shown
        if before is None or shown > before or counted < self._counted:  # another reservoir, other counters
            self._begin(shown, counted)
            self._has_moved = False
            return False
        if not self._can_be_compared(before, shown, counted):
            return False
        return counted - self._counted - (before - shown) > MISSING_U

    def _can_be_compared(self, before: float, shown: float, counted: float) -> bool:
        """Whether the display says how much is left: not before it has moved, for it may mean *50 U or more*, and not at 0, for
        there may be a hidden margin."""
        if not self._has_moved:
            self._has_moved = shown < before
            self._begin(shown, counted)
            return False
        return shown > 0

    def _begin(self, shown: float, counted: float) -> None:
        self._shown, self._counted = shown, counted
