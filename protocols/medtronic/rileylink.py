"""The Bluetooth LE face of subg_rfspy: the service of a RileyLink, with which phones reach Medtronic pumps.

A command is written to *data* behind an octet with its length, without the 00 that ends data on a UART. When the response is
there, *response count* is notified, and *data* is read. Source: the public descriptions of RileyLink and its firmware.
"""

from isletbench.protocols.errors import ReservedValue, Truncated, Unencodable
from isletbench.protocols.medtronic import subg_rfspy
from isletbench.protocols.medtronic.subg_rfspy import PLAIN, WITH_DATA, Command, SendAndListen, SendPacket, request
from isletbench.protocols.packet import decode

SERVICE = 0x0235733B_99C5_4197_B856_69219C2A3845
DATA = 0xC842E849_5028_42E2_867C_016ADADA9155
RESPONSE_COUNT = 0x6E6C7910_B89E_43A5_A0FE_50C5E2B81F4A
TIMER_TICK = 0x6E6C7910_B89E_43A5_78AF_50C5E2B86F7E
CUSTOM_NAME = 0xD93B2AF0_1E28_11E4_8C21_0800200C9A66
VERSION = 0x30D99DC9_7C91_4295_A051_0A104D238CF2
LED_MODE = 0xC6D84241_F1A7_4F9C_A25F_FCE16732F14E
BLE_VERSION = b"ble_rfspy 0.9"
"""What the Bluetooth part of the firmware calls itself: before 2.0 responses are those of the UART."""
MOST_NAME = 30
"""Octets of a custom name."""


def command_of(value: bytes) -> Command:
    """The command in a value that was written. Raises ``WireError``."""
    if len(value) < 2 or len(value) <= value[0]:
        raise Truncated("expected a length, then so many octets", octets=value, layout="RileyLinkData")
    code, parameters = value[1], value[2 : 1 + value[0]]
    if code in WITH_DATA:
        return subg_rfspy.with_data(code, parameters)
    if code not in PLAIN:
        raise ReservedValue(f"0x{code:02X} is no command", octets=value, layout="RileyLinkData", field="command")
    return decode(PLAIN[code], parameters, trailing=True)


def value_of(command: Command) -> bytes:
    """The value that a client writes for a command. Raises ``Unencodable``."""
    octets = request(command)
    if isinstance(command, SendPacket | SendAndListen):
        octets = octets.removesuffix(subg_rfspy.END)
    if len(octets) > 0xFF:
        raise Unencodable(f"{len(octets)} octets are more than 255", layout="RileyLinkData")
    return bytes([len(octets)]) + octets
