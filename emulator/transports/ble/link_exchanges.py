"""What clients ask the Bluetooth link itself for: the exchange of the ATT_MTU and discovery, which bumble's server answers."""

import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bumble import att, core
from bumble.device import Connection

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.gatt import ErrorResponse, LinkAnswer, LinkRequest
from isletbench.emulator.transports.ble.host import DeviceServer, link_operation
from isletbench.emulator.transports.carrier import Deliver


class LinkExchanges:
    """Brings requests of the link to ``deliver`` and lets bumble answer them, so that they can be intercepted on both ways."""

    def __init__(self, server: DeviceServer, link_of: Callable[[Connection], Link], deliver: Deliver) -> None:
        self._server, self._link_of, self._deliver = server, link_of, deliver
        self._opcodes: dict[Link, int] = {}
        """The op code of the last request of each link."""
        server.on_link_request, server.on_link_answer = self._requested, self._answered

    def _requested(self, connection: Connection, pdu: Any) -> None:
        link = self._link_of(connection)
        self._opcodes[link] = pdu.op_code
        self._deliver(LinkRequest(link, link_operation(pdu) or "", bytes(pdu)))

    def _answered(self, connection: Connection, response: Any) -> None:
        with suppress(att.ATT_Error):  # bumble answers later: the connection may have ended meanwhile
            self._deliver(LinkAnswer(self._link_of(connection), link_operation(response) or "", bytes(response)))

    def answer(self, connection: Connection, request: LinkRequest) -> None:
        """Let bumble answer a request; octets that are no PDU any more are ignored."""
        with suppress(core.BaseBumbleError, ValueError, IndexError, struct.error):
            self._server.handle(connection, att.ATT_PDU.from_bytes(request.value))

    def send(self, connection: Connection, outgoing: LinkAnswer | ErrorResponse) -> None:
        """Send an answer, or refuse the last request of the link."""
        if isinstance(outgoing, LinkAnswer):
            octets = outgoing.value
        else:
            code = att.ErrorCode(outgoing.code)
            octets = bytes(att.ATT_Error_Response(self._opcodes[outgoing.link], 0, code))
        self._server.send_gatt_pdu(connection, octets)
