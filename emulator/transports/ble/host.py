"""The bumble host of the peripheral and of the central: addresses, pairing, corrections of bumble."""

import hashlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from bumble import att, hci, smp
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.keys import MemoryKeyStore, PairingKeys
from bumble.pairing import PairingConfig, PairingDelegate

from isletbench.emulator.core.clock import of_the_world

LOG = logging.getLogger(__name__)
LAST_IO_CAPABILITY = 0x04
MIN_KEY_SIZE, MAX_KEY_SIZE = 7, 16
"""Octets of an encryption key. Core Vol 3, Part H, 2.3.4."""
COMMAND_TIMEOUT_S = 10.0
"""Real seconds for which the answer of a controller to a command is waited for."""
NOT_A_REQUEST = 0x41
"""Bits of an ATT opcode: requests are even, and not commands. Core Vol 3, Part F, 3.3.1."""


def derived(seed: str, what: str, length: int) -> bytes:
    """Return ``length`` octets that depend only on the seed and the purpose ``what``."""
    return hashlib.sha256(f"{seed}/{what}".encode()).digest()[:length]


def static_random_address(seed: str) -> str:
    """Return a static random address that is derived from a seed. Core Vol 6, Part B, 1.3.2.1."""
    octets = bytearray(derived(seed, "address", 6))
    octets[0] |= 0xC0
    return ":".join(f"{octet:02X}" for octet in octets)


def public_address(seed: str) -> hci.Address:
    """Return a public address derived from a seed, locally administered (IEEE 802-2014, 8.2.2): no product has it."""
    return hci.Address(bytes(derived(seed, "public address", 5)) + b"\x02", hci.Address.PUBLIC_DEVICE_ADDRESS)


class Passkey(PairingDelegate):
    """A pairing delegate with a fixed passkey, which the device displays or the user enters."""

    def __init__(self, io_capability: Any, passkey: int) -> None:
        super().__init__(io_capability)
        self._passkey = passkey

    async def generate_passkey(self) -> int:
        """Return the passkey to display."""
        return self._passkey

    async def get_number(self) -> int:
        """Return the passkey that the user enters."""
        return self._passkey


class AskedPasskey(PairingDelegate):
    """A pairing delegate whose user types in the passkey that the client displays: ``ask`` returns it, or None in the end."""

    def __init__(self, ask: Callable[[], Awaitable[int | None]]) -> None:
        super().__init__(KEYS)
        self._ask = ask

    async def get_number(self) -> int | None:
        """Return the passkey that the user has typed in."""
        return await self._ask()


DISPLAY, KEYS, KEYBOARD, NEITHER = (
    PairingDelegate.DISPLAY_OUTPUT_ONLY,
    PairingDelegate.KEYBOARD_INPUT_ONLY,
    PairingDelegate.DISPLAY_OUTPUT_AND_KEYBOARD_INPUT,
    PairingDelegate.NO_OUTPUT_NO_INPUT,
)


class RefusePairing(PairingDelegate):
    """A pairing delegate that rejects every pairing."""

    async def accept(self) -> bool:
        """Reject the pairing."""
        return False


def pairing(
    io_capability: Any, passkey: int | None, *, man_in_the_middle: bool, delegate: PairingDelegate | None = None
) -> PairingConfig:
    """Return a configuration for LE Secure Connections with bonding; a peer without it pairs by legacy pairing.

    The identity address is the static random address of the host. bumble's default is the controller's public address where
    there is one, by which no peer would recognise the host.
    """
    return PairingConfig(
        sc=True,
        mitm=man_in_the_middle,
        bonding=True,
        delegate=delegate or (PairingDelegate(io_capability) if passkey is None else Passkey(io_capability, passkey)),
        identity_address_type=PairingConfig.AddressType.RANDOM,
    )


class BumbleHost(Device):
    """A bumble device that stores keys of bonded peers only, selects the right key of a legacy bond, and accepts any octets.

    bumble stores every key. For a legacy bond it returns the peer's own key although the central identifies another one: the
    link then ends with a MIC failure (bumble pull request 890). It also starts a pairing for any Security Manager packet, so
    that two hosts could answer one stray packet without end.
    """

    keystore: MemoryKeyStore
    must_wait: Callable[[hci.Address], bool] = staticmethod(lambda address: False)
    """Whether a pairing request of this address comes too early after one that failed."""

    @property
    def command_timeout(self) -> float:
        """How long the answer to a command is waited for, s of the event loop: a controller in another process has no pace."""
        return of_the_world(COMMAND_TIMEOUT_S)

    @command_timeout.setter
    def command_timeout(self, seconds: float) -> None:
        """bumble sets its own default; it would be ten seconds of bench time."""

    async def find_peer_by_identity_address(self, identity_address: hci.Address) -> hci.Address:
        """Return the identity address, which the devices advertise; bumble would scan for it without a timeout."""
        return identity_address

    def on_l2cap_pdu(self, connection_handle: int, cid: int, pdu: bytes) -> None:
        """Handle an L2CAP PDU; malformed octets get an error response where the protocol has one, else they are ignored."""
        try:
            super().on_l2cap_pdu(connection_handle, cid, pdu)
        except Exception as error:  # any exception of bumble's parsers for malformed octets
            LOG.debug("%s: octets %s on channel %d: %r", self.name, pdu.hex(), cid, error)
            if cid == att.ATT_CID and pdu and not pdu[0] & NOT_A_REQUEST:  # Core Vol 3, Part F, 3.4.1.1
                refusal = att.ATT_Error_Response(
                    request_opcode_in_error=pdu[0], attribute_handle_in_error=0, error_code=att.ErrorCode.INVALID_PDU
                )
                self.send_l2cap_pdu(connection_handle, cid, bytes(refusal))

    def send_l2cap_pdu(self, connection_handle: int, cid: int, pdu: bytes) -> None:
        """Send an L2CAP PDU; one for a connection that has just ended is dropped, without bumble's warning about it."""
        if connection_handle in self.host.connections:
            super().send_l2cap_pdu(connection_handle, cid, pdu)

    def on_smp_pdu(self, connection_handle: int, pdu: bytes) -> None:
        """Handle a Security Manager PDU; PDUs outside a pairing are ignored. Core Vol 3, Part H, 2.3."""
        session = self.smp_manager.sessions.get(connection_handle)
        if _is_invalid_pairing_request(pdu):
            failed = smp.SMP_Pairing_Failed_Command(reason=smp.ErrorCode.INVALID_PARAMETERS)
            self.send_l2cap_pdu(connection_handle, smp.SMP_CID, bytes(failed))
            return
        begins = pdu[:1] == bytes([smp.CommandCode.PAIRING_REQUEST])
        connection = self.lookup_connection(connection_handle)
        if begins and connection is not None and self.must_wait(connection.peer_address):
            failed = smp.SMP_Pairing_Failed_Command(reason=smp.ErrorCode.REPEATED_ATTEMPTS)
            self.send_l2cap_pdu(connection_handle, smp.SMP_CID, bytes(failed))
            return
        if session is not None and session.completed and begins:
            del self.smp_manager.sessions[connection_handle]  # a second pairing on the same connection
        elif not begins and (session is None or session.completed) and pdu[:1] != bytes([smp.CommandCode.SECURITY_REQUEST]):
            return
        super().on_smp_pdu(connection_handle, pdu)

    def on_pairing(self, connection: Connection, identity_address: hci.Address | None, keys: PairingKeys, sc: bool) -> None:
        """Store the keys of a pairing; without bonding they are deleted. Core Vol 3, Part C, 9.4.3."""
        session = self.smp_manager.sessions.get(connection.handle)
        if session is not None and not session.bonding:
            self.keystore.all_keys.pop(str(identity_address), None)
        super().on_pairing(connection, identity_address, keys, sc)

    async def get_long_term_key(self, connection_handle: int, rand: bytes, ediv: int) -> bytes | None:
        """Return the key that a central identifies by ``rand`` and ``ediv``, if there is one."""
        connection = self.lookup_connection(connection_handle)
        keys = await self.keystore.get(str(connection.peer_address)) if connection else None
        for key in (keys.ltk_central, keys.ltk_peripheral) if keys else ():
            if key is not None and key.rand == rand and key.ediv == ediv:
                return key.value
        return await super().get_long_term_key(connection_handle, rand, ediv)


def _is_invalid_pairing_request(pdu: bytes) -> bool:
    """Whether this is an invalid Pairing Request: Core Vol 3, Part H, 3.5.1, 7 octets."""
    if pdu[:1] != bytes([smp.CommandCode.PAIRING_REQUEST]):
        return False
    return len(pdu) != 7 or pdu[1] > LAST_IO_CAPABILITY or not MIN_KEY_SIZE <= pdu[4] <= MAX_KEY_SIZE


def bumble_host(name: str, address: str, seed: str, hci_ends: tuple[Any, Any], keys: MemoryKeyStore) -> BumbleHost:
    """Return a host on a controller (its packet source and sink), not powered on yet.

    The identity root is derived from the seed: bumble's default is all zeros.
    """
    config = DeviceConfiguration(name=name, address=hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS))
    config.irk = derived(seed, "irk", 16)
    device = BumbleHost.from_config_with_hci(config, *hci_ends)
    assert isinstance(device, BumbleHost)
    device.keystore = keys
    return device


def is_authenticated(keys: PairingKeys | None) -> bool | None:
    """Whether the keys of a bond are authenticated (protection against a man in the middle); None without keys.

    bumble reports every encrypted LE link as authenticated, so the keys decide.
    """
    if keys is None:
        return None
    made = [key for key in (keys.ltk, keys.ltk_central, keys.ltk_peripheral) if key is not None]
    return any(key.authenticated for key in made) if made else None
