"""When things happened to a pump, by the dates of its records: what a client does that trusts the pump's calendar."""

from datetime import datetime, timedelta

from isletbench.hil_rigs.clients.controller.timeline import ZERO, Place, Timeline


class CalendarTimes(Timeline):
    """Dates a record by the date that it carries, and compares the pump's calendar with the client's clock once."""

    def _miss(self) -> None:
        """Ignore that a record is missing."""

    def place(self, reference: float, offset: float) -> Place | None:
        """The place of a record in the pump's calendar, s since the beginning of the century."""
        return None if self._stamp is None else Place(0, (self._stamp + timedelta(seconds=offset) - ZERO).total_seconds())

    def date_chain(self, shown: datetime, now: float) -> None:
        """Compare the pump's calendar with the client's clock, the first time only."""
        self._began.setdefault(0, now - (shown - ZERO).total_seconds())

    def when(self, place: Place | None, now: float) -> float | None:
        """When that was, s by the client's clock; it may be in the future."""
        return self._found(place)
