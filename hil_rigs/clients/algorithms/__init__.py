"""Dosing algorithms that a client can put in the loop: the reference one, and the community's own behind thin translators.

None of them knows a device. ``python -m isletbench.hil_rigs.clients.controller --algorithm NAME --settings FILE`` puts one in
the loop.
"""

from collections.abc import Callable, Mapping
from importlib import import_module

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


def algorithm_of(name: str) -> Algorithm:
    """The algorithm of this name, or the class ``package.module:Class`` without arguments. Raises ``ValueError``."""
    if name in ALGORITHMS:
        return ALGORITHMS[name]()
    module, _, attribute = name.partition(":")
    try:
        made: Algorithm = getattr(import_module(module), attribute)()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        known = ", ".join(ALGORITHMS)
        raise ValueError(f"algorithm {name!r}: expected one of {known}, or package.module:Class ({error})") from None
    return made
