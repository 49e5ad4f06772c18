"""Packets declared once: the body of a class is its wire layout, and the layout is a ``construct`` Struct.

    @packet
    class Status:
        therapy: Therapy = wire(Enumerated(Int8ul, Therapy), "state")
        reservoir: Number = wire(SFLOAT, "IU")
        flags: ClassVar[Flags] = flags(Int8ul)
        attached: bool = bit(0, "a reservoir is attached", default=True)
        delay: int | None = wire(Int16ul, "min", flag=1, default=None)

Fields stand in wire order with their layout and unit. ``flags`` is the place of the presence octet(s); ``flag=n`` makes a
field present only when its bit ``n`` is set, and the bit is derived: set exactly when the field differs from its default
(None). A ``bit`` is a boolean that lives in the flags themselves. So a value that contradicts its own flags cannot be
written down. A packet that extends another one begins with its fields: packets of one layout declare it once. Callers meet
frozen dataclasses with plain values, never a construct ``Container``; construct's own errors end here and become
``WireError`` (from octets) or ``Unencodable`` (from values), each with the layout, the field and the octets.
"""

import dataclasses
import io
from collections.abc import Callable, Iterator
from dataclasses import MISSING
from functools import cached_property
from typing import Any, TypeVar, cast, dataclass_transform

from construct import ConstructError, StreamError, Struct
from construct_typed import Construct

from isletbench.protocols.compiled import IRREGULAR, FlagsPlace, Functions, Part
from isletbench.protocols.errors import ReservedValue, TrailingOctets, Truncated, Unencodable, UnknownOpcode, WireError
from isletbench.protocols.fields import path_of
from isletbench.protocols.layouts import Nested, OctetsPresent, Present
from isletbench.protocols.plain import from_plain, to_plain
from isletbench.protocols.shapes import shape_of
from isletbench.protocols.undefined import Uninterpreted
from isletbench.protocols.values import dataclass

T = TypeVar("T")
_WIRE = "wire"


@dataclass(frozen=True, slots=True)
class Wire:
    """How one field looks on the wire."""

    layout: Construct[Any, Any] | None
    """None for a ``bit``: it lives in the flags."""
    unit: str
    """Unit, or meaning where there is none."""
    flag: int | tuple[int, ...] | None = None
    """The presence bit; several for a bit field whose octets are present one by one."""
    within: tuple[float, float] | None = None
    """Smallest and largest allowed value."""


@dataclass(frozen=True, slots=True)
class Flags:
    """The place of the flags in a packet."""

    layout: Construct[int, int]


def wire(
    layout: Construct[Any, Any],
    unit: str = "",
    *,
    flag: int | tuple[int, ...] | None = None,
    default: Any = MISSING,
    within: tuple[float, float] | None = None,
) -> Any:
    """A field: its layout, its unit (or meaning), its presence bit if it has one, its default, its range.

    A field with a presence bit needs a default, said in the declaration (type checkers read it there): it is absent exactly
    when it equals its default.
    """
    if flag is not None and default is MISSING:
        raise TypeError("a field with a presence bit needs default=..., usually None")
    return dataclasses.field(default=default, metadata={_WIRE: Wire(layout, unit, flag, within)})


def bit(number: int, meaning: str, *, default: bool) -> Any:
    """A boolean that lives in bit ``number`` of the packet's flags. ``default`` is what callers need not say."""
    return dataclasses.field(default=default, metadata={_WIRE: Wire(None, meaning, number)})


def flags(layout: Construct[int, int]) -> Any:
    """The place of the flags; annotate it ``ClassVar[Flags]``."""
    return Flags(layout)


@dataclass_transform(frozen_default=True, field_specifiers=(wire, bit))
def packet(cls: type[T]) -> type[T]:
    """Make a class body a packet: a frozen dataclass with a construct layout."""
    made = dataclass(frozen=True)(cls)
    made.__packet__ = _Layout(made)  # type: ignore[attr-defined]  # what turns a dataclass into a packet
    return made


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What a declaration says of one field, for tables and for people."""

    name: str
    wire: Wire
    optional: bool


def fields_of(cls: type[Any]) -> tuple[FieldInfo, ...]:
    """The fields of a packet class in wire order."""
    return tuple(FieldInfo(f.name, f.metadata[_WIRE], f.metadata[_WIRE].flag is not None) for f in dataclasses.fields(cls))


def is_packet(cls: object) -> bool:
    """Whether this is a class made by ``packet``."""
    return isinstance(cls, type) and "__packet__" in vars(cls)


def struct_of(cls: type[Any]) -> Construct[Any, Any]:
    """The construct layout of a packet class: to use as a field's layout, to look at, or to generate other code from."""
    return _layout(cls).nested


def parts_of(cls: type[Any]) -> tuple[FieldInfo | Flags, ...]:
    """What a packet is made of, in wire order, the place of its flags included. A ``bit`` stands where it is declared."""
    infos = {info.name: info for info in fields_of(cls)}
    places = ((name, getattr(cls, name, None)) for name in _declared(cls))
    return tuple(place if isinstance(place, Flags) else infos[name] for name, place in places)


def _declared(cls: type[Any]) -> list[str]:
    """What the body of a packet class declares, in wire order: that of the packet it extends first."""
    return list(dict.fromkeys(name for part in reversed(cls.__mro__) for name in vars(part).get("__annotations__", {})))


def size_of(cls: type[Any]) -> int | None:
    """How many octets a packet has; None when that depends on its content."""
    try:
        return int(struct_of(cls).sizeof())
    except ConstructError:
        return None


def decode(cls: type[T], octets: bytes, *, trailing: bool = False, undefined: bool = False) -> T:
    """The value these octets mean. Octets beyond the layout raise ``TrailingOctets`` unless ``trailing`` lets them pass.

    Codes that are not defined raise ``ReservedValue``; with ``undefined`` they are carried (``protocols.undefined``).
    """
    return cast("T", _layout(cls).decode(octets, trailing=trailing, undefined=undefined))


def encode(value: object) -> bytes:
    """The octets of a value. Raises ``Unencodable`` for what the layout cannot carry."""
    return _layout(type(value)).encode(value)


def _layout(cls: type[Any]) -> "_Layout":
    try:
        return cast("_Layout", vars(cls)["__packet__"])
    except KeyError:
        raise TypeError(f"{cls.__name__} is not a packet") from None


class _Layout:
    """The construct Struct of a packet class, and the way between its containers and our values."""

    def __init__(self, cls: type[Any]) -> None:
        self.cls = cls
        self.name = cls.__name__
        self.fields = {f.name: (cast("Wire", f.metadata[_WIRE]), f.default) for f in dataclasses.fields(cls)}

    @cached_property
    def struct(self) -> Struct:
        """The construct Struct, made when it is first asked for: it says what the compiled pair does not take."""
        return Struct(*self._subcons())

    @cached_property
    def nested(self) -> Nested:
        """The layout as a field of another packet."""
        return Nested(self)

    def _subcons(self) -> Iterator[Any]:
        for name in _declared(self.cls):
            if isinstance(place := getattr(self.cls, name, None), Flags):
                yield "_flags" / place.layout
                continue
            if name not in self.fields:
                continue
            declared, default = self.fields[name]
            match declared:
                case Wire(layout=None):
                    pass
                case Wire(layout=layout, flag=None) if layout is not None:
                    yield name / layout
                case Wire(layout=layout, flag=int(flag)) if layout is not None:
                    yield name / Present(layout, flag, default)
                case Wire(layout=layout, flag=tuple(several)) if layout is not None:
                    yield name / OctetsPresent(layout, several)

    @cached_property
    def functions(self) -> Functions:
        """The compiled pair, made when the packet is first used."""
        parts: list[Part | FlagsPlace] = []
        for name in _declared(self.cls):
            if isinstance(place := getattr(self.cls, name, None), Flags):
                parts.append(FlagsPlace(int(place.layout.sizeof())))
            elif name in self.fields:
                declared, default = self.fields[name]
                shape = None if declared.layout is None else shape_of(declared.layout)
                parts.append(Part(name, shape, declared.layout, declared.flag, default, declared.within))
        return Functions(self.cls, tuple(parts), lambda cls: _layout(cls).functions)

    # octets -> value

    def decode(self, octets: bytes, *, trailing: bool, undefined: bool = False) -> Any:
        """The value, by the compiled function; what it does not take is left to the interpreted layout, or to its error."""
        try:
            value, end = self.functions.read(octets, 0, len(octets))
        except IRREGULAR:
            return self.interpreted_decode(octets, trailing=trailing, undefined=undefined)
        return value if trailing or end == len(octets) else self.interpreted_decode(octets, trailing=trailing)

    def interpreted_decode(self, octets: bytes, *, trailing: bool, undefined: bool = False) -> Any:
        stream = io.BytesIO(octets)
        try:
            value = self.value(self.struct.parse_stream(stream, undefined=undefined), "(parsing)", undefined=undefined)
        except WireError as error:
            raise error.within(self.name, octets) from None
        except ConstructError as error:
            raise _wire_error(error).within(self.name, octets) from None
        if not trailing and stream.tell() != len(octets):
            rest = len(octets) - stream.tell()
            raise TrailingOctets(
                f"{rest} octets too many: expected {stream.tell()}, got {len(octets)}", octets=octets, layout=self.name
            )
        return value

    def value(self, parsed: Any, path: str, *, undefined: bool) -> Any:
        found: dict[str, Any] = {}
        for name, (declared, _) in self.fields.items():
            if declared.layout is None:
                assert isinstance(declared.flag, int)
                found[name] = bool(parsed["_flags"] >> declared.flag & 1)
            else:
                found[name] = tuple(parsed[name]) if isinstance(parsed[name], list) else parsed[name]
                problem = "" if undefined else _out_of_range(declared, found[name])
                if problem:
                    raise ReservedValue(problem, field=path_of(f"{path} -> {name}"))
        return self.cls(**found)

    # value -> octets

    def encode(self, value: object) -> bytes:
        """The octets, by the compiled function; what it does not take is left to the interpreted layout, or to its error."""
        try:
            return self.functions.write(value)
        except IRREGULAR:
            return self.interpreted_encode(value)

    def interpreted_encode(self, value: object) -> bytes:
        try:
            return self.struct.build(self.container(value))
        except Unencodable as error:
            raise Unencodable(error.problem, layout=self.name, field=error.field) from None
        except ConstructError as error:
            path = path_of(error.path or "")
            content = getattr(value, path.split(".")[0], value)
            raise Unencodable(f"{content!r} does not fit its layout", layout=self.name, field=path) from None

    def container(self, value: object) -> dict[str, Any]:
        if not isinstance(value, self.cls):
            raise Unencodable(f"expected a {self.name}, got {value!r}")
        found: dict[str, Any] = {"_flags": 0}
        for name, (declared, default) in self.fields.items():
            content = getattr(value, name)
            if problem := _out_of_range(declared, content):
                raise Unencodable(problem, field=name)
            found["_flags"] |= self._presence(declared, default, content)
            if declared.layout is not None:
                found[name] = content
        return found

    @staticmethod
    def _presence(declared: Wire, default: Any, content: Any) -> int:
        match declared.flag:
            case None:
                return 0
            case int(number):
                present = bool(content) if declared.layout is None else content != default
                return int(present) << number
            case several:
                return sum(1 << number for place, number in enumerate(several) if int(content) >> 8 * place & 0xFF)


def _out_of_range(declared: Wire, value: Any) -> str:
    if declared.within is None or value is None or not isinstance(value, int | float):
        return ""
    low, high = declared.within
    return "" if low <= value <= high else f"{value} is outside {low}..{high}"


def _wire_error(error: ConstructError) -> WireError:
    path = path_of(error.path or "")
    if isinstance(error, StreamError):
        return Truncated("the octets end before this field does", field=path)
    lines = str(error).splitlines()  # construct puts its path on the first line, what is wrong on the last
    return WireError(lines[-1] if lines else type(error).__name__, field=path)


class ControlPoint:
    """A characteristic whose values are operations: an op code chooses the packet that follows it.

    ``name`` for messages, ``opcode`` the layout of the op code. A packet joins with ``@control_point.operation(code)`` above
    its ``@packet``. ``manufacturers`` says which codes the specification leaves to manufacturers: those are ``Uninterpreted``.
    """

    def __init__(
        self, name: str, opcode: Construct[int, int], manufacturers: Callable[[int], bool] = lambda code: False
    ) -> None:
        self.name = name
        self.manufacturers = manufacturers
        self.opcode = opcode
        self._width: int = opcode.sizeof()
        self.operations: dict[int, type[Any]] = {}
        self._opcodes: dict[type[Any], int] = {}

    def operation(self, code: int) -> Callable[[type[T]], type[T]]:
        """Declare the packet that follows op code ``code``."""

        def join(cls: type[T]) -> type[T]:
            if not is_packet(cls):
                raise TypeError(f"{cls.__name__} is not a packet: put @packet between it and @operation")
            if code in self.operations:
                raise TypeError(f"{self.name} has two operations {code:#06x}")
            self.operations[code] = cls
            self._opcodes[cls] = code
            return cls

        return join

    def opcode_of(self, operation: object) -> int:
        """The op code of an operation's value or class."""
        cls = operation if isinstance(operation, type) else type(operation)
        return self._opcodes[cls]

    def length_of(self, code: int) -> int | None:
        """How many octets an operation has, its op code included; None for an unknown one and where that depends on content."""
        cls = self.operations.get(code)
        size = None if cls is None else size_of(cls)
        return None if size is None else self._width + size

    def peek(self, octets: bytes) -> int:
        """The op code alone. Raises ``Truncated`` when there is not even that."""
        if len(octets) < self._width:
            raise Truncated(f"expected an op code of {self._width} octets", octets=octets, layout=self.name)
        return int.from_bytes(octets[: self._width], "little")

    def decode(self, octets: bytes, *, trailing: bool = False, undefined: bool = False) -> Any:
        """The operation these octets mean. Raises ``UnknownOpcode`` or what ``decode`` raises for its packet.

        With ``undefined``, op codes and codes that are not defined are carried.
        """
        code = self.peek(octets)
        try:
            cls = self.operations[code]
        except KeyError:
            if undefined or self.manufacturers(code):
                return Uninterpreted(code, bytes(octets[self._width :]))
            width = 2 * self._width
            raise UnknownOpcode(
                f"op code 0x{code:0{width}X} is not defined", opcode=code, octets=octets, layout=self.name
            ) from None
        try:
            return decode(cls, octets[self._width :], trailing=trailing, undefined=undefined)
        except WireError as error:
            raise error.within(self.name, octets, error.layout) from None

    def to_plain(self, operation: Any) -> dict[str, Any]:
        """An operation as plain data: its name, then its fields."""
        return {"operation": type(operation).__name__, **to_plain(operation)}

    def from_plain(self, plain: Any) -> Any:
        """The operation that ``{"operation": NAME, ...}`` describes. Raises ``Unencodable``."""
        known = {cls.__name__: cls for cls in (*self.operations.values(), Uninterpreted)}
        if not isinstance(plain, dict) or plain.get("operation") not in known:
            expected = ", ".join(sorted(known))
            raise Unencodable(f'expected an object with "operation" one of {expected}', layout=self.name)
        rest = {key: item for key, item in plain.items() if key != "operation"}
        return from_plain(known[plain["operation"]], rest)

    def encode(self, operation: object) -> bytes:
        """The octets of an operation: op code, then its packet."""
        if isinstance(operation, Uninterpreted):
            return self._uninterpreted(operation)
        try:
            code = self._opcodes[type(operation)]
        except KeyError:
            raise Unencodable(f"{operation!r} is no operation of it", layout=self.name) from None
        return code.to_bytes(self._width, "little") + encode(operation)

    def _uninterpreted(self, operation: Uninterpreted) -> bytes:
        try:
            return self.opcode.build(operation.code) + operation.octets
        except ConstructError:
            raise Unencodable(f"{operation.code} is no op code", layout=self.name, field="code") from None
