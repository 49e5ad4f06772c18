"""What the specification does not define, carried instead of refused: for a decoder of logs, which never stops at it.

A code that is not in its list becomes a member of the enumeration that only this value has (``UNDEFINED_31``); an operation or
event whose code has no packet becomes ``Uninterpreted``. Both encode to the octets they came from. A strict decoder, which is
what devices and clients use, raises ``ReservedValue`` or ``UnknownOpcode`` for them, manufacturers' events excepted.
"""

import re
from enum import IntEnum
from typing import Any, TypeVar

from isletbench.protocols.values import dataclass

E = TypeVar("E", bound=IntEnum)
_NAME = re.compile(r"UNDEFINED_([0-9A-F]+)")


@dataclass(frozen=True, slots=True)
class Uninterpreted:
    """An operation or event of which only the code is understood: a manufacturer's, or one that is not defined."""

    code: int
    """Its op code or event type."""
    octets: bytes
    """What follows the code."""


def undefined(enum: type[E], code: int) -> E:
    """A member of an enumeration for a code that it does not have; the same code is the same member."""
    member = int.__new__(enum, code)
    member._name_ = f"UNDEFINED_{code:02X}"
    member._value_ = code
    return member


def is_undefined(member: IntEnum) -> bool:
    """Whether this is a member that stands for an undefined code."""
    return member.name not in type(member).__members__


def by_name(enum: type[Any], name: Any) -> Any:
    """The member that stands for an undefined code of this name; None for any other name."""
    match = _NAME.fullmatch(name) if isinstance(name, str) and issubclass(enum, IntEnum) else None
    return None if match is None else undefined(enum, int(match[1], 16))


def wanted(context: Any) -> bool:
    """Whether the octets are read for a log: ``context`` is construct's."""
    return context is not None and bool(context._params.get("undefined"))
