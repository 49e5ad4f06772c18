"""Dosing algorithms that a client can put in the loop: the reference one, and the community's own behind thin translators.

None of them knows a device. ``python -m isletbench.hil_rigs.clients.controller --algorithm NAME --settings FILE`` puts one in
the loop.
"""

from collections.abc import Callable, Mapping
from importlib import import_module

from isletbench.hil_rigs.clients.algorithms import loop_algorithm, oref0, pyloopkit
from isletbench.hil_rigs.clients.algorithms.contract import Algorithm
from isletbench.hil_rigs.clients.algorithms.hybrid import Hybrid
from isletbench.hil_rigs.clients.algorithms.loop_algorithm import LoopAlgorithmRunner
from isletbench.hil_rigs.clients.algorithms.oref0 import Oref0
from isletbench.hil_rigs.clients.algorithms.pyloopkit import PyLoopKit

ALGORITHMS: Mapping[str, Callable[[], Algorithm]] = {
    "hybrid": Hybrid,
    "oref0": Oref0,
    "pyloopkit": PyLoopKit,
    "loop_algorithm": LoopAlgorithmRunner,
}
"""Every algorithm by its name."""


MISSING: Mapping[str, Callable[[], str]] = {
    "oref0": oref0.missing,
    "pyloopkit": pyloopkit.missing,
    "loop_algorithm": loop_algorithm.missing,
}
"""What says which program of others an algorithm needs and has not; an empty text where nothing is missing."""


def algorithm_of(name: str) -> Algorithm:
    """The algorithm of this name, or the class ``package.module:Class`` without arguments. Raises ``ValueError``."""
    if name in ALGORITHMS:
        return ALGORITHMS[name]()
    module, _, attribute = name.partition(":")
    expected = f"algorithm {name!r}: expected one of {', '.join(ALGORITHMS)}, or package.module:Class"
    try:
        made: Algorithm = getattr(import_module(module), attribute)()
    except Exception as error:  # a module of somebody else may raise anything
        raise ValueError(f"{expected} ({type(error).__name__}: {error})") from None
    if not (callable(getattr(made, "decide", None)) and callable(getattr(made, "close", None))):
        raise ValueError(f"{expected}, with decide() and close()")
    return made


def usable_algorithm(name: str) -> Algorithm:
    """The algorithm of this name, with everything that it needs. Raises ``ValueError``."""
    if absent := MISSING.get(name, str)():
        raise ValueError(absent)
    return algorithm_of(name)
