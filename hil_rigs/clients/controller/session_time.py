"""When a sensor's session began, by the client's own clock: it turns a time offset into a time of measurement."""

SLACK_S = 90.0
"""A time offset counts whole minutes: two clocks that agree may differ by this."""
TOLERANCE_S = 600.0
"""By at most so much may the first live reading of a session be ahead of the age that the status says."""

ANCHOR_S = 360.0
"""Where no live reading has come for so long, records are dated by the status alone."""


class SessionTime:
    """The session's begin, s by the loop's clock: narrowed down by every status and every reading.

    A status and a record may count from two moments; it is the records that have to be dated. The first live reading shows
    it: it cannot have been measured after it came.
    """

    def __init__(self) -> None:
        self._earliest, self._latest = float("-inf"), float("inf")
        self._behind = 0.0
        """How much less than the records the status says that the session is old."""
        self._known_since: float | None = None
        self._is_anchored = False

    def of(self, time_offset: int) -> float:
        """When a reading was measured."""
        return self._latest + time_offset * 60

    def can_date(self, now: float) -> bool:
        """Whether records can be dated: a live reading has come, or there is no use in waiting for one."""
        return self._is_anchored or (self._known_since is not None and now - self._known_since >= ANCHOR_S)

    def status(self, time_offset: int, now: float) -> bool:
        """The sensor says how many whole minutes the session is old. False: that cannot be the same session."""
        latest = now - time_offset * 60 - self._behind
        earliest = latest - 60
        if earliest > self._latest + SLACK_S or latest < self._earliest - SLACK_S:
            return False
        self._earliest, self._latest = max(self._earliest, earliest), min(self._latest, latest)
        self._known_since = now if self._known_since is None else self._known_since
        return True

    def live(self, time_offset: int, now: float) -> bool:
        """A reading has just been notified. False: that cannot be one of this session, as far as is known."""
        ahead = self._earliest - (now - time_offset * 60)
        if SLACK_S < ahead <= TOLERANCE_S and not self._is_anchored:
            self._shift(ahead)
        fits = self.received(time_offset, now)
        self._is_anchored = self._is_anchored or fits
        return fits

    def _shift(self, ahead: float) -> None:
        """The records count from a moment that is so much (s) before the one that the status counts from."""
        self._behind = ahead
        self._earliest -= ahead
        self._latest -= ahead

    def received(self, time_offset: int, now: float) -> bool:
        """A reading was received: it was measured before. False: that cannot be one of this session, as far as is known."""
        latest = now - time_offset * 60
        if self._earliest - latest > SLACK_S:
            return False
        self._latest = min(self._latest, max(latest, self._earliest))
        return True
