"""Telnet: data octets and commands in one stream of octets. Source: RFC 854, RFC 855."""

from collections.abc import Iterator

IAC, DONT, DO, WONT, WILL, SB, SE = 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0xFA, 0xF0
MAX_COMMAND = 512
"""Octets; a longer command is taken as it is."""


class TelnetReader:
    """Takes octets in any chunks; finds data octets and complete commands."""

    def __init__(self) -> None:
        self._pending = bytearray()

    @property
    def waits(self) -> int:
        """How many octets of an incomplete command are pending."""
        return len(self._pending)

    def feed(self, octets: bytes) -> Iterator[int | bytes]:
        """The data octets and the commands in these octets, in order; an incomplete command stays pending."""
        pending = self._pending
        pending += octets
        while pending:
            if pending[0] != IAC:
                yield pending.pop(0)
                continue
            length = self._command_length()
            if length is None:
                return
            command = bytes(pending[:length])
            del pending[:length]
            if command[1:2] == bytes([IAC]):
                yield IAC
            else:
                yield command

    def _command_length(self) -> int | None:
        pending = self._pending
        if len(pending) < 2:
            return None
        if pending[1] == SB:
            at = 2
            while at + 1 < len(pending):
                if pending[at] == IAC:
                    if pending[at + 1] == SE:
                        return at + 2
                    at += 1
                at += 1
            return len(pending) if len(pending) > MAX_COMMAND else None
        wanted = 3 if pending[1] in (WILL, WONT, DO, DONT) else 2
        return wanted if len(pending) >= wanted else None


def escaped(octets: bytes) -> bytes:
    """Data octets as they are sent."""
    return octets.replace(bytes([IAC]), bytes([IAC, IAC]))
