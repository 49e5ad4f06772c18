"""A device as a GATT server. Carried by Bluetooth LE and by the serial link alike; neither is known here.

``table`` numbers the attributes, ``messages`` pass between a carrier and a device, ``service`` says what a service is.
``server`` brings the two together by the rules of the Core Specification: ``rules`` for reading and writing, ``indications``,
``bonds``.
"""

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.gatt.indications import ATT_TRANSACTION_TIMEOUT
from isletbench.emulator.gatt.messages import (
    DEFAULT_ATT_MTU,
    Confirm,
    Connected,
    Disconnected,
    Effect,
    ErrorResponse,
    Indicate,
    LinkAnswer,
    LinkIndication,
    LinkRequest,
    MtuChanged,
    Notify,
    Outgoing,
    Read,
    ReadResponse,
    Request,
    Secured,
    Silence,
    Unbond,
    Write,
    WriteResponse,
)
from isletbench.emulator.gatt.server import GattDevice
from isletbench.emulator.gatt.service import MAX_VALUE_LENGTH, Bonds, DeleteBonds, Peer, Send, Service, ServiceAction
from isletbench.emulator.gatt.table import Advertisement, Attribute, CharacteristicSpec, Handle, Security, ServiceSpec, Table

__all__ = [
    "ATT_TRANSACTION_TIMEOUT",
    "DEFAULT_ATT_MTU",
    "MAX_VALUE_LENGTH",
    "Advertisement",
    "Attribute",
    "Bonds",
    "CharacteristicSpec",
    "Confirm",
    "Connected",
    "DeleteBonds",
    "Disconnected",
    "Effect",
    "ErrorResponse",
    "GattDevice",
    "Handle",
    "Indicate",
    "Link",
    "LinkAnswer",
    "LinkIndication",
    "LinkRequest",
    "MtuChanged",
    "Notify",
    "Outgoing",
    "Peer",
    "Read",
    "ReadResponse",
    "Request",
    "Secured",
    "Security",
    "Send",
    "Service",
    "ServiceAction",
    "ServiceSpec",
    "Silence",
    "Table",
    "Unbond",
    "Write",
    "WriteResponse",
]
