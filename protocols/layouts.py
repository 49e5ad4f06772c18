"""What construct does not have: fields that a presence bit switches, and packets inside packets."""

import io
from typing import Any, Protocol

from construct import StreamError, Struct
from construct_typed import Construct

from isletbench.protocols.undefined import wanted


class Interpreted(Protocol):
    """The interpreted layout of a packet class: its construct Struct, and the way between containers and values."""

    cls: type[Any]

    @property
    def struct(self) -> Struct:
        """The construct Struct."""

    def value(self, parsed: Any, path: str, *, undefined: bool) -> Any:
        """The value that a parsed container means. Raises ``ReservedValue``, unless what is undefined is carried."""

    def container(self, value: object) -> dict[str, Any]:
        """The container that builds a value. Raises ``Unencodable``."""


class Present(Construct[Any, Any]):
    """A field that is there only when its bit in the packet's flags is set."""

    def __init__(self, layout: Construct[Any, Any], flag: int, default: Any) -> None:
        super().__init__()
        self.layout, self.mask, self.default = layout, 1 << flag, default
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        return self.layout._parsereport(stream, context, path) if context._flags & self.mask else self.default

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        if context._flags & self.mask:
            self.layout._build(obj, stream, context, path)
        return obj


class OctetsPresent(Construct[Any, Any]):
    """A bit field of which each octet, lowest first, is there only when its own presence bit is set."""

    def __init__(self, layout: Construct[Any, Any], flags: tuple[int, ...]) -> None:
        super().__init__()
        self.layout, self.flags = layout, flags
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        octets = bytes(_octet(stream, path) if context._flags >> flag & 1 else 0 for flag in self.flags)
        return self.layout._parsereport(io.BytesIO(octets), context, path)

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        octets = io.BytesIO()
        self.layout._build(obj, octets, context, path)
        stream.write(bytes(octet for octet in octets.getvalue() if octet))
        return obj


def _octet(stream: Any, path: str) -> int:
    octet = stream.read(1)
    if not octet:
        raise StreamError("stream read less than specified amount, expected 1, found 0", path=path)
    return int(octet[0])


class Nested(Construct[Any, Any]):
    """A packet as a field of another one."""

    def __init__(self, layout: "Interpreted") -> None:
        super().__init__()
        self.of, self.cls = layout, layout.cls
        self.subcons = layout.struct.subcons

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        parsed = self.of.struct._parsereport(stream, context, path)
        return self.of.value(parsed, path, undefined=wanted(context))

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        self.of.struct._build(self.of.container(obj), stream, context, path)
        return obj

    def _sizeof(self, context: Any, path: str) -> int:
        return int(self.of.struct._sizeof(context, path))
