"""The life of a sensor, as a table: from the skin to the bin. Only states, events, transitions and refusals stand here."""

from collections.abc import Mapping
from enum import Enum


class Session(Enum):
    """The state of a sensor and its session."""

    NO_SENSOR = "no sensor"
    """The device is there, but nothing is inserted."""
    INSERTED = "inserted"
    """A sensor sits in the skin; its session has not been started."""
    WARMING_UP = "warming up"
    """The session runs and time counts, but nothing is measured yet."""
    RUNNING = "running"
    STOPPED = "stopped"
    """By a client, or on the device itself."""
    EXPIRED = "expired"
    """Its life is over."""
    FAILED = "failed"
    """It has failed by itself and cannot be started again."""


class Event(Enum):
    """What can happen to a sensor."""

    INSERT = "insert"
    START = "start"
    WARM = "warm up"
    STOP = "stop"
    EXPIRE = "expire"
    FAIL = "fail"
    REMOVE = "remove"


class Reason(Enum):
    """Why a sensor does not carry out an operation."""

    WRONG_STATE = "the state of the sensor does not allow it"
    NOTHING_TO_STOP = "no session runs that could be stopped"
    NO_SECOND_SESSION = "the sensor allows one session only"
    WRONG_TYPE = "the inserted sensor is of the wrong type"
    NO_CALIBRATION = "the sensor cannot be calibrated"
    NOT_NOW = "no calibration is possible at this time"
    OUT_OF_RANGE = "a value lies outside the range of the sensor"


class Refused(Exception):
    """The sensor does not carry out the operation; nothing has changed."""

    def __init__(self, reason: Reason, why: str | None = None) -> None:
        super().__init__(why or reason.value)
        self.reason = reason


ACTIVE = frozenset({Session.WARMING_UP, Session.RUNNING})
"""A session runs: time counts. CGM Status says "session stopped" in every other state (CGMS 1.0.1, section 3.3.2)."""

TRANSITIONS: Mapping[tuple[Session, Event], Session] = {
    (Session.NO_SENSOR, Event.INSERT): Session.INSERTED,
    (Session.INSERTED, Event.START): Session.WARMING_UP,
    (Session.WARMING_UP, Event.WARM): Session.RUNNING,
    (Session.WARMING_UP, Event.STOP): Session.STOPPED,
    (Session.WARMING_UP, Event.FAIL): Session.FAILED,
    (Session.RUNNING, Event.STOP): Session.STOPPED,
    (Session.RUNNING, Event.EXPIRE): Session.EXPIRED,
    (Session.RUNNING, Event.FAIL): Session.FAILED,
    # Only a device with multiple sessions can start a stopped one again (CGMS 1.0.1, section 3.7.2.8).
    (Session.STOPPED, Event.START): Session.WARMING_UP,
    (Session.INSERTED, Event.REMOVE): Session.NO_SENSOR,
    (Session.WARMING_UP, Event.REMOVE): Session.NO_SENSOR,
    (Session.RUNNING, Event.REMOVE): Session.NO_SENSOR,
    (Session.STOPPED, Event.REMOVE): Session.NO_SENSOR,
    (Session.EXPIRED, Event.REMOVE): Session.NO_SENSOR,
    (Session.FAILED, Event.REMOVE): Session.NO_SENSOR,
}
"""What is absent is refused: a running session cannot start (test CGMCP/BI-08-C), a stopped one cannot stop (CGMS 1.0.1,
section 3.7.2.9), and what has expired or failed works again only after it has been replaced."""


def after(session: Session, event: Event) -> Session:
    """The state that follows an event. Raises ``Refused`` for what the table does not have."""
    try:
        return TRANSITIONS[session, event]
    except KeyError:
        reason = Reason.NOTHING_TO_STOP if event is Event.STOP else Reason.WRONG_STATE
        which = "because none is inserted" if session is Session.NO_SENSOR else f"that is {session.value}"
        raise Refused(reason, f"cannot {event.value} a sensor {which}") from None
