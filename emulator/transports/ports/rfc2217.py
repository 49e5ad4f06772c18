"""A serial port on a TCP socket with everything that belongs to one: speed, frame, modem lines, break, purge (RFC 2217).

The client sets the line and its own modem lines; ``lines`` are ours, and it is told when they change. Verified with the clients
of pyserial and serialx. Sources: RFC 2217; RFC 854 and 855 (Telnet).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from isletbench.emulator.transports.carrier import PortEvents
from isletbench.emulator.transports.ports.settings import FASTEST_BAUD, Settings
from isletbench.emulator.transports.ports.tcp import TcpPort

IAC, DONT, DO, WONT, WILL, SB, SE = 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0xFA, 0xF0
BINARY, SUPPRESS_GO_AHEAD, COM_PORT = 0, 3, 44
OURS = frozenset({BINARY, SUPPRESS_GO_AHEAD, COM_PORT})
"""The Telnet options that both sides may use here."""
LONGEST_COMMAND = 512
SIGNATURE, BAUD, DATA_BITS, PARITY, STOP_BITS, CONTROL = range(6)
NOTIFY_LINE, NOTIFY_MODEM, SUSPEND, RESUME, LINE_MASK, MODEM_MASK, PURGE = range(6, 13)
ANSWER = 100
"""A server's command is the client's and a hundred more."""
BITS = {5: 5, 6: 6, 7: 7, 8: 8}
PARITIES = {1: "N", 2: "O", 3: "E", 4: "M", 5: "S"}
STOPS = {1: 1.0, 2: 2.0, 3: 1.5}
BREAK, DTR, RTS = (5, 6, 4), (8, 9, 7), (11, 12, 10)
"""Values of SET-CONTROL: on, off, and what is it now."""
NO_FLOW, ASK_FLOW = 1, frozenset({0, 13})


@dataclass(frozen=True, slots=True)
class ModemLines:
    """Those that a device drives and a client reads."""

    cts: bool = True
    dsr: bool = True
    ri: bool = False
    cd: bool = True

    def octet(self, before: "ModemLines | None" = None) -> int:
        """The modem state: what is up in bits 4 to 7, what has changed since ``before`` in bits 0 to 3."""
        now = [self.cts, self.dsr, self.ri, self.cd]
        then = [before.cts, before.dsr, before.ri, before.cd] if before else now
        # of the ring indicator only its fall is told
        changed = [a != b and (place != 2 or b) for place, (a, b) in enumerate(zip(now, then, strict=True))]
        return sum(up << 4 + place for place, up in enumerate(now)) | sum(told << place for place, told in enumerate(changed))


class Rfc2217Port(TcpPort):
    """A ``Port`` on ``host:port``; port 0 is a free one. A second client is turned away.

    ``on_line`` is called with what the client has set: ``baud``, ``bits``, ``parity``, ``stop``, ``dtr``, ``rts``, ``break``,
    ``purge``, and its value.
    """

    scheme = "rfc2217"

    def __init__(self, host: str, port: int, on_line: Callable[[str, object], None] = lambda what, value: None) -> None:
        super().__init__(host, port)
        self.settings = Settings()
        self.lines = ModemLines()
        self.dtr = self.rts = False
        self._on_line = on_line
        self._begin()

    def _begin(self) -> None:
        self._pending = bytearray()
        self._agreed: set[tuple[int, int]] = set()
        self._modem_mask = 0xFF
        self._suspended = False
        self._held = bytearray()
        self.dtr = self.rts = False

    async def start(self, events: PortEvents) -> None:
        self._begin()
        await super().start(events)

    @property
    def baud(self) -> int:
        """The speed the client has set."""
        return self.settings.baud

    def set_lines(self, lines: ModemLines) -> None:
        """Drive our modem lines; the client is told of the changes it asked to be told of."""
        before, self.lines = self.lines, lines
        octet = lines.octet(before)
        if octet & 0x0F & self._modem_mask and self._is_com_port:
            self._say(NOTIFY_MODEM, bytes([octet & self._modem_mask]))

    # From the client

    def welcomed(self) -> None:
        self._begin()
        for option in (BINARY, SUPPRESS_GO_AHEAD):
            self._offer(WILL, option)
            self._offer(DO, option)
        self._offer(DO, COM_PORT)

    def received(self, octets: bytes) -> None:
        self._pending += octets
        data = bytearray()
        for piece in self._pieces():
            if isinstance(piece, int):
                data.append(piece)
            else:
                self._obey(piece)
        if data:
            super().received(bytes(data))

    def _pieces(self) -> Iterator[int | bytes]:
        """Data octet by octet, and whole commands; what is not complete stays pending."""
        pending = self._pending
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
            return len(pending) if len(pending) > LONGEST_COMMAND else None
        wanted = 3 if pending[1] in (WILL, WONT, DO, DONT) else 2
        return wanted if len(pending) >= wanted else None

    def _obey(self, command: bytes) -> None:
        match command[1]:
            case verb if verb in (WILL, WONT, DO, DONT):
                self._negotiate(verb, command[2])
            case code if code == SB and command[2:3] == bytes([COM_PORT]):
                self._com_port(command[3:-2].replace(bytes([IAC, IAC]), bytes([IAC])))
            case _:
                pass  # nothing else means anything on a serial line

    def _negotiate(self, verb: int, option: int) -> None:
        """Agree to what we have, refuse the rest; nothing is said twice, so that nobody talks in circles (RFC 1143)."""
        answer, refusal = {WILL: (DO, DONT), DO: (WILL, WONT), WONT: (DONT, DONT), DONT: (WONT, WONT)}[verb]
        if verb in (WILL, DO) and option not in OURS:
            self._send_raw(bytes([IAC, refusal, option]))
            return
        self._offer(answer, option)

    def _offer(self, verb: int, option: int) -> None:
        if (verb, option) in self._agreed:
            return
        opposite = {WILL: WONT, WONT: WILL, DO: DONT, DONT: DO}[verb]
        self._agreed.discard((opposite, option))
        self._agreed.add((verb, option))
        self._send_raw(bytes([IAC, verb, option]))
        if (verb, option) == (WILL, COM_PORT):
            self._say(NOTIFY_MODEM, bytes([self.lines.octet() & self._modem_mask]))

    @property
    def _is_com_port(self) -> bool:
        return (WILL, COM_PORT) in self._agreed or (DO, COM_PORT) in self._agreed

    def _com_port(self, command: bytes) -> None:
        if not command:
            return
        code, value = command[0], command[1:]
        match code:
            case 0 if not value:
                self._say(SIGNATURE, b"isletbench")
            case 1 | 2 | 3 | 4:
                self._set(code, value)
            case 5 if value:
                self._control(value[0])
            case 8:
                self._suspended = True
            case 9:
                self._suspended = False
                held, self._held = bytes(self._held), bytearray()
                self.write(held)
            case 10:
                self._say(LINE_MASK, value[:1])
            case 11 if value:
                self._modem_mask = value[0]
                self._say(MODEM_MASK, value[:1])
                self._say(NOTIFY_MODEM, bytes([self.lines.octet() & self._modem_mask]))
            case 12 if value:
                self._on_line("purge", {1: "received", 2: "sent"}.get(value[0], "both"))
                self._say(PURGE, value[:1])
            case _:
                pass

    def _set(self, code: int, value: bytes) -> None:
        """Baud and frame; 0 asks what they are. What cannot be is answered with what is."""
        wanted, now = int.from_bytes(value, "big"), self.settings
        if code == BAUD and 0 < wanted <= FASTEST_BAUD:
            self.settings = replace(now, baud=wanted)
        elif code == DATA_BITS and wanted in BITS:
            self.settings = replace(now, bits=wanted)
        elif code == PARITY and wanted in PARITIES:
            self.settings = replace(now, parity=PARITIES[wanted])
        elif code == STOP_BITS and wanted in STOPS:
            self.settings = replace(now, stop=STOPS[wanted])
        new = self.settings
        name, told = {
            BAUD: ("baud", new.baud),
            DATA_BITS: ("bits", new.bits),
            PARITY: ("parity", new.parity),
            STOP_BITS: ("stop", new.stop),
        }[code]
        if new != now:
            self._on_line(name, told)
        if code == BAUD:
            self._say(BAUD, new.baud.to_bytes(4, "big"))
        else:
            tables: Mapping[str, Mapping[int, object]] = {"bits": BITS, "parity": PARITIES, "stop": STOPS}
            codes = tables[name]
            self._say(code, bytes([next(number for number, meaning in codes.items() if meaning == told)]))

    def _control(self, value: int) -> None:
        answer = value
        if value in BREAK[:2]:
            self._on_line("break", value == BREAK[0])
        elif value in DTR[:2]:
            self.dtr = value == DTR[0]
            self._on_line("dtr", self.dtr)
        elif value in RTS[:2]:
            self.rts = value == RTS[0]
            self._on_line("rts", self.rts)
        elif value == DTR[2]:
            answer = DTR[0] if self.dtr else DTR[1]
        elif value == RTS[2]:
            answer = RTS[0] if self.rts else RTS[1]
        elif value == BREAK[2]:
            answer = BREAK[1]
        elif value in ASK_FLOW:
            answer = NO_FLOW if value == 0 else 14
        self._say(CONTROL, bytes([answer]))

    # To the client

    def _say(self, code: int, value: bytes) -> None:
        self._send_raw(bytes([IAC, SB, COM_PORT, code + ANSWER]) + _escaped(value) + bytes([IAC, SE]))

    def _send_raw(self, octets: bytes) -> None:
        super().write(octets)

    def write(self, octets: bytes) -> None:
        if self._suspended:
            self._held += octets
        else:
            self._send_raw(_escaped(octets))


def _escaped(octets: bytes) -> bytes:
    return octets.replace(bytes([IAC]), bytes([IAC, IAC]))
