"""What the layouts of this wire have in common."""

from typing import Any, cast

from construct import FocusedSeq, Padding
from construct_typed import Construct


def after(unknown: int, layout: Construct[Any, Any]) -> Construct[Any, Any]:
    """A field with so many octets before it whose meaning nobody knows; they are zero."""
    return cast("Construct[Any, Any]", FocusedSeq("value", Padding(unknown), "value" / layout))
