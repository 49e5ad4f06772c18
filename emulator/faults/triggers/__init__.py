"""What a fault or an action waits for: conditions, declared in files and calls, and the watches that look out for them.

``condition`` is what all conditions have, ``happenings``, ``states`` and ``combined`` declare them, ``compared`` says how they
compare, ``sentence`` their form as one line of words, ``watch`` what
looks out for them, ``seen`` what it is shown.
"""

from isletbench.emulator.faults.triggers.combined import AllOf, AnyOf, InOrder
from isletbench.emulator.faults.triggers.condition import AnyCondition, Condition, condition_of
from isletbench.emulator.faults.triggers.happenings import OnAmount, OnMessage, OnStrike, StateWord
from isletbench.emulator.faults.triggers.seen import ConnectionBegan, EventHappened, FaultStruck, MessagePassed, Seen
from isletbench.emulator.faults.triggers.states import OnLevel
from isletbench.emulator.faults.triggers.watch import Scope, View, Watch

__all__ = [
    "AllOf",
    "AnyCondition",
    "AnyOf",
    "Condition",
    "ConnectionBegan",
    "EventHappened",
    "FaultStruck",
    "InOrder",
    "MessagePassed",
    "OnAmount",
    "OnLevel",
    "OnMessage",
    "OnStrike",
    "Scope",
    "Seen",
    "StateWord",
    "View",
    "Watch",
    "condition_of",
]
