"""Faults: their declarations, and the engine that runs them, live or from a scenario.

``fault`` says when a fault begins and how long it lasts. ``messages`` are the faults of single messages between a device and
its transport, ``devices`` those of a link, a radio, a clock or a device as a whole. ``families`` declares them: each
declaration's docstring names the symptom that the client sees, which is the reason the fault exists. ``registry`` collects
the declarations, ``engine`` runs them.
"""

from isletbench.emulator.faults.engine import Engine
from isletbench.emulator.faults.fault import Fault, FaultError
from isletbench.emulator.faults.injected import Injected, State
from isletbench.emulator.faults.registry import FAULTS, AnyFault, parse

__all__ = ["FAULTS", "AnyFault", "Engine", "Fault", "FaultError", "Injected", "State", "parse"]
