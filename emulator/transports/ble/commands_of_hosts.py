"""HCI commands that hosts of other makes send and bumble's controller does not know, or accepts without doing anything."""

from bumble import hci, ll
from bumble.controller import Controller
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SUCCESS = hci.HCI_ErrorCode.SUCCESS
COMMAND, COMMAND_COMPLETE = 0x01, 0x0E
LE_ENCRYPT = 0x2017
BLOCK = 16


class CommandsOfHosts(Controller):
    """A controller that carries them out."""

    supported_commands = Controller.supported_commands | {hci.HCI_READ_ENCRYPTION_KEY_SIZE_COMMAND}
    """With what a host refuses to start without: Android's Bluedroid ends when this one is not listed."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self._accepted: dict[hci.Address, None] = {}
        super().__init__(*arguments, **options)  # type: ignore[arg-type]  # those of bumble, as they are

    # The filter accept list: a host connects to whichever of its devices advertises first. Core Vol 4, Part E, 7.8.15 to 17.

    def on_hci_le_add_device_to_filter_accept_list_command(
        self, command: hci.HCI_LE_Add_Device_To_Filter_Accept_List_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Add a device to the filter accept list, unless it is full."""
        if command.address not in self._accepted and len(self._accepted) >= self.filter_accept_list_size:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.MEMORY_CAPACITY_EXCEEDED_ERROR)
        self._accepted[command.address] = None
        return hci.HCI_StatusReturnParameters(SUCCESS)

    def on_hci_le_remove_device_from_filter_accept_list_command(
        self, command: hci.HCI_LE_Remove_Device_From_Filter_Accept_List_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Remove a device from the filter accept list."""
        self._accepted.pop(command.address, None)
        return hci.HCI_StatusReturnParameters(SUCCESS)

    def on_hci_le_clear_filter_accept_list_command(
        self, _command: hci.HCI_LE_Clear_Filter_Accept_List_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Empty the filter accept list."""
        self._accepted.clear()
        return hci.HCI_StatusReturnParameters(SUCCESS)

    def on_advertising_pdu(self, pdu: ll.AdvInd | ll.AdvExtInd) -> None:
        """Report an advertisement, and connect to its sender if that is what the host waits for."""
        pending = self.pending_le_connection
        if isinstance(pending, hci.HCI_LE_Create_Connection_Command) and pending.initiator_filter_policy:
            is_wanted = pdu.advertiser_address in self._accepted and pdu.advertiser_address not in self.le_connections
            pending.peer_address = pdu.advertiser_address if is_wanted else hci.Address.ANY
        super().on_advertising_pdu(pdu)

    # Further commands

    def on_hci_read_remote_version_information_command(self, command: hci.HCI_Read_Remote_Version_Information_Command) -> None:
        """Report the version of a peer, as Linux and Zephyr request it. Core Vol 4, Part E, 7.1.23."""
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

    def on_hci_read_encryption_key_size_command(
        self, command: hci.HCI_Read_Encryption_Key_Size_Command
    ) -> hci.HCI_Read_Encryption_Key_Size_ReturnParameters:
        """Every key of the virtual air has 16 octets. Core Vol 4, Part E, 7.5.7."""
        is_known = self.find_le_connection_by_handle(command.connection_handle) is not None
        status = SUCCESS if is_known else hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
        return hci.HCI_Read_Encryption_Key_Size_ReturnParameters(status, command.connection_handle, BLOCK if is_known else 0)

    def on_hci_le_set_data_length_command(
        self, command: hci.HCI_LE_Set_Data_Length_Command
    ) -> hci.HCI_StatusAndConnectionHandleReturnParameters:
        """Accept any data length: the virtual air transports any length. Core Vol 4, Part E, 7.8.33."""
        return hci.HCI_StatusAndConnectionHandleReturnParameters(SUCCESS, command.connection_handle)

    def answered_here(self, packet: bytes) -> bool:
        """Answer a command that bumble has no name for; False for any other packet.

        LE Encrypt (Core Vol 4, Part E, 7.8.22): hosts without AES of their own use that of the controller.
        """
        if packet[:4] != bytes([COMMAND]) + LE_ENCRYPT.to_bytes(2, "little") + bytes([2 * BLOCK]):
            return False
        key, plain = packet[4 : 4 + BLOCK][::-1], packet[4 + BLOCK :][::-1]
        encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305  # one block, as the command has it
        encrypted = (encryptor.update(plain) + encryptor.finalize())[::-1]
        self.send_hci_packet(
            hci.HCI_Command_Complete_Event(
                num_hci_command_packets=1,
                command_opcode=LE_ENCRYPT,
                return_parameters=hci.HCI_GenericReturnParameters(data=bytes([SUCCESS]) + encrypted),
            )
        )
        return True
