"""Whether insulin leaves the reservoir as the pump says: one that was left in its rewind screen counts, and moves nothing."""

from typing import Any

MISSING_U = 1.0
"""So much that the pump counts and that has not left its reservoir is no rounding any more."""


class ReservoirWatch:
    """Compares two things that a pump tells, from reading to reading."""

    def __init__(self, *, knows_displays: bool) -> None:
        self._knows_displays = knows_displays
        """Whether a display that says *50 or more*, or 0 with a hidden margin behind it, is taken for what it is."""
        self._shown: float | None = None
        self._counted = 0.0
        self._has_moved = False

    def finds_missing(self, shown: Any, counted: float) -> bool:
        """Whether insulin is missing: ``shown`` is what the pump says is left, ``counted`` what it says it has ever delivered,
        both U. A display that has not moved yet, or that is at 0, says nothing."""
        if not isinstance(shown, float):
            self._shown = None
            return False
        before = self._shown
        if before is None or shown > before or counted < self._counted:  # another reservoir, other counters
            self._begin(shown, counted)
            self._has_moved = False
            return False
        if self._knows_displays and not self._has_moved:
            self._has_moved = shown < before
            self._begin(shown, counted)
            return False
        if self._knows_displays and shown <= 0:
            return False
        return counted - self._counted - (before - shown) > MISSING_U

    def _begin(self, shown: float, counted: float) -> None:
        self._shown, self._counted = shown, counted
