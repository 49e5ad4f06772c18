"""What the journal calls the messages between clients and devices: every kind that is declared."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from isletbench.emulator.core import actions, octets  # noqa: F401  # declares the messages of byte streams
from isletbench.emulator.core.endpoint import Outgoing, Request


def name_of(kind: type[Request] | type[Outgoing]) -> str:
    """The name of a kind of message: ``WriteResponse`` is ``write_response``."""
    return _name_of(kind)  # type: ignore[arg-type]  # every class can be hashed


@cache
def _name_of(kind: Any) -> str:
    return actions.name_of(kind)


def requests() -> Mapping[str, type[Request]]:
    """Every kind of request by its name: ``read``, ``mtu_changed``."""
    return _declared(Request)


def outgoing() -> Mapping[str, type[Outgoing]]:
    """Every kind of message that a device sends by its name: ``write_response``, ``notify``."""
    return _declared(Outgoing)


def _declared(base: Any) -> dict[str, Any]:
    kinds = sorted(base.__subclasses__(), key=lambda kind: kind.__module__)  # in whatever order the modules were imported
    return {name_of(kind): kind for kind in kinds}  # of two with slots the later one is the finished class
