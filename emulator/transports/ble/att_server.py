"""The ATT server of a peripheral: what clients send goes to the device in the order in which it came.

Every PDU is handled before the next one is looked at, and no request is a task: a request that follows a confirmation finds the
device confirmed, by construction. The device may answer a request at once, later, or never (``send``). A request that the
server does not support is refused with 0x06, a malformed one with 0x04; what is no request is never answered (Core Vol 3,
Part F, 3.3 and 3.4.1.1).
"""

import asyncio
import struct
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bumble.att import ErrorCode, Opcode

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.gatt import (
    ATT_TRANSACTION_TIMEOUT,
    Confirm,
    ErrorResponse,
    Handle,
    Indicate,
    LinkAnswer,
    LinkIndication,
    LinkRequest,
    MtuChanged,
    Notify,
    Outgoing,
    Read,
    Write,
)
from isletbench.emulator.transports.ble.att_requests import (
    REQUESTS,
    AttributeTable,
    Client,
    QueuedWriteRefused,
    Refused,
    Steps,
    not_supported,
)
from isletbench.emulator.transports.ble.stack_services import StackServices
from isletbench.emulator.transports.carrier import Deliver

COMMAND, OF_A_SERVER = 0x40, 0x01
"""Bits of an op code: commands have no response; what a server sends is odd. Core Vol 3, Part F, 3.3.1."""
TIMEOUT_S = ATT_TRANSACTION_TIMEOUT / 1_000
LINK_OPERATIONS: Mapping[int, str] = {
    Opcode.ATT_EXCHANGE_MTU_REQUEST: "MTU",
    Opcode.ATT_FIND_INFORMATION_REQUEST: "DISCOVER",
    Opcode.ATT_FIND_BY_TYPE_VALUE_REQUEST: "DISCOVER",
    Opcode.ATT_READ_BY_TYPE_REQUEST: "DISCOVER",
    Opcode.ATT_READ_BY_GROUP_TYPE_REQUEST: "DISCOVER",
}
"""The requests that the link answers, and what each is called."""


class _Indicated(NamedTuple):
    """An indication that is not confirmed yet. ``at`` is the loop time at which it was handed over, s."""

    at: float
    handle: Handle
    pdu: bytes


class _Bearer:
    """The ATT bearer of one connection: its open request, and its indications."""

    def __init__(self, client: Client, write: Callable[[bytes], None]) -> None:
        self.client, self.write = client, write
        self.op_code = 0
        """Of the last request."""
        self.steps: Steps | None = None
        """The open request, until it has a response."""
        self.asked: Read | Write | None = None
        """What it has asked of the device."""
        self.indications: deque[_Indicated] = deque()
        """Those that are not confirmed; the first one is on the wire. Core Vol 3, Part F, 3.3.2."""

    def indicate(self, handle: Handle, pdu: bytes) -> None:
        """Send an indication, at once or after those before it; those whose time is over are given up."""
        now = asyncio.get_running_loop().time()
        if self.indications and now - self.indications[0].at >= TIMEOUT_S:
            self.indications.clear()
        self.indications.append(_Indicated(now, handle, pdu))
        if len(self.indications) == 1:
            self.write(pdu)

    def confirmed(self) -> Handle | None:
        """The client has confirmed: send the next one; the handle of the confirmed one, None when there was none."""
        if not self.indications:
            return None
        handle = self.indications.popleft().handle
        if self.indications:
            first = self.indications[0]
            self.indications[0] = first._replace(at=asyncio.get_running_loop().time())
            self.write(first.pdu)
        return handle


class AttServer:
    """Serves the clients of one peripheral: brings requests to ``deliver``, and sends what comes back to the connections."""

    def __init__(self, stack: StackServices, queued_write_refused: QueuedWriteRefused, deliver: Deliver) -> None:
        self._stack, self._queued_write_refused, self._deliver = stack, queued_write_refused, deliver
        self._table = AttributeTable(stack, queued_write_refused)
        self._bearers: dict[Link, _Bearer] = {}

    def connected(self, link: Link, max_mtu: int, write: Callable[[bytes], None]) -> None:
        """A client has connected; ``write`` sends a PDU to it."""
        self._bearers[link] = _Bearer(Client(link, max_mtu), write)
        self._stack.connected(link)

    def disconnected(self, link: Link) -> None:
        """A client has disconnected: its open request has no response."""
        if bearer := self._bearers.pop(link, None):
            self._stack.disconnected(link)
            bearer.steps = None

    # From the client

    def received(self, link: Link, pdu: bytes) -> None:
        """Handle a PDU of a client."""
        bearer = self._bearers.get(link)
        if bearer is None or not pdu:
            return
        op_code = pdu[0]
        if op_code == Opcode.ATT_HANDLE_VALUE_CONFIRMATION:
            self._confirmed(bearer)
        elif op_code & COMMAND:
            self._command(link, pdu)
        elif not op_code & OF_A_SERVER:
            bearer.op_code = op_code
            if operation := LINK_OPERATIONS.get(op_code):
                self._deliver(LinkRequest(link, operation, pdu))
            else:
                self._begin(bearer, pdu)

    def _confirmed(self, bearer: _Bearer) -> None:
        handle = bearer.confirmed()
        if handle is not None and not self._stack.owns(handle):
            self._deliver(Confirm(bearer.client.link, handle))

    def _command(self, link: Link, pdu: bytes) -> None:
        """A write command goes to the device; others are ignored, signed ones too: no client has a signing key."""
        if pdu[0] == Opcode.ATT_WRITE_COMMAND and len(pdu) >= 3:
            handle = int.from_bytes(pdu[1:3], "little")
            if self._table.is_of_device(handle):
                self._deliver(Write(link, self._table.device_handle(handle), pdu[3:], response=False))

    def exchange(self, request: LinkRequest) -> None:
        """Answer a request that the link answers."""
        if (bearer := self._bearers.get(request.link)) and request.value:
            self._begin(bearer, request.value)

    def _begin(self, bearer: _Bearer, pdu: bytes) -> None:
        """Begin a request; an earlier one that is still open was given up by the client."""
        bearer.steps = REQUESTS.get(pdu[0], not_supported)(self._table, bearer.client, pdu)
        self._go_on(bearer, bearer.steps, None)

    def _go_on(self, bearer: _Bearer, steps: Steps, answer: Outgoing | None) -> None:
        """Carry a request on with the device's answer: to what it asks of the device next, or to its response."""
        mtu = bearer.client.mtu
        try:
            bearer.asked = steps.send(answer)
        except StopIteration as ended:
            self._respond(bearer, ended.value)
        except Refused as refused:
            self._respond(bearer, _error(bearer.op_code, refused.handle, refused.code))
        except struct.error:
            self._respond(bearer, _error(bearer.op_code, 0, ErrorCode.INVALID_PDU))
        else:
            self._deliver(bearer.asked)
        if bearer.client.mtu != mtu:
            self._deliver(MtuChanged(bearer.client.link, bearer.client.mtu))

    def _respond(self, bearer: _Bearer, response: bytes) -> None:
        bearer.steps = bearer.asked = None
        if operation := LINK_OPERATIONS.get(bearer.op_code):
            self._deliver(LinkAnswer(bearer.client.link, operation, response))
        else:
            bearer.write(response)

    # From the device

    def table_changed(self) -> None:
        """Serve the attributes that there are now."""
        self._table = AttributeTable(self._stack, self._queued_write_refused)

    def send(self, outgoing: Outgoing | LinkAnswer | LinkIndication) -> None:
        """Send a response, notification or indication; one for a link that has ended is ignored."""
        bearer = self._bearers.get(outgoing.link)
        if bearer is None:
            return
        match outgoing:
            case Notify():
                bearer.write(self._value_pdu(Opcode.ATT_HANDLE_VALUE_NOTIFICATION, outgoing, bearer))
            case Indicate():
                bearer.indicate(outgoing.handle, self._value_pdu(Opcode.ATT_HANDLE_VALUE_INDICATION, outgoing, bearer))
            case LinkIndication():
                handle = self._stack.changed
                bearer.indicate(handle, _pdu(Opcode.ATT_HANDLE_VALUE_INDICATION, handle, outgoing.value, bearer))
            case LinkAnswer():
                bearer.write(outgoing.value)
            case ErrorResponse(handle=0):  # of a request that the link answers
                bearer.write(_error(bearer.op_code, 0, outgoing.code))
            case _ if bearer.asked is None or outgoing.handle != bearer.asked.handle:
                pass  # of a request that the client has given up
            case _ if bearer.steps is not None:
                bearer.asked = None
                self._go_on(bearer, bearer.steps, outgoing)

    def _value_pdu(self, op_code: int, outgoing: Notify | Indicate, bearer: _Bearer) -> bytes:
        """A value of the device on its way to a client."""
        return _pdu(op_code, self._table.client_handle(outgoing.handle), outgoing.value, bearer)


def _error(op_code: int, handle: Handle, code: int) -> bytes:
    """An Error Response. Core Vol 3, Part F, 3.4.1.1."""
    return struct.pack("<BBHB", Opcode.ATT_ERROR_RESPONSE, op_code, handle, code)


def _pdu(op_code: int, handle: Handle, value: bytes, bearer: _Bearer) -> bytes:
    """A notification or an indication, cut at the end of a PDU. Core Vol 3, Part F, 3.4.7."""
    return (bytes([op_code]) + handle.to_bytes(2, "little") + value)[: bearer.client.mtu]
