"""A virtual Bluetooth controller that behaves as one on a table does.

bumble's ``Controller`` is meant for unit tests: it cannot cancel a connection attempt, keeps its connections through a reset,
answers scans with the advertising data again, knows no RSSI, takes any number of packets at once, and tells the peripheral
other connection parameters than the central asked for. Handlers are found by the command's name, so each gap is one method.
Extended advertising and link-layer privacy are not offered: hosts fall back to legacy advertising, which is what the service
profiles describe, and bonded reconnection of BlueZ fails with them.
"""

import asyncio
import logging

from bumble import hci, ll
from bumble.controller import Connection, Controller, LegacyAdvertiser

from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.radio import Radio

LOG = logging.getLogger(__name__)
LE_DATA_LENGTH = 251
"""Octets of the longest link-layer payload. Core Vol 6, Part B, 2.4."""
ADVERTISING_UNIT_MS = 0.625
DEFAULT_ADVERTISING_MS = 1_280
"""Of a host that does not say. Core Vol 4, Part E, 7.8.5."""
COMMAND_PACKET = 0x01
SUCCESS = hci.HCI_ErrorCode.SUCCESS


class PatientAdvertiser(LegacyAdvertiser):
    """Advertises at its interval while anybody listens, and otherwise keeps the beat without moving.

    A device nobody looks for would else spend a simulated month on advertising alone.
    """

    asleep_since: float | None = None

    def _on_timer_fired(self) -> None:
        controller = self.controller
        assert isinstance(controller, AirController)
        self.send_advertising_data()
        if controller.link.anybody_listens(controller):
            self._sleep(self.advertising_interval_min / 1_000)
        else:
            self.timer_handle, self.asleep_since = None, asyncio.get_running_loop().time()

    def _sleep(self, seconds: float) -> None:
        self.timer_handle = asyncio.get_running_loop().call_later(seconds, self._on_timer_fired)

    def wake(self) -> None:
        """Somebody listens: go on with the next beat."""
        if self.enabled and self.asleep_since is not None:
            interval = self.advertising_interval_min / 1_000
            missed = asyncio.get_running_loop().time() - self.asleep_since
            self.asleep_since = None
            self._sleep(interval - missed % interval)

    def stop(self) -> None:
        super().stop()
        self.asleep_since = None


class AirController(Controller):
    """One radio on an ``Air``; an ideal one unless ``radio`` says how it is."""

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
        self._terms: dict[int, tuple[int, int, int]] = {}
        self._answered = False
        super().__init__(name, host_source=host_source, host_sink=host_sink, link=air)  # type: ignore[arg-type]
        self.le_legacy_advertiser = PatientAdvertiser(self, advertising_interval_min=DEFAULT_ADVERTISING_MS)
        if radio is not None:
            air.equip(self, radio)

    def silence(self) -> None:
        """Switch the radio off, as a flat battery does: nothing is said to anyone."""
        self.host = None
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None
        self.link.remove_controller(self)
        self.le_connections.clear()

    # Commands

    def on_packet(self, packet: bytes) -> None:
        """Core Vol 4, Part E, 4.4: a command that nobody knows, or that cannot be read, is answered too, or its host would wait
        for ever. Other octets that cannot be read are passed over."""
        self._answered = False
        code = hci.HCI_ErrorCode.UNKNOWN_HCI_COMMAND_ERROR
        try:
            super().on_packet(packet)
        except Exception as error:  # whatever bumble makes of a stranger's octets
            LOG.debug("%s: packet %s: %r", self.name, packet.hex(), error)
            code = hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR
        if packet[0] == COMMAND_PACKET and not self._answered:
            self._send_hci_command_status(code, int.from_bytes(packet[1:3], "little"))

    def on_hci_read_remote_version_information_command(self, command: hci.HCI_Read_Remote_Version_Information_Command) -> None:
        """Core Vol 4, Part E, 7.1.23: Linux and Zephyr ask. All controllers of the air are of one make."""
        if self.find_le_connection_by_handle(command.connection_handle) is None:
            self._send_hci_command_status(hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR, command.op_code)
            return
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        self.send_hci_packet(
            hci.HCI_Read_Remote_Version_Information_Complete_Event(
                status=SUCCESS,
                connection_handle=command.connection_handle,
                version=self.lmp_version,
                manufacturer_name=self.manufacturer_company_identifier,
                subversion=self.lmp_subversion,
            )
        )

    def on_hci_reset_command(self, _command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """Core Vol 4, Part E, 7.3.2: everything is dropped; peers see a link loss."""
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None
        for radio in self.link.radios:
            if radio is not self:
                self.link.lose(radio, self)
        self.le_connections.clear()
        self.link.forget_connections(self)
        return hci.HCI_StatusReturnParameters(SUCCESS)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Core Vol 4, Part E, 7.8.13: the attempt ends, and a Connection Complete event says so."""
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
        """The command counts in units of 0.625 ms; bumble's advertiser in ms."""
        result = super().on_hci_le_set_advertising_parameters_command(command)
        self.le_legacy_advertiser.advertising_interval_min = max(
            1, round(command.advertising_interval_min * ADVERTISING_UNIT_MS)
        )
        return result

    def on_hci_le_set_scan_enable_command(self, command: hci.HCI_LE_Set_Scan_Enable_Command) -> hci.HCI_StatusReturnParameters:
        """From now on there is somebody to advertise to."""
        result = super().on_hci_le_set_scan_enable_command(command)
        self._wake_the_others()
        return result

    def on_hci_le_create_connection_command(self, command: hci.HCI_LE_Create_Connection_Command) -> None:
        """A connection begins with an advertisement."""
        super().on_hci_le_create_connection_command(command)
        self._wake_the_others()

    def _wake_the_others(self) -> None:
        for radio in self.link.radios:
            if isinstance(radio.le_legacy_advertiser, PatientAdvertiser):
                radio.le_legacy_advertiser.wake()

    def on_hci_read_rssi_command(self, command: hci.HCI_Read_RSSI_Command) -> hci.HCI_Read_RSSI_ReturnParameters:
        """Core Vol 4, Part E, 7.5.4."""
        connection = self.find_le_connection_by_handle(command.handle)
        peer = self.link.radio_at(connection.peer_address, self) if connection else None
        if peer is None:
            unknown = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
            return hci.HCI_Read_RSSI_ReturnParameters(status=unknown, handle=command.handle, rssi=127)
        return hci.HCI_Read_RSSI_ReturnParameters(status=SUCCESS, handle=command.handle, rssi=self.link.rssi(peer, self))

    def on_hci_le_set_data_length_command(
        self, command: hci.HCI_LE_Set_Data_Length_Command
    ) -> hci.HCI_StatusAndConnectionHandleReturnParameters:
        """Core Vol 4, Part E, 7.8.33: granted; the virtual air carries any length."""
        return hci.HCI_StatusAndConnectionHandleReturnParameters(SUCCESS, command.connection_handle)

    # Connections

    def on_le_connect_ind(self, packet: ll.ConnectInd) -> None:
        """The peripheral is told the parameters the central asked for."""
        self._connecting = packet
        super().on_le_connect_ind(packet)
        self._connecting = None
        if packet.initiator_address not in self.le_connections:
            self.link.ignored(packet)  # somebody else was faster

    def on_le_disconnected(self, connection: Connection, reason: int) -> None:
        """What was on its way to here is of the past."""
        super().on_le_disconnected(connection, reason)
        self.link.ended(self, connection.peer_address)

    def on_hci_le_connection_update_command(self, command: hci.HCI_LE_Connection_Update_Command) -> None:
        """Core Vol 4, Part E, 7.8.18: the peer may refuse, and then the terms stay as they are."""
        connection = self.find_le_connection_by_handle(command.connection_handle)
        peer = self.link.radio_at(connection.peer_address, self) if connection else None
        if connection is None or peer is None or self.link.accepts_updates(peer):
            super().on_hci_le_connection_update_command(command)
            return
        terms = self._terms[connection.handle]
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        self.send_hci_packet(
            hci.HCI_LE_Connection_Update_Complete_Event(
                status=hci.HCI_ErrorCode.UNACCEPTABLE_CONNECTION_PARAMETERS_ERROR,
                connection_handle=connection.handle,
                connection_interval=terms[0],
                peripheral_latency=terms[1],
                supervision_timeout=terms[2],
            )
        )

    def on_hci_acl_data_packet(self, packet: hci.HCI_AclDataPacket) -> None:
        """A packet is complete when the air has taken it: a silent radio stops its sender."""
        connection = self.find_le_connection_by_handle(packet.connection_handle)
        if connection is None:
            return
        connection.assembler.feed_packet(packet)
        peer = self.link.radio_at(connection.peer_address, self)
        if peer is not None:
            self.link.when_taken(self, peer, lambda: self._completed(connection))

    def _completed(self, connection: Connection) -> None:
        if self.find_le_connection_by_handle(connection.handle) is connection:  # it may have ended by now
            self.send_hci_packet(
                hci.HCI_Number_Of_Completed_Packets_Event(connection_handles=[connection.handle], num_completed_packets=[1])
            )

    # Events on their way to the host

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        self._answered |= isinstance(packet, hci.HCI_Command_Complete_Event | hci.HCI_Command_Status_Event)
        if isinstance(packet, hci.HCI_LE_Advertising_Report_Event):
            if not self._true_to_the_air(packet):
                return
        elif isinstance(packet, hci.HCI_LE_Connection_Complete_Event) and self._connecting is not None:
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
        if isinstance(packet, hci.HCI_LE_Connection_Complete_Event | hci.HCI_LE_Connection_Update_Complete_Event):
            self._note_terms(packet)
        super().send_hci_packet(packet)

    def _note_terms(self, packet: hci.HCI_LE_Connection_Complete_Event | hci.HCI_LE_Connection_Update_Complete_Event) -> None:
        """The air keeps time by what the two sides agreed on."""
        connection = self.find_le_connection_by_handle(packet.connection_handle)
        if packet.status == SUCCESS and connection is not None:
            terms = (packet.connection_interval, packet.peripheral_latency, packet.supervision_timeout)
            self._terms[connection.handle] = terms
            self.link.agreed(self, connection.peer_address, packet.connection_interval, packet.supervision_timeout)

    def _true_to_the_air(self, packet: hci.HCI_LE_Advertising_Report_Event) -> bool:
        """Give a report its RSSI, and a scan response its own data; False when there is none to report."""
        kinds = hci.HCI_LE_Advertising_Report_Event.EventType
        for report in packet.reports:
            sender = self.link.radio_at(report.address)
            if sender is None:
                return False
            report.rssi = self.link.rssi(sender, self)
            if report.event_type == kinds.SCAN_RSP:
                report.data = bytes(sender.le_legacy_advertiser.scan_response_data)
                if not report.data or not self.le_scan_type:  # a passive scanner asks for none
                    return False
        return True
