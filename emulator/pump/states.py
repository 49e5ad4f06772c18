"""Every state machine of the pump, as literal tables: nothing but states, events and transitions may stand here.

What a table does not have is refused with "procedure not applicable". Where the specification leaves a transition to the
pump, the row is our choice. Source: IDS 1.0.2, sections 3.3, 3.4 and 3.7; the drawings in docs/pump.md are made from here.
"""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from isletbench.protocols.ids import AnnunciationStatus, OperationalState, TherapyControlState

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


class Reason(Enum):
    """Why a pump refuses an operation."""

    NOT_POSSIBLE = "not possible in this state"
    OUT_OF_RANGE = "a number that the pump cannot be set to"
    UNKNOWN = "the pump has no such thing"
    FAILED = "the pump failed while it carried the operation out"
    TOO_MANY_BOLUSES = "no more boluses of this kind at a time"


class Refused(Exception):
    """The pump does not carry out an operation, for this ``reason``."""

    def __init__(self, reason: Reason, why: str) -> None:
        super().__init__(why)
        self.reason = reason


def after(table: Mapping[tuple[S, E], S], state: S, event: E) -> S:
    """The state that follows. Raises ``Refused`` for what the table does not have."""
    try:
        return table[state, event]
    except KeyError:
        possible = " or ".join(dict.fromkeys(word(begin).replace("_", " ") for begin, known in table if known is event))
        why = f"not possible when {word(state).replace('_', ' ')}, only when {possible}"
        raise Refused(Reason.NOT_POSSIBLE, f"{event.value}: {why}") from None


def word(state: Enum) -> str:
    """A state's name for people."""
    return state.value if isinstance(state.value, str) else state.name.lower()


class Therapy(Enum):
    """What can happen to therapy."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"
    FAULT = "fault"


_T = TherapyControlState
THERAPY: Mapping[tuple[TherapyControlState, Therapy], TherapyControlState] = {
    (_T.STOP, Therapy.RUN): _T.RUN,
    (_T.RUN, Therapy.STOP): _T.STOP,
    (_T.RUN, Therapy.PAUSE): _T.PAUSE,
    (_T.PAUSE, Therapy.RUN): _T.RUN,
    (_T.PAUSE, Therapy.STOP): _T.STOP,
    (_T.RUN, Therapy.FAULT): _T.STOP,
    (_T.PAUSE, Therapy.FAULT): _T.STOP,
    (_T.STOP, Therapy.FAULT): _T.STOP,
}
"""Therapy control (IDS 1.0.2, section 3.3.1.1). A stopped pump has nothing to pause. Run needs the operational state ready."""


class Operation(Enum):
    """What can happen to the pump as an apparatus."""

    DETACH = "detach the reservoir"
    ATTACH = "attach a reservoir"
    PRIME = "prime"
    PRIMED = "end priming"
    AWAIT = "wait for the infusion set"
    ACKNOWLEDGE = "acknowledge"
    FAULT = "fault"
    SLEEP = "stand by"
    WAKE = "wake"
    SWITCH_OFF = "switch off"
    SWITCH_ON = "switch on"


_O = OperationalState
OPERATIONAL: Mapping[tuple[OperationalState, Operation], OperationalState] = {
    (_O.READY, Operation.DETACH): _O.PREPARING,
    (_O.WAITING, Operation.DETACH): _O.PREPARING,
    (_O.STANDBY, Operation.DETACH): _O.PREPARING,
    (_O.PREPARING, Operation.ATTACH): _O.WAITING,
    (_O.WAITING, Operation.PRIME): _O.PRIMING,
    (_O.READY, Operation.PRIME): _O.PRIMING,
    (_O.PRIMING, Operation.PRIMED): _O.READY,
    (_O.PRIMING, Operation.AWAIT): _O.WAITING,
    (_O.PRIMING, Operation.FAULT): _O.WAITING,
    (_O.READY, Operation.FAULT): _O.WAITING,
    (_O.WAITING, Operation.FAULT): _O.WAITING,
    (_O.PREPARING, Operation.FAULT): _O.PREPARING,
    (_O.STANDBY, Operation.FAULT): _O.WAITING,
    (_O.WAITING, Operation.ACKNOWLEDGE): _O.READY,
    (_O.READY, Operation.SLEEP): _O.STANDBY,
    (_O.STANDBY, Operation.WAKE): _O.READY,
    (_O.READY, Operation.SWITCH_OFF): _O.OFF,
    (_O.STANDBY, Operation.SWITCH_OFF): _O.OFF,
    (_O.WAITING, Operation.SWITCH_OFF): _O.OFF,
    (_O.PREPARING, Operation.SWITCH_OFF): _O.OFF,
    (_O.PRIMING, Operation.SWITCH_OFF): _O.OFF,
    (_O.OFF, Operation.SWITCH_ON): _O.WAITING,
}
"""Operational state (IDS 1.0.2, section 3.3.1.2; the sequence of a reservoir change is the profile's)."""


class BolusState(Enum):
    """The state of a bolus."""

    PROGRAMMED = "programmed"
    """It waits for its delay to pass."""
    FAST = "fast part"
    EXTENDED = "extended part"
    FAST_SUSPENDED = "fast part suspended"
    EXTENDED_SUSPENDED = "extended part suspended"
    ENDED = "ended"


class BolusEvent(Enum):
    """What can happen to it."""

    START = "start"
    START_EXTENDED = "start without a fast part"
    FAST_DONE = "fast part delivered"
    DELIVERED = "amount delivered"
    SUSPEND = "pause"
    RESUME = "run"
    CANCEL = "cancel"
    FAULT = "fault"


_B, _BE = BolusState, BolusEvent
BOLUS: Mapping[tuple[BolusState, BolusEvent], BolusState] = {
    (_B.PROGRAMMED, _BE.START): _B.FAST,
    (_B.PROGRAMMED, _BE.START_EXTENDED): _B.EXTENDED,
    (_B.FAST, _BE.FAST_DONE): _B.EXTENDED,
    (_B.FAST, _BE.DELIVERED): _B.ENDED,
    (_B.EXTENDED, _BE.DELIVERED): _B.ENDED,
    (_B.FAST, _BE.SUSPEND): _B.FAST_SUSPENDED,
    (_B.EXTENDED, _BE.SUSPEND): _B.EXTENDED_SUSPENDED,
    (_B.FAST_SUSPENDED, _BE.RESUME): _B.FAST,
    (_B.EXTENDED_SUSPENDED, _BE.RESUME): _B.EXTENDED,
    **{(state, event): _B.ENDED for state in _B if state is not _B.ENDED for event in (_BE.CANCEL, _BE.FAULT)},
}
"""A bolus (IDS 1.0.2, section 3.7.2.12). An ended one is no longer known to the control points."""


class TbrState(Enum):
    """Whether a temporary basal rate is in force."""

    NONE = "none"
    ACTIVE = "active"


class TbrEvent(Enum):
    """What can happen to it."""

    SET = "set"
    CHANGE = "change"
    CANCEL = "cancel"
    OVER = "duration over"
    STOP = "therapy stops"
    FAULT = "fault"


TBR: Mapping[tuple[TbrState, TbrEvent], TbrState] = {
    (TbrState.NONE, TbrEvent.SET): TbrState.ACTIVE,
    (TbrState.ACTIVE, TbrEvent.CHANGE): TbrState.ACTIVE,
    (TbrState.ACTIVE, TbrEvent.CANCEL): TbrState.NONE,
    (TbrState.ACTIVE, TbrEvent.OVER): TbrState.NONE,
    (TbrState.ACTIVE, TbrEvent.STOP): TbrState.NONE,
    (TbrState.ACTIVE, TbrEvent.FAULT): TbrState.NONE,
}
"""A temporary basal rate (IDS 1.0.2, sections 3.7.2.8 and 3.7.2.9): a second one has to be asked for as a change."""


class PrimingState(Enum):
    """Whether the fluid path is being filled."""

    IDLE = "idle"
    PRIMING = "priming"


class PrimingEvent(Enum):
    """What can happen to it."""

    START = "start"
    STOP = "stop"
    REACHED = "amount reached"
    FAULT = "fault"


PRIMING: Mapping[tuple[PrimingState, PrimingEvent], PrimingState] = {
    (PrimingState.IDLE, PrimingEvent.START): PrimingState.PRIMING,
    (PrimingState.PRIMING, PrimingEvent.STOP): PrimingState.IDLE,
    (PrimingState.PRIMING, PrimingEvent.REACHED): PrimingState.IDLE,
    (PrimingState.PRIMING, PrimingEvent.FAULT): PrimingState.IDLE,
}
"""Priming (IDS 1.0.2, sections 3.7.2.21 and 3.7.2.22)."""


class ReservoirState(Enum):
    """What the pump knows of its reservoir."""

    DETACHED = "detached"
    ATTACHED = "attached"
    """There is one; how much is in it, nobody has said."""
    FILLED = "filled"
    EMPTY = "empty"


class ReservoirEvent(Enum):
    """What can happen to it."""

    DETACH = "detach"
    ATTACH = "attach"
    SET_LEVEL = "set fill level"
    RUN_DRY = "run dry"


_R, _RE = ReservoirState, ReservoirEvent
RESERVOIR: Mapping[tuple[ReservoirState, ReservoirEvent], ReservoirState] = {
    (_R.DETACHED, _RE.ATTACH): _R.ATTACHED,
    (_R.ATTACHED, _RE.SET_LEVEL): _R.FILLED,
    (_R.FILLED, _RE.SET_LEVEL): _R.FILLED,
    (_R.FILLED, _RE.RUN_DRY): _R.EMPTY,
    (_R.ATTACHED, _RE.RUN_DRY): _R.EMPTY,
    (_R.EMPTY, _RE.RUN_DRY): _R.EMPTY,
    (_R.ATTACHED, _RE.DETACH): _R.DETACHED,
    (_R.FILLED, _RE.DETACH): _R.DETACHED,
    (_R.EMPTY, _RE.DETACH): _R.DETACHED,
}
"""The reservoir (IDS 1.0.2, sections 3.3.1.3 and 3.7.2.23). An empty one is replaced, not filled up."""


class AnnunciationEvent(Enum):
    """What can happen to an annunciation."""

    SNOOZE = "snooze"
    SNOOZE_OVER = "snooze over"
    CONFIRM = "confirm"


_A, _AE = AnnunciationStatus, AnnunciationEvent
ANNUNCIATION: Mapping[tuple[AnnunciationStatus, AnnunciationEvent], AnnunciationStatus] = {
    (_A.PENDING, _AE.SNOOZE): _A.SNOOZED,
    (_A.SNOOZED, _AE.SNOOZE): _A.SNOOZED,
    (_A.SNOOZED, _AE.SNOOZE_OVER): _A.PENDING,
    (_A.PENDING, _AE.CONFIRM): _A.CONFIRMED,
    (_A.SNOOZED, _AE.CONFIRM): _A.CONFIRMED,
}
"""An annunciation (IDS 1.0.2, sections 3.7.2.4 and 3.7.2.5). To snooze a snoozed one starts its time anew."""


class LowSuspendState(Enum):
    """Whether the pump suspends its basal insulin by itself."""

    OFF = "off"
    WATCHING = "watching"
    HELD = "just suspended"
    """For its shortest time."""
    SUSPENDED = "suspended"
    UNAVAILABLE = "unavailable"
    """For a while after its longest time, or after its user has resumed."""


class LowSuspendEvent(Enum):
    """What can happen to it."""

    SWITCH_ON = "switch on"
    SWITCH_OFF = "switch off"
    PREDICTED_LOW = "low glucose predicted"
    LOW = "low glucose"
    SHORTEST_OVER = "shortest time over"
    RECOVERED = "glucose recovers"
    LONGEST_OVER = "longest time over"
    NO_READINGS = "no readings"
    RESUME = "resume"
    AVAILABLE_AGAIN = "available again"
    THERAPY_STOPS = "therapy stops"
    POWER_LOST = "power lost"


_L, _LE = LowSuspendState, LowSuspendEvent
LOW_SUSPEND: Mapping[tuple[LowSuspendState, LowSuspendEvent], LowSuspendState] = {
    (_L.OFF, _LE.SWITCH_ON): _L.WATCHING,
    (_L.WATCHING, _LE.SWITCH_OFF): _L.OFF,
    (_L.WATCHING, _LE.PREDICTED_LOW): _L.HELD,
    (_L.WATCHING, _LE.LOW): _L.HELD,
    (_L.HELD, _LE.SHORTEST_OVER): _L.SUSPENDED,
    (_L.HELD, _LE.RESUME): _L.UNAVAILABLE,
    (_L.HELD, _LE.SWITCH_OFF): _L.OFF,
    (_L.HELD, _LE.THERAPY_STOPS): _L.WATCHING,
    (_L.HELD, _LE.POWER_LOST): _L.WATCHING,
    (_L.SUSPENDED, _LE.RECOVERED): _L.WATCHING,
    (_L.SUSPENDED, _LE.LONGEST_OVER): _L.UNAVAILABLE,
    (_L.SUSPENDED, _LE.NO_READINGS): _L.WATCHING,
    (_L.SUSPENDED, _LE.RESUME): _L.UNAVAILABLE,
    (_L.SUSPENDED, _LE.SWITCH_OFF): _L.OFF,
    (_L.SUSPENDED, _LE.THERAPY_STOPS): _L.WATCHING,
    (_L.SUSPENDED, _LE.POWER_LOST): _L.WATCHING,
    (_L.UNAVAILABLE, _LE.AVAILABLE_AGAIN): _L.WATCHING,
    (_L.UNAVAILABLE, _LE.SWITCH_OFF): _L.OFF,
}
"""Suspension of basal insulin by a pump that receives glucose (the numbers are in ``glucose_limits``). A stop of therapy by the
user or by a fault takes its place."""
