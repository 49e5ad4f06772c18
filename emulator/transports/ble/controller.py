"""A virtual Bluetooth LE controller that behaves like a physical one.

bumble's ``Controller`` is written for unit tests: it cannot cancel a connection attempt, keeps connections through HCI Reset,
answers a scan request with the advertising data, has no RSSI, accepts any number of packets at once, and reports wrong
connection parameters to the peripheral. bumble finds handlers by the name of the command, so each gap is one method here.
Extended advertising and link-layer privacy are not supported: hosts fall back to legacy advertising, which the service
profiles describe, and reconnection of a bonded BlueZ host fails with them.
"""

import asyncio
import logging
from functools import cache

from bumble import hci, ll
from bumble.controller import Connection, Controller, LegacyAdvertiser

from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.commands_of_hosts import CommandsOfHosts
from isletbench.emulator.transports.ble.connection_ends import NEVER_ESTABLISHED, is_open
from isletbench.emulator.transports.ble.radio import Radio
from isletbench.emulator.transports.ble.scan_reports import ADV_IND, SCAN_RSP, DuplicateFilter, report

LOG = logging.getLogger(__name__)
LE_DATA_LENGTH = 251
"""Longest link-layer payload, octets. Core Vol 6, Part B, 2.4."""
ADVERTISING_UNIT_MS = 0.625
CONNECTION_UNIT_S = 0.001_25
DEFAULT_ADVERTISING_MS = 1_280
"""Advertising interval by default. Core Vol 4, Part E, 7.8.5."""
COMMAND_PACKET = 0x01
SUCCESS = hci.HCI_ErrorCode.SUCCESS


_ANSWERS = (hci.HCI_Command_Complete_Event, hci.HCI_Command_Status_Event)
_WITH_PARAMETERS = (hci.HCI_LE_Connection_Complete_Event, hci.HCI_LE_Connection_Update_Complete_Event)


@cache
def _completed(handle: int) -> bytes:
    """The event that a packet of this connection is delivered: half of all that a controller sends its host."""
    return bytes(hci.HCI_Number_Of_Completed_Packets_Event(connection_handles=[handle], num_completed_packets=[1]))


class SuspendableAdvertiser(LegacyAdvertiser):
    """An advertiser that sends at its interval while a receiver is present, and is suspended without one.

    Without suspension a simulated month would spend most of its processor time on advertisements without a receiver. A
    resumed advertiser continues with the same phase.
    """

    suspended_since: float | None = None

    def _on_timer_fired(self) -> None:
        controller = self.controller
        assert isinstance(controller, AirController)
        self.send_advertising_data()
        if controller.link.has_receivers(controller):
            self._schedule(self.advertising_interval_min / 1_000)
        else:
            self.timer_handle, self.suspended_since = None, asyncio.get_running_loop().time()

    def _schedule(self, seconds: float) -> None:
        self.timer_handle = asyncio.get_running_loop().call_later(seconds, self._on_timer_fired)

    def resume(self) -> None:
        """Resume advertising at the next multiple of the interval, because a receiver is present."""
        if self.enabled and self.suspended_since is not None:
            interval = self.advertising_interval_min / 1_000
            missed = asyncio.get_running_loop().time() - self.suspended_since
            self.suspended_since = None
            self._schedule(interval - missed % interval)

    def stop(self) -> None:
        """Stop advertising."""
        super().stop()
        self.suspended_since = None


class AirController(CommandsOfHosts):
    """A controller on an ``Air``; its radio is ideal unless ``radio`` has conditions."""

    le_acl_data_packet_length = LE_DATA_LENGTH
    supported_max_tx_octets = LE_DATA_LENGTH
    supported_max_rx_octets = LE_DATA_LENGTH
    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
    )
    link: Air

    def __init__(
        self,
        name: str,
        air: Air,
        *,
        radio: Radio | None = None,
        host_source: object = None,
        host_sink: object = None,
    ) -> None:
        self._connecting: ll.ConnectInd | None = None
        self._parameters: dict[int, tuple[int, int, int]] = {}
        self._command_answered = False
        super().__init__(name, host_source=host_source, host_sink=host_sink, link=air)
        self._duplicates = DuplicateFilter()
        self.le_legacy_advertiser = SuspendableAdvertiser(self, advertising_interval_min=DEFAULT_ADVERTISING_MS)
        if radio is not None:
            air.attach_radio(self, radio)

    def switch_off(self) -> None:
        """Switch the controller off without any packet to its peers, as an empty battery does."""
        self.host = None
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.link.remove_controller(self)
        self.le_connections.clear()

    # Commands

    def on_packet(self, packet: bytes) -> None:
        """Handle a packet from the host; an unknown or malformed command is answered too, and other malformed octets are
        ignored. Core Vol 4, Part E, 4.4."""
        self._command_answered = False
        code = hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR
        try:
            if not self.answered_here(packet):
                super().on_packet(packet)
        except Exception as error:  # any exception of bumble's parsers for octets of an external host
            LOG.debug("%s: packet %s: %r", self.name, packet.hex(), error)
            code = hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR
        if packet[0] == COMMAND_PACKET and not self._command_answered:
            self._send_hci_command_status(code, int.from_bytes(packet[1:3], "little"))

    def on_hci_reset_command(self, _command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """Reset the controller: its connections are dropped and peers see a link loss. Core Vol 4, Part E, 7.3.2."""
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None
        for radio in self.link.radios:
            if radio is not self:
                self.link.end_by_timeout(radio, self)
        self.le_connections.clear()
        self.link.drop_connections(self)
        return hci.HCI_StatusReturnParameters(SUCCESS)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Cancel a connection attempt and report it by a Connection Complete event. Core Vol 4, Part E, 7.8.13."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        event = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address.address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, event)
        return hci.HCI_StatusReturnParameters(SUCCESS)

    def on_hci_le_set_advertising_parameters_command(
        self, command: hci.HCI_LE_Set_Advertising_Parameters_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Set the advertising interval: units of 0.625 ms in the command, ms in bumble's advertiser."""
        result = super().on_hci_le_set_advertising_parameters_command(command)
        self.le_legacy_advertiser.advertising_interval_min = max(
            1, round(command.advertising_interval_min * ADVERTISING_UNIT_MS)
        )
        return result

    def on_hci_le_set_scan_enable_command(self, command: hci.HCI_LE_Set_Scan_Enable_Command) -> hci.HCI_StatusReturnParameters:
        """Enable or disable scanning; other advertisers resume."""
        result = super().on_hci_le_set_scan_enable_command(command)
        self._duplicates.reset()
        self._resume_advertisers()
        return result

    def on_hci_le_create_connection_command(self, command: hci.HCI_LE_Create_Connection_Command) -> None:
        """Initiate a connection; other advertisers resume, because a connection begins with an advertisement.

        One to a peer that is connected is refused. Core Vol 4, Part E, 7.8.12; Core Vol 1, Part F, 2.11.
        """
        if not command.initiator_filter_policy and command.peer_address in self.le_connections:
            self._send_hci_command_status(hci.HCI_ErrorCode.CONNECTION_ALREADY_EXISTS_ERROR, command.op_code)
            return
        super().on_hci_le_create_connection_command(command)
        self._resume_advertisers()

    def _resume_advertisers(self) -> None:
        for radio in self.link.radios:
            if isinstance(radio.le_legacy_advertiser, SuspendableAdvertiser):
                radio.le_legacy_advertiser.resume()

    def on_hci_read_rssi_command(self, command: hci.HCI_Read_RSSI_Command) -> hci.HCI_Read_RSSI_ReturnParameters:
        """Read the RSSI of a connection, dBm. Core Vol 4, Part E, 7.5.4."""
        peer = self._peer_of(self.find_le_connection_by_handle(command.handle))
        if peer is None:
            unknown = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
            return hci.HCI_Read_RSSI_ReturnParameters(status=unknown, handle=command.handle, rssi=127)
        return hci.HCI_Read_RSSI_ReturnParameters(status=SUCCESS, handle=command.handle, rssi=self.link.rssi(peer, self))

    # Connections

    def _peer_of(self, connection: Connection | None) -> Controller | None:
        """Return the controller at the other end of a connection, if it has one."""
        other = self.link.ends.other(connection) if connection else None
        return other.controller if other else None

    def create_le_connection(self, peer_address: hci.Address) -> None:
        """Begin a connection to an advertiser; it ends when nobody answers."""
        pending, before = self.pending_le_connection, self.le_connections.get(peer_address)
        super().create_le_connection(peer_address)
        end = self.le_connections.get(peer_address)
        if end is not None and end is not before and isinstance(pending, hci.HCI_LE_Create_Connection_Command):
            self.link.ends.initiated(end, max(1, pending.connection_interval_min) * CONNECTION_UNIT_S)

    def on_le_connect_ind(self, packet: ll.ConnectInd) -> None:
        """Accept a connection and report the connection parameters that the central requested.

        A central that has ended the connection meanwhile, or was switched off, sends no packet at the first connection events:
        none is established. One that arrives after another, or while this controller still has a connection to the same
        address, gets no answer (Core Vol 6, Part B, 4.5).
        """
        central = self.link.ends.waiting(packet.initiator_address, packet.advertiser_address)
        if central is None:
            return
        if packet.initiator_address not in self.le_connections:
            self._connecting = packet
            super().on_le_connect_ind(packet)
            self._connecting = None
            if (accepted := self.le_connections.get(packet.initiator_address)) is not None:
                self.link.established(central, accepted, packet.interval, packet.timeout)
                return
        central.controller.on_le_disconnected(central, NEVER_ESTABLISHED)

    def on_le_disconnected(self, connection: Connection, reason: int) -> None:
        """End a connection and discard the packets queued to this controller. One that has ended is ignored."""
        if is_open(connection):
            super().on_le_disconnected(connection, reason)
            self.link.connection_ended(connection)

    def on_hci_le_connection_update_command(self, command: hci.HCI_LE_Connection_Update_Command) -> None:
        """Update the connection parameters unless the peer rejects them. Core Vol 4, Part E, 7.8.18."""
        connection = self.find_le_connection_by_handle(command.connection_handle)
        peer = self._peer_of(connection)
        if connection is None or peer is None or self.link.accepts_updates(peer):
            super().on_hci_le_connection_update_command(command)
            return
        parameters = self._parameters[connection.handle]
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        self.send_hci_packet(
            hci.HCI_LE_Connection_Update_Complete_Event(
                status=hci.HCI_ErrorCode.UNACCEPTABLE_CONNECTION_PARAMETERS_ERROR,
                connection_handle=connection.handle,
                connection_interval=parameters[0],
                peripheral_latency=parameters[1],
                supervision_timeout=parameters[2],
            )
        )

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        """Send ACL data; it is reported as completed when delivered, so an unreachable peer blocks its sender."""
        connection = self.find_le_connection_by_handle(packet.connection_handle)
        if connection is None:
            return
        connection.assembler.feed_packet(packet)
        peer = self._peer_of(connection)
        if peer is not None:
            self.link.call_after_delivery(self, peer, lambda: self._report_completed(connection))

    def _report_completed(self, connection: Connection) -> None:
        is_open = self.find_le_connection_by_handle(connection.handle) is connection  # it may have ended meanwhile
        if is_open and self.host:
            asyncio.get_running_loop().call_soon(self.host.on_packet, _completed(connection.handle))

    # Events for the host

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Send a packet to the host, with connection parameters corrected."""
        self._command_answered |= isinstance(packet, _ANSWERS)
        if isinstance(packet, hci.HCI_LE_Connection_Complete_Event) and self._connecting is not None:
            packet = hci.HCI_LE_Connection_Complete_Event(
                status=packet.status,
                connection_handle=packet.connection_handle,
                role=packet.role,
                peer_address_type=packet.peer_address_type,
                peer_address=packet.peer_address,
                connection_interval=self._connecting.interval,
                peripheral_latency=self._connecting.latency,
                supervision_timeout=self._connecting.timeout,
                central_clock_accuracy=packet.central_clock_accuracy,
            )
        if isinstance(packet, _WITH_PARAMETERS):
            self._store_parameters(packet)
        super().send_hci_packet(packet)

    def _store_parameters(
        self, packet: hci.HCI_LE_Connection_Complete_Event | hci.HCI_LE_Connection_Update_Complete_Event
    ) -> None:
        """Store the parameters of a connection, here and in the air."""
        connection = self.find_le_connection_by_handle(packet.connection_handle)
        if packet.status == SUCCESS and connection is not None:
            parameters = (packet.connection_interval, packet.peripheral_latency, packet.supervision_timeout)
            self._parameters[connection.handle] = parameters
            self.link.set_connection_parameters(connection, packet.connection_interval, packet.supervision_timeout)

    def on_advertising_pdu(self, pdu: ll.AdvInd | ll.AdvExtInd) -> None:
        """Report an advertisement to a host that scans, and begin the connection that a host waits for."""
        scans = self.le_scan_enable
        if scans and isinstance(pdu, ll.AdvInd):
            self._report(pdu)
        if self.pending_le_connection is not None:
            self.le_scan_enable = False  # it is reported already
            try:
                super().on_advertising_pdu(pdu)
            finally:
                self.le_scan_enable = scans

    def _report(self, pdu: ll.AdvInd) -> None:
        """Tell the host of an advertisement, with its RSSI; an active scanner also of the scan response, if there is one."""
        address = pdu.advertiser_address
        if self.host is None or (self.filter_duplicates and not self._duplicates.is_new(address, pdu.data)):
            return
        sender = self.link.advertiser_at(address)
        if sender is None:
            return
        # both are drawn, whether there is a scan response or not
        rssi, rssi_of_response = self.link.rssi(sender, self), self.link.rssi(sender, self)
        call_soon = asyncio.get_running_loop().call_soon
        call_soon(self.host.on_packet, report(ADV_IND, address, pdu.data, rssi))
        if self.le_scan_type and (response := bytes(sender.le_legacy_advertiser.scan_response_data)):
            call_soon(self.host.on_packet, report(SCAN_RSP, address, response, rssi_of_response))
