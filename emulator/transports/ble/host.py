"""bumble's Bluetooth host, set up the way both ends of ours need it."""

import hashlib
import logging
from contextvars import ContextVar
from typing import Any

from bumble import att, gatt_server, hci, smp
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.keys import MemoryKeyStore, PairingKeys
from bumble.pairing import PairingConfig, PairingDelegate

LOG = logging.getLogger(__name__)
LAST_IO_CAPABILITY = 0x04
MIN_KEY_SIZE, MAX_KEY_SIZE = 7, 16
"""Octets of an encryption key. Core Vol 3, Part H, 2.3.4."""
NO_REQUEST = 0x41
"""Bits of an ATT opcode: requests are even, and not commands. Core Vol 3, Part F, 3.3.1."""


def derived(seed: str, what: str, length: int) -> bytes:
    """Octets that are always the same for a seed and a purpose, and different for every other."""
    return hashlib.sha256(f"{seed}/{what}".encode()).digest()[:length]


def static_random_address(seed: str) -> str:
    """A static random address made from a seed. Core Vol 6, Part B, 1.3.2.1."""
    octets = bytearray(derived(seed, "address", 6))
    octets[0] |= 0xC0
    return ":".join(f"{octet:02X}" for octet in octets)


def public_address(seed: str) -> hci.Address:
    """A public address made from a seed, locally administered (IEEE 802-2014, 8.2.2): it can be no real device's."""
    return hci.Address(bytes(derived(seed, "public address", 5)) + b"\x02", hci.Address.PUBLIC_DEVICE_ADDRESS)


class Passkey(PairingDelegate):
    """A passkey everybody knows: on a label, on a display, or in the head of the user who types it in."""

    def __init__(self, io_capability: Any, passkey: int) -> None:
        super().__init__(io_capability)
        self._passkey = passkey

    async def generate_passkey(self) -> int:
        return self._passkey

    async def get_number(self) -> int:
        return self._passkey


DISPLAY, KEYS, KEYBOARD, NEITHER = (
    PairingDelegate.DISPLAY_OUTPUT_ONLY,
    PairingDelegate.KEYBOARD_INPUT_ONLY,
    PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
    PairingDelegate.NO_OUTPUT_NO_INPUT,
)


class Refusing(PairingDelegate):
    """Whoever wants to pair is refused."""

    async def accept(self) -> bool:
        return False


def pairing(io_capability: Any, passkey: int | None, *, man_in_the_middle: bool) -> PairingConfig:
    """LE Secure Connections with bonding; legacy pairing with a peer that knows nothing else.

    The identity is the static random address that the host connects with. bumble's default is the controller's public address
    where it has one, and by that nobody would know the host again.
    """
    return PairingConfig(
        sc=True,
        mitm=man_in_the_middle,
        bonding=True,
        delegate=PairingDelegate(io_capability) if passkey is None else Passkey(io_capability, passkey),
        identity_address_type=PairingConfig.AddressType.RANDOM,
    )


taking_command: ContextVar[bool] = ContextVar("taking_command", default=False)
"""Whether the write being handed on is a command, which nobody answers. bumble serves every request in a task of its own,
and a task keeps the context it was made in."""


class KnowsCommands(gatt_server.Server):
    """A GATT server whose handlers can tell a write command from a write request."""

    def on_gatt_pdu(self, bearer: Any, att_pdu: Any) -> None:
        before = taking_command.set(att_pdu.name == "ATT_WRITE_COMMAND")
        try:
            super().on_gatt_pdu(bearer, att_pdu)
        finally:
            taking_command.reset(before)


class BumbleHost(Device):
    """A bumble device that keeps keys only of those who bond, finds the right key of a legacy bond, and bears with any octets.

    bumble keeps every key. It hands a peripheral's peer the peer's own key where the central names another by its number: the
    link then breaks with a MIC failure (bumble pull request 890). And it takes any octets of the Security Manager for the
    beginning of a pairing, so that two hosts can answer one stray packet back and forth for ever.
    """

    keystore: MemoryKeyStore

    async def find_peer_by_identity_address(self, identity_address: hci.Address) -> hci.Address:
        """Devices here advertise their identity address. bumble would scan for it first, for ever while the device is away."""
        return identity_address

    def on_l2cap_pdu(self, connection_handle: int, cid: int, pdu: bytes) -> None:
        """Octets that cannot be read are answered where the protocol has an answer, and passed over elsewhere."""
        try:
            super().on_l2cap_pdu(connection_handle, cid, pdu)
        except Exception as error:  # whatever bumble's parsers make of a stranger's octets
            LOG.debug("%s: octets %s on channel %d: %r", self.name, pdu.hex(), cid, error)
            if cid == att.ATT_CID and pdu and not pdu[0] & NO_REQUEST:  # Core Vol 3, Part F, 3.4.1.1
                refusal = att.ATT_Error_Response(
                    request_opcode_in_error=pdu[0], attribute_handle_in_error=0, error_code=att.ErrorCode.INVALID_PDU
                )
                self.send_l2cap_pdu(connection_handle, cid, bytes(refusal))

    def on_smp_pdu(self, connection_handle: int, pdu: bytes) -> None:
        """Core Vol 3, Part H, 2.3: pairing begins with its request; what comes before it, or after its end, means nothing."""
        session = self.smp_manager.sessions.get(connection_handle)
        if _asks_for_the_impossible(pdu):
            failed = smp.SMP_Pairing_Failed_Command(reason=smp.ErrorCode.INVALID_PARAMETERS)
            self.send_l2cap_pdu(connection_handle, smp.SMP_CID, bytes(failed))
            return
        begins = pdu[:1] == bytes([smp.CommandCode.PAIRING_REQUEST])
        if session is not None and session.completed and begins:
            del self.smp_manager.sessions[connection_handle]  # once more, on the same connection
        elif not begins and (session is None or session.completed) and pdu[:1] != bytes([smp.CommandCode.SECURITY_REQUEST]):
            return
        super().on_smp_pdu(connection_handle, pdu)

    def on_pairing(self, connection: Connection, identity_address: hci.Address | None, keys: PairingKeys, sc: bool) -> None:
        """Core Vol 3, Part C, 9.4.3: without bonding, keys last as long as the connection."""
        session = self.smp_manager.sessions.get(connection.handle)
        if session is not None and not session.bonding:
            self.keystore.all_keys.pop(str(identity_address), None)
        super().on_pairing(connection, identity_address, keys, sc)

    async def get_long_term_key(self, connection_handle: int, rand: bytes, ediv: int) -> bytes | None:
        connection = self.lookup_connection(connection_handle)
        keys = await self.keystore.get(str(connection.peer_address)) if connection else None
        for key in (keys.ltk_central, keys.ltk_peripheral) if keys else ():
            if key is not None and key.rand == rand and key.ediv == ediv:
                return key.value
        return await super().get_long_term_key(connection_handle, rand, ediv)


def _asks_for_the_impossible(pdu: bytes) -> bool:
    """Whether this is a Pairing Request that cannot be: Core Vol 3, Part H, 3.5.1, of 7 octets."""
    if pdu[:1] != bytes([smp.CommandCode.PAIRING_REQUEST]):
        return False
    return len(pdu) != 7 or pdu[1] > LAST_IO_CAPABILITY or not MIN_KEY_SIZE <= pdu[4] <= MAX_KEY_SIZE


def bumble_host(name: str, address: str, seed: str, hci_ends: tuple[Any, Any], keys: MemoryKeyStore) -> BumbleHost:
    """A host on a controller (its packet source and sink), not powered yet.

    Its identity root is derived from the seed: bumble's default is all zeros.
    """
    config = DeviceConfiguration(name=name, address=hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS))
    config.irk = derived(seed, "irk", 16)
    device = BumbleHost.from_config_with_hci(config, *hci_ends)
    assert isinstance(device, BumbleHost)
    device.keystore = keys
    return device


def is_authenticated(keys: PairingKeys | None) -> bool | None:
    """Whether a bond's keys were made with protection against a man in the middle; None without keys.

    bumble calls every encrypted LE link authenticated, so only the key can tell.
    """
    if keys is None:
        return None
    made = [key for key in (keys.ltk, keys.ltk_central, keys.ltk_peripheral) if key is not None]
    return any(key.authenticated for key in made) if made else None
