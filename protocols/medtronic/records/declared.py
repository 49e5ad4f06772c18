"""The kinds of record: each declared once, with its op code, for the generations of pumps that write it.

Amounts of insulin are in strokes, a tenth or a fortieth of a unit; basal rates are in fortieths of a unit an hour always.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from isletbench.protocols.medtronic.opcodes import Generation

T = TypeVar("T")
SMALL = (Generation.X12, Generation.X15)
"""The generations with ten strokes a unit."""
LARGE = (Generation.X23,)
"""The generation with forty strokes a unit."""
EVERY = (*SMALL, *LARGE)
_OF_CODE: dict[Generation, dict[int, type[Any]]] = {generation: {} for generation in Generation}
_CODES: dict[type[Any], int] = {}


def record(code: int, *generations: Generation) -> Callable[[type[T]], type[T]]:
    """Declare the packet that follows this op code in pages of these generations."""

    def declare(cls: type[T]) -> type[T]:
        for generation in generations:
            if code in _OF_CODE[generation]:
                raise TypeError(f"two records of {generation.value} have op code 0x{code:02X}")
            _OF_CODE[generation][code] = cls
        _CODES[cls] = code
        return cls

    return declare


def kinds_of(generation: Generation) -> Mapping[int, type[Any]]:
    """The kinds of record of fixed length that pumps of a generation write, by op code."""
    return _OF_CODE[generation]


def code_of(kind: type[Any]) -> int:
    """The op code of a kind of record."""
    return _CODES[kind]
