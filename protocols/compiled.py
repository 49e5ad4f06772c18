"""Straight functions made from a packet's declaration: one that decodes, one that encodes.

construct stays the source and the reference. What is written here is the same walk over the same layout as Python source over
``struct``, made when a packet is first used. These functions take what is valid and raise at the first thing that is not: the
caller then asks the interpreted layout, so that every refusal is worded in one place.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any, TypeAlias

from isletbench.protocols.fields import Special
from isletbench.protocols.shapes import (
    Bits,
    Code,
    CodePair,
    Counted,
    Decimal,
    Integer,
    Nested,
    Octets,
    Repeated,
    Rest,
    Shape,
    Zone,
)
from isletbench.protocols.values import dataclass

Read: TypeAlias = Callable[[bytes, int, int], tuple[Any, int]]
"""(octets, position, end) to (value, position after it)."""
Write: TypeAlias = Callable[[Any], bytes]
IRREGULAR = (struct.error, ValueError, LookupError, TypeError, AttributeError)
"""What the functions raise for octets and values that the layout may not carry."""
REMEMBERED = 4_096
"""Values that a memo holds before it begins anew: what a device sends is few values, what a fuzzer sends is many."""


class Memo(dict[Any, Any]):
    """What a function has answered, by its argument."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, key: Any) -> Any:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[key] = self._answer(key)
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a packet, as the declaration has it."""

    name: str
    shape: Shape | None
    """None for a boolean that is a bit of the flags."""
    layout: Any = None
    """The construct layout; its adapter converts numbers."""
    flag: int | tuple[int, ...] | None = None
    default: Any = None
    within: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class FlagsPlace:
    """Where the presence flags are."""

    octets: int


class Functions:
    """The two functions of one packet class. ``of`` finds those of a packet that is nested in it."""

    def __init__(self, cls: type[Any], parts: tuple[Part | FlagsPlace, ...], of: Callable[[type[Any]], "Functions"]) -> None:
        self.read: Read = _Reading(cls, parts, of).function()
        self.write: Write = _Writing(cls, parts, of).function()


_CODES = {(1, False): "B", (1, True): "b", (2, False): "H", (2, True): "h", (3, False): "HB", (3, True): "Hb"}
_CODES |= {(4, False): "I", (4, True): "i", (8, False): "Q", (8, True): "q"}


@dataclass(slots=True)
class _Source:
    """Lines of a function and the objects they name."""

    lines: list[str] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)

    def named(self, prefix: str, value: Any) -> str:
        name = f"{prefix}_{len(self.names)}"
        self.names[name] = value
        return name

    def made(self, title: str, name: str) -> Any:
        source = "\n".join([title, *(f"    {line}" for line in self.lines), ""])
        namespace = dict(self.names)
        exec(compile(source, f"<{name}>", "exec"), namespace)  # noqa: S102  # source made here, from declarations alone
        return namespace[name]


def _width(shape: Shape) -> tuple[int, bool] | None:
    """Octets and sign of a shape that is one integer on the wire."""
    match shape:
        case Integer(octets, signed):
            return octets, signed
        case Decimal(octets) | Code(octets) | Bits(octets):
            return octets, False
        case CodePair():
            return 1, False
        case Zone():
            return 1, True
        case _:
            return None


def _known_codes(shape: Code) -> dict[int, Any]:
    if shape.plain is not None:
        return {code: code for code in shape.plain}
    return {int(member): member for member in shape.enum}


def _known_pairs(shape: CodePair) -> dict[int, tuple[Any, Any] | None]:
    pairs = ((low, high) for low in shape.low for high in shape.high if int(low) < 16 > int(high))
    known: dict[int, tuple[Any, Any] | None] = {int(low) | int(high) << 4: (low, high) for low, high in pairs}
    return {0: None, **known} if shape.optional else known


def _known_zones(shape: Zone) -> dict[int, int | None]:
    west, east = shape.within
    return {**{quarter: quarter for quarter in range(west, east + 1)}, shape.unknown: None}


def _defined(shape: Bits) -> int:
    return sum(int(member) for member in shape.flag if int(member).bit_count() == 1)


class _Reading(_Source):
    """Writes ``read``. Fields of fixed width that follow each other are unpacked together."""

    def __init__(self, cls: type[Any], parts: tuple[Part | FlagsPlace, ...], of: Callable[[type[Any]], Functions]) -> None:
        super().__init__()
        self._cls, self._parts, self._of = cls, parts, of
        self._run: list[tuple[str, str, Part | None]] = []  # (codes, variable, part)

    def function(self) -> Read:
        for part in self._parts:
            if isinstance(part, FlagsPlace):
                self._run.append((_CODES[part.octets, False], "flags", None))
            elif part.shape is None:
                continue
            elif part.flag is None and (width := _width(part.shape)):
                self._run.append((_CODES[width], f"v_{part.name}", part))
            else:
                self._flush()
                self._field(part)
        self._flush()
        fields = []
        for part in self._parts:
            if isinstance(part, Part):
                value = f"v_{part.name}" if part.shape is not None else f"flags & {1 << int(part.flag)} != 0"  # type: ignore[arg-type]
                fields.append(f"{part.name!r}: {value}")
        new, put = self.named("new", self._cls.__new__), self.named("put", object.__setattr__)
        self.lines += [f"value = {new}({self.named('cls', self._cls)})", f"{put}(value, '__dict__', {{{', '.join(fields)}}})"]
        self.lines.append("return value, at")
        return self.made("def read(octets, at, end):", "read")  # type: ignore[no-any-return]

    def _flush(self) -> None:
        """Unpack what has gathered."""
        if not self._run:
            return
        layout = struct.Struct("<" + "".join(codes for codes, _, _ in self._run))
        targets = []
        for codes, variable, _ in self._run:
            targets += [variable, f"{variable}_high"] if len(codes) == 2 else [variable]
        unpack = self.named("unpack", layout.unpack_from)
        self.lines += [f"{', '.join(targets)}, = {unpack}(octets, at)", f"at += {layout.size}"]
        for codes, variable, part in self._run:
            if len(codes) == 2:
                self.lines.append(f"{variable} |= {variable}_high << 16")
            if part is not None:
                self._converted(part, variable)
        self._run = []

    def _converted(self, part: Part, variable: str, indent: str = "") -> None:
        match part.shape:
            case Decimal(2):
                self.lines.append(f"{indent}{variable} = {self.named('decimal', Memo(_decoder(part.layout)))}[{variable}]")
            case Decimal():
                self.lines.append(f"{indent}{variable} = {self.named('decimal', _decoder(part.layout))}({variable})")
            case Code() as code:
                self.lines.append(f"{indent}{variable} = {self.named('code', _known_codes(code))}[{variable}]")
            case Bits(flag=flag) as shape:
                if shape.extensible:
                    self.lines.append(f"{indent}if {variable} >> {8 * shape.octets - 1}: raise ValueError")
                memo = Memo(flag)
                self.lines.append(f"{indent}{variable} = {self.named('bits', memo)}[{variable} & {_defined(shape)}]")
            case CodePair() as pair:
                self.lines.append(f"{indent}{variable} = {self.named('pair', _known_pairs(pair))}[{variable}]")
            case Zone() as zone:
                self.lines.append(f"{indent}{variable} = {self.named('zone', _known_zones(zone))}[{variable}]")
            case _:
                pass
        if part.within is not None:
            low, high = part.within
            self.lines.append(f"{indent}if isinstance({variable}, (int, float)) and not {low!r} <= {variable} <= {high!r}:")
            self.lines.append(f"{indent}    raise ValueError")

    def _field(self, part: Part) -> None:
        variable = f"v_{part.name}"
        match part.flag:
            case None:
                self._value(part, variable, "")
            case int(number):
                self.lines.append(f"if flags & {1 << number}:")
                self._value(part, variable, "    ")
                self.lines += ["else:", f"    {variable} = {self.named('default', part.default)}"]
            case several:
                self.lines.append(f"{variable} = 0")
                for place, number in enumerate(several):
                    self.lines += [f"if flags & {1 << number}:", f"    {variable} |= octets[at] << {8 * place}", "    at += 1"]
                self._converted(part, variable)

    def _value(self, part: Part, variable: str, indent: str) -> None:
        shape = part.shape
        assert shape is not None
        if width := _width(shape):
            layout = struct.Struct("<" + _CODES[width])
            targets = f"{variable}, {variable}_high" if width[0] == 3 else f"{variable},"
            self.lines += [
                f"{indent}{targets} = {self.named('unpack', layout.unpack_from)}(octets, at)",
                f"{indent}at += {width[0]}",
            ]
            if width[0] == 3:
                self.lines.append(f"{indent}{variable} |= {variable}_high << 16")
        else:
            self.lines += [indent + line for line in self._of_several(shape, variable)]
        self._converted(part, variable, indent)

    def _of_several(self, shape: Shape, variable: str) -> Iterator[str]:
        match shape:
            case Nested(cls):
                yield f"{variable}, at = {self.named('read', self._of(cls).read)}(octets, at, end)"
            case Repeated(cls):
                yield f"{variable} = []"
                yield "while at < end:"
                yield f"    one, at = {self.named('read', self._of(cls).read)}(octets, at, end)"
                yield f"    {variable}.append(one)"
                yield f"{variable} = tuple({variable})"
            case Counted(count, element):
                count_of = struct.Struct("<" + _CODES[count.octets, count.signed])
                yield f"count, = {self.named('unpack', count_of.unpack_from)}(octets, at)"
                code = _CODES[element.octets, element.signed]
                unpack = self.named("unpack", struct.unpack_from)
                yield f"{variable} = {unpack}('<%d{code}' % count, octets, at + {count.octets})"
                yield f"at += {count.octets} + count * {element.octets}"
            case Octets(size):
                yield f"{variable} = octets[at : at + {size}]"
                yield f"at += {size}"
                yield "if at > end: raise ValueError"
            case Rest(text):
                yield f"{variable} = octets[at:end]" + (".decode('utf-8')" if text else "")
                yield "at = end"
            case _:
                raise TypeError(f"no code for {shape}")


def _decoder(layout: Any) -> Callable[[int], Any]:
    return lambda raw: layout._decode(raw, None, "")


class _Writing(_Source):
    """Writes ``write``. Values of fixed width that follow each other are packed together."""

    def __init__(self, cls: type[Any], parts: tuple[Part | FlagsPlace, ...], of: Callable[[type[Any]], Functions]) -> None:
        super().__init__()
        self._cls, self._parts, self._of = cls, parts, of
        self._run: list[tuple[str, list[str]]] = []
        self._pieces: list[str] = []

    def function(self) -> Write:
        self.lines.append(f"if value.__class__ is not {self.named('cls', self._cls)}: raise TypeError")
        self._presence()
        for part in self._parts:
            if isinstance(part, FlagsPlace):
                self._run.append(
                    (_CODES[part.octets, False], ["flags"] if part.octets != 3 else ["flags & 65535", "flags >> 16"])
                )
            elif part.shape is None:
                continue
            elif part.flag is None and (width := _width(part.shape)):
                raw = self._raw(part, "")
                self._run.append((_CODES[width], [raw] if width[0] != 3 else [f"{raw} & 65535", f"{raw} >> 16"]))
            else:
                self._flush()
                self._field(part)
        self._flush()
        self.lines.append("return " + (" + ".join(self._pieces) or "b''"))
        return self.made("def write(value):", "write")  # type: ignore[no-any-return]

    def _presence(self) -> None:
        """Take the values, hold them to their ranges, and gather the flags."""
        if any(isinstance(part, FlagsPlace) for part in self._parts):
            self.lines.append("flags = 0")
        for part in self._parts:
            if not isinstance(part, Part):
                continue
            variable = f"v_{part.name}"
            self.lines.append(f"{variable} = value.{part.name}")
            if part.within is not None:
                low, high = part.within
                self.lines.append(
                    f"if isinstance({variable}, (int, float)) and not {low!r} <= {variable} <= {high!r}: raise ValueError"
                )
            match part.flag:
                case None:
                    pass
                case int(number):
                    present = variable if part.shape is None else f"{variable} != {self.named('default', part.default)}"
                    self.lines.append(f"if {present}: flags |= {1 << number}")
                case several:
                    self.lines.append(f"bits_{part.name} = int({variable})")
                    for place, number in enumerate(several):
                        self.lines.append(f"if bits_{part.name} & {0xFF << 8 * place}: flags |= {1 << number}")

    def _flush(self) -> None:
        if self._run:
            layout = struct.Struct("<" + "".join(codes for codes, _ in self._run))
            arguments = ", ".join(argument for _, given in self._run for argument in given)
            piece = f"piece_{len(self._pieces)}"
            self.lines.append(f"{piece} = {self.named('pack', layout.pack)}({arguments})")
            self._pieces.append(piece)
            self._run = []

    def _raw(self, part: Part, indent: str) -> str:
        """Lines that make the integer on the wire; the variable that holds it."""
        variable, raw = f"v_{part.name}", f"r_{part.name}"
        match part.shape:
            case Integer(octets=3):
                self.lines.append(
                    f"{indent}if {variable}.__class__ is not int or not 0 <= {variable} < 16777216: raise ValueError"
                )
                return variable
            case Integer():
                return variable
            case Decimal():
                memo, encode = Memo(_encoder(part.layout)), _encoder(part.layout)
                kinds = self.named("kinds", (float, Special))
                self.lines += [
                    f"{indent}if {variable}.__class__ in {kinds}: {raw} = {self.named('decimal', memo)}[{variable}]",
                    f"{indent}else: {raw} = {self.named('decimal', encode)}({variable})",
                ]
            case Code() as code:
                known_codes = {value: octets for octets, value in _known_codes(code).items()}
                self.lines.append(f"{indent}{raw} = {self.named('code', known_codes)}[{variable}]")
            case Bits() as shape:
                self.lines.append(f"{indent}{raw} = int({variable})")
                self.lines.append(f"{indent}if {raw} & {~_defined(shape)}: raise ValueError")
            case CodePair() as pair:
                known = {codes: octet for octet, codes in _known_pairs(pair).items()}
                self.lines.append(f"{indent}{raw} = {self.named('pair', known)}[{variable}]")
            case Zone() as zone:
                known_zones = {quarter: octet for octet, quarter in _known_zones(zone).items()}
                self.lines.append(f"{indent}{raw} = {self.named('zone', known_zones)}[{variable}]")
            case _:
                raise TypeError(f"no code for {part.shape}")
        return raw

    def _field(self, part: Part) -> None:
        piece = f"piece_{len(self._pieces)}"
        self._pieces.append(piece)
        match part.flag:
            case None:
                self._piece(part, piece, "")
            case int(number):
                self.lines.append(f"if flags & {1 << number}:")
                self._piece(part, piece, "    ")
                self.lines += ["else:", f"    {piece} = b''"]
            case several:
                raw = self._raw(part, "")
                self.lines.append(f"{piece} = bytes(o for o in {raw}.to_bytes({len(several)}, 'little') if o)")

    def _piece(self, part: Part, piece: str, indent: str) -> None:
        shape, variable = part.shape, f"v_{part.name}"
        assert shape is not None
        if width := _width(shape):
            raw = self._raw(part, indent)
            arguments = f"{raw} & 65535, {raw} >> 16" if width[0] == 3 else raw
            pack = self.named("pack", struct.Struct("<" + _CODES[width]).pack)
            self.lines.append(f"{indent}{piece} = {pack}({arguments})")
            return
        match shape:
            case Nested(cls):
                self.lines.append(f"{indent}{piece} = {self.named('write', self._of(cls).write)}({variable})")
            case Repeated(cls):
                self.lines.append(f"{indent}{piece} = b''.join(map({self.named('write', self._of(cls).write)}, {variable}))")
            case Counted(count, element):
                codes = f"'<{_CODES[count.octets, count.signed]}%d{_CODES[element.octets, element.signed]}' % len({variable})"
                pack = self.named("pack", struct.pack)
                self.lines.append(f"{indent}{piece} = {pack}({codes}, len({variable}), *{variable})")
            case Octets(size):
                self.lines.append(
                    f"{indent}if {variable}.__class__ is not bytes or len({variable}) != {size}: raise ValueError"
                )
                self.lines.append(f"{indent}{piece} = {variable}")
            case Rest(text=True):
                self.lines.append(f"{indent}if {variable}.__class__ is not str: raise ValueError")
                self.lines.append(f"{indent}{piece} = {variable}.encode('utf-8')")
            case Rest():
                self.lines.append(f"{indent}if {variable}.__class__ is not bytes: raise ValueError")
                self.lines.append(f"{indent}{piece} = {variable}")
            case _:
                raise TypeError(f"no code for {shape}")


def _encoder(layout: Any) -> Callable[[Any], int]:
    return lambda value: int(layout._encode(value, None, ""))
