"""A serial port on a TCP socket with baud rate, frame, modem lines, break and purge (RFC 2217).

The client sets the line and its modem outputs; ``lines`` are its modem inputs, whose changes are notified. Verified with the
clients of pyserial and serialx. Sources: RFC 2217; RFC 854 and 855 (Telnet).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.transports.carrier import PortEvents
from isletbench.emulator.transports.ports.settings import MAX_BAUD, Settings
from isletbench.emulator.transports.ports.tcp import MAX_QUEUED, TcpPort
from isletbench.emulator.transports.ports.telnet import DO, DONT, IAC, SB, SE, WILL, WONT, TelnetReader, escaped

BINARY, SUPPRESS_GO_AHEAD, COM_PORT = 0, 3, 44
SUPPORTED_OPTIONS = frozenset({BINARY, SUPPRESS_GO_AHEAD, COM_PORT})
"""The Telnet options that both sides may use."""
SIGNATURE, BAUD, DATA_BITS, PARITY, STOP_BITS, CONTROL = range(6)
NOTIFY_LINE, NOTIFY_MODEM, SUSPEND, RESUME, LINE_MASK, MODEM_MASK, PURGE = range(6, 13)
SERVER_OFFSET = 100
"""The offset of a server command from the client command of the same name."""
BITS = {5: 5, 6: 6, 7: 7, 8: 8}
PARITIES = {1: "N", 2: "O", 3: "E", 4: "M", 5: "S"}
STOPS = {1: 1.0, 2: 2.0, 3: 1.5}
BREAK, DTR, RTS = (5, 6, 4), (8, 9, 7), (11, 12, 10)
"""Values of SET-CONTROL: on, off, request."""
NO_FLOW, ASK_FLOW = 1, frozenset({0, 13})


@dataclass(frozen=True, slots=True)
class ModemLines:
    """The modem lines that a device drives and a client reads."""

    cts: bool = True
    dsr: bool = True
    ri: bool = False
    cd: bool = True

    def octet(self, before: "ModemLines | None" = None) -> int:
        """Return the modem state: active lines in bits 4 to 7, changes since ``before`` in bits 0 to 3."""
        now = [self.cts, self.dsr, self.ri, self.cd]
        then = [before.cts, before.dsr, before.ri, before.cd] if before else now
        # only the trailing edge of the ring indicator is a change
        changed = [a != b and (place != 2 or b) for place, (a, b) in enumerate(zip(now, then, strict=True))]
        return sum(up << 4 + place for place, up in enumerate(now)) | sum(up << place for place, up in enumerate(changed))


class Rfc2217Port(TcpPort):
    """A ``Port`` on ``host:port``; port 0 is a free one. A second client is rejected.

    ``on_line`` is called with the name of a setting of the client and its value: ``baud``, ``bits``, ``parity``, ``stop``,
    ``dtr``, ``rts``, ``break``, ``purge``.
    """

    scheme = "rfc2217"

    def __init__(self, host: str, port: int, on_line: Callable[[str, object], None] = lambda what, value: None) -> None:
        super().__init__(host, port)
        self.settings = Settings()
        self.lines = ModemLines()
        self.dtr = self.rts = False
        self._on_line = on_line
        self._reset_session()

    def _reset_session(self) -> None:
        self._telnet = TelnetReader()
        self._agreed: set[tuple[int, int]] = set()
        self._modem_mask = 0xFF
        self._suspended = False
        self._suspended_output = bytearray()
        self.dtr = self.rts = False

    async def start(self, events: PortEvents) -> None:
        """Listen on the port. Raises ``OSError`` when the address is not available."""
        self._reset_session()
        await super().start(events)

    @property
    def baud(self) -> int:
        """The baud rate that the client has set, bit/s."""
        return self.settings.baud

    def set_lines(self, lines: ModemLines) -> None:
        """Set the modem lines; the client is notified of the changes in its modem state mask."""
        before, self.lines = self.lines, lines
        octet = lines.octet(before)
        if octet & 0x0F & self._modem_mask and self._is_com_port:
            self._send_command(NOTIFY_MODEM, bytes([octet & self._modem_mask]))

    # From the client

    def client_accepted(self) -> None:
        """Begin the Telnet negotiation with a new client."""
        self._reset_session()
        for option in (BINARY, SUPPRESS_GO_AHEAD):
            self._offer(WILL, option)
            self._offer(DO, option)
        self._offer(DO, COM_PORT)

    def received(self, octets: bytes) -> None:
        """Handle the commands in the octets of the client and pass its data on."""
        if IAC not in octets and not self._telnet.waits:
            super().received(octets)
            return
        data = bytearray()
        for piece in self._telnet.feed(octets):
            if isinstance(piece, int):
                data.append(piece)
            else:
                self._handle_command(piece)
        if data:
            super().received(bytes(data))

    def _handle_command(self, command: bytes) -> None:
        match command[1]:
            case verb if verb in (WILL, WONT, DO, DONT):
                self._negotiate(verb, command[2])
            case code if code == SB and command[2:3] == bytes([COM_PORT]):
                self._com_port(command[3:-2].replace(bytes([IAC, IAC]), bytes([IAC])))
            case _:
                pass  # other Telnet commands have no meaning on a serial line

    def _negotiate(self, verb: int, option: int) -> None:
        """Agree to supported options and refuse others; each answer is sent once, which prevents loops (RFC 1143)."""
        answer, refusal = {WILL: (DO, DONT), DO: (WILL, WONT), WONT: (DONT, DONT), DONT: (WONT, WONT)}[verb]
        if verb in (WILL, DO) and option not in SUPPORTED_OPTIONS:
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
            self._send_command(NOTIFY_MODEM, bytes([self.lines.octet() & self._modem_mask]))

    @property
    def _is_com_port(self) -> bool:
        return (WILL, COM_PORT) in self._agreed or (DO, COM_PORT) in self._agreed

    def _com_port(self, command: bytes) -> None:
        if not command:
            return
        code, value = command[0], command[1:]
        match code:
            case 0 if not value:
                self._send_command(SIGNATURE, b"isletbench")
            case 1 | 2 | 3 | 4:
                self._set(code, value)
            case 5 if value:
                self._control(value[0])
            case 8:
                self._suspended = True
            case 9:
                self._suspended = False
                output, self._suspended_output = bytes(self._suspended_output), bytearray()
                self.write(output)
            case 10:
                self._send_command(LINE_MASK, value[:1])
            case 11 if value:
                self._modem_mask = value[0]
                self._send_command(MODEM_MASK, value[:1])
                self._send_command(NOTIFY_MODEM, bytes([self.lines.octet() & self._modem_mask]))
            case 12 if value:
                self._on_line("purge", {1: "received", 2: "sent"}.get(value[0], "both"))
                self._send_command(PURGE, value[:1])
            case _:
                pass

    def _set(self, code: int, value: bytes) -> None:
        """Set baud rate or frame; 0 requests the value. An unsupported value is answered with the current one."""
        wanted, now = int.from_bytes(value, "big"), self.settings
        if code == BAUD and 0 < wanted <= MAX_BAUD:
            self.settings = replace(now, baud=wanted)
        elif code == DATA_BITS and wanted in BITS:
            self.settings = replace(now, bits=wanted)
        elif code == PARITY and wanted in PARITIES:
            self.settings = replace(now, parity=PARITIES[wanted])
        elif code == STOP_BITS and wanted in STOPS:
            self.settings = replace(now, stop=STOPS[wanted])
        new = self.settings
        name, new_value = {
            BAUD: ("baud", new.baud),
            DATA_BITS: ("bits", new.bits),
            PARITY: ("parity", new.parity),
            STOP_BITS: ("stop", new.stop),
        }[code]
        if new != now:
            self._on_line(name, new_value)
        if code == BAUD:
            self._send_command(BAUD, new.baud.to_bytes(4, "big"))
        else:
            tables: Mapping[str, Mapping[int, object]] = {"bits": BITS, "parity": PARITIES, "stop": STOPS}
            codes = tables[name]
            self._send_command(code, bytes([next(number for number, meaning in codes.items() if meaning == new_value)]))

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
        self._send_command(CONTROL, bytes([answer]))

    # To the client

    def _send_command(self, code: int, value: bytes) -> None:
        self._send_raw(bytes([IAC, SB, COM_PORT, code + SERVER_OFFSET]) + escaped(value) + bytes([IAC, SE]))

    def _send_raw(self, octets: bytes) -> None:
        super().write(octets)

    def write(self, octets: bytes) -> None:
        """Send octets to the client; while it has suspended the flow they are queued."""
        if self._suspended:
            if len(self._suspended_output) < MAX_QUEUED:
                self._suspended_output += octets
        else:
            self._send_raw(escaped(octets))
