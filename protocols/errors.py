"""What can be wrong with octets, said so that a person can act on it.

Every error names the layout, the field and the octets at fault. A ``WireError`` is the peer's doing (octets that break a
rule) and an ``Unencodable`` is the caller's (a value the layout cannot carry); a device's refusal of a well-formed request
is neither: it is normal life and lives with the device.
"""


class WireError(ValueError):
    """Octets that break their layout.

    Attributes: ``layout`` the name of the layout being read, ``field`` the dotted path of the field inside it ("" when the
    whole value is at fault), ``octets`` what was received, ``problem`` what is wrong and what was expected.
    """

    def __init__(self, problem: str, *, octets: bytes = b"", layout: str = "", field: str = "") -> None:
        self.problem = problem
        self.octets = bytes(octets)
        self.layout = layout
        self.field = field
        super().__init__(problem)

    def within(self, layout: str, octets: bytes, field: str = "") -> "WireError":
        """The same error, seen from the layout that contains this one."""
        path = ".".join(part for part in (field, self.field) if part)
        return type(self)(self.problem, octets=octets, layout=layout, field=path)

    def __str__(self) -> str:
        where = ".".join(part for part in (self.layout, self.field) if part)
        shown = f" in octets {self.octets.hex(' ')}" if self.octets else ""
        return f"{where}: {self.problem}{shown}" if where else f"{self.problem}{shown}"


class Truncated(WireError):
    """The value ends before its layout does."""


class TrailingOctets(WireError):
    """The value goes on after its layout has ended."""


class MissingCrc(WireError):
    """E2E-protection is on and the value is too short to hold its CRC, or comes without one."""


class BadCrc(WireError):
    """The CRC does not match the octets it covers."""


class MissingCounter(WireError):
    """E2E-protection is on and the value is too short to hold its counter."""


class ReservedValue(WireError):
    """An enumeration or flag value that the specification reserves or prohibits."""


class UnknownOpcode(WireError):
    """An op code no operation of this control point has; ``opcode`` is what was received."""

    def __init__(self, problem: str, *, opcode: int = 0, octets: bytes = b"", layout: str = "", field: str = "") -> None:
        super().__init__(problem, octets=octets, layout=layout, field=field)
        self.opcode = opcode

    def within(self, layout: str, octets: bytes, field: str = "") -> "UnknownOpcode":
        """The same error, seen from the layout that contains this one; ``opcode`` is kept."""
        path = ".".join(part for part in (field, self.field) if part)
        return UnknownOpcode(self.problem, opcode=self.opcode, octets=octets, layout=layout, field=path)


class Unencodable(ValueError):
    """A value its layout cannot carry; raised before an octet leaves."""

    def __init__(self, problem: str, *, layout: str = "", field: str = "") -> None:
        self.problem = problem
        self.layout = layout
        self.field = field
        where = ".".join(part for part in (layout, field) if part)
        super().__init__(f"{where}: {problem}" if where else problem)
