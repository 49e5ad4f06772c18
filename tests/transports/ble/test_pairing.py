"""Pairing and bonds, each way the Security Manager knows (Core Vol 3, Part H, 2.3.5), and the errors of each way to fail.

``docs/ble.md`` has the table. Whoever is paired with here is a bare bumble host: what a phone of ours would not do, it does.
"""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from bumble import att, core, hci
from bumble.device import Connection, Device
from bumble.keys import MemoryKeyStore

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.gatt import Connected, Secured, Security
from isletbench.emulator.rigs.rig import load_rig, parse
from isletbench.emulator.transports.ble.central import Central
from isletbench.emulator.transports.ble.central_connection import PairingFailed
from isletbench.emulator.transports.ble.host import DISPLAY, KEYBOARD, KEYS, NEITHER, pairing
from isletbench.emulator.transports.ble.pairing_attempts import FIRST_WAIT_S
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from isletbench.protocols.att import Property
from tests.harness.gadget import READABLE
from tests.rigs.test_rig import DEFAULT
from tests.transports.ble.test_conditions import jumping
from tests.transports.ble.test_radio import PASSKEY, Room, central, handle, room, until

KEY_MISSING = hci.HCI_PIN_OR_KEY_MISSING_ERROR


async def guarded(passkey: int | None, *, enters: bool = False) -> Room:
    """A gadget whose values demand an authenticated link, or with no passkey an encrypted one."""
    security = Security.ENCRYPTED if passkey is None else Security.AUTHENTICATED
    return await room(security, passkey, enters_passkey=enters)


def client(of: Room, able: Any = KEYBOARD, *, sc: bool = True, passkey: int | None = PASSKEY, bonding: bool = True) -> Device:
    config = pairing(able, None if able == NEITHER else passkey, man_in_the_middle=able != NEITHER)
    config.sc, config.bonding = sc, bonding
    return central(of.air, config=config)


async def connected(device: Device, to: Room) -> Connection:
    if not device.powered_on:
        await device.power_on()
    address = hci.Address(to.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
    return await device.connect(address, timeout=5)


async def gone(connection: Connection, of: Room) -> None:
    await connection.disconnect()
    await until(lambda: not of.gadget.device.peers)


async def read(connection: Connection, of: Room) -> bytes | int:
    """The protected value, or the ATT error."""
    try:
        return bytes(await connection.gatt_client.read_value(handle(of, READABLE)))
    except att.ATT_Error as error:
        return int(error.error_code)


VALUE = b"\x01\x02\x03"
AUTHENTICATION, ENCRYPTION = att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR, att.ATT_INSUFFICIENT_ENCRYPTION_ERROR


@pytest.mark.parametrize("sc", [True, False], ids=["secure connections", "legacy"])
@pytest.mark.parametrize(
    ("passkey", "enters", "able", "level"),
    [
        pytest.param(PASSKEY, False, KEYBOARD, Security.AUTHENTICATED, id="device displays, client enters"),
        pytest.param(PASSKEY, False, KEYS, Security.AUTHENTICATED, id="device displays, client has keys only"),
        pytest.param(PASSKEY, True, KEYBOARD, Security.AUTHENTICATED, id="client displays, device enters"),
        pytest.param(PASSKEY, True, DISPLAY, Security.AUTHENTICATED, id="client has a display only, device enters"),
        pytest.param(None, False, KEYBOARD, Security.ENCRYPTED, id="just works"),
        pytest.param(None, False, NEITHER, Security.ENCRYPTED, id="just works, client can do nothing"),
    ],
)
def test_each_way_of_pairing_reaches_its_level_and_its_bond_lasts(
    passkey: int | None, enters: bool, able: Any, level: Security, sc: bool
) -> None:
    async def main() -> None:
        made = await guarded(passkey, enters=enters)
        device = client(made, able, sc=sc)
        connection = await connected(device, made)
        await connection.pair()
        assert await read(connection, made) == VALUE
        for _ in range(3):
            await gone(connection, made)
            connection = await connected(device, made)
            assert await read(connection, made) == ENCRYPTION, "the bond counts once the link is encrypted with it"
            await connection.encrypt()
            assert await read(connection, made) == VALUE
        secured = made.said(Secured)
        assert [said.security for said in secured] == [level] * 5, "at encryption, when bonded, and three times with the bond"
        assert secured[0].identity is None
        assert len({said.identity for said in secured[1:]}) == 1
        assert [said.bonded for said in made.said(Connected)] == [False, True, True, True]
        keys = await made.peripheral.keys.get(made.said(Secured)[-1].identity)
        assert keys is not None
        assert (keys.ltk is not None) is sc
        await made.host.stop()

    jumping(main())


@pytest.mark.parametrize("sc", [True, False], ids=["secure connections", "legacy"])
def test_a_client_without_display_and_keys_is_encrypted_but_may_not_read_what_wants_a_passkey(sc: bool) -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        device = client(made, NEITHER, sc=sc)
        connection = await connected(device, made)
        await connection.pair()  # Core Vol 3, Part H, table 2.8: Just Works is all that is left
        assert [said.security for said in made.said(Secured)] == [Security.ENCRYPTED] * 2, "at encryption, and when bonded"
        assert await read(connection, made) == AUTHENTICATION
        await made.host.stop()

    jumping(main())


@pytest.mark.parametrize("sc", [True, False], ids=["secure connections", "legacy"])
def test_a_wrong_passkey_leaves_no_bond_and_the_right_one_is_welcome_afterwards(sc: bool) -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        device = client(made, sc=sc, passkey=PASSKEY - 1)
        connection = await connected(device, made)
        with pytest.raises(core.ProtocolError):
            await connection.pair()
        assert await read(connection, made) == AUTHENTICATION
        assert made.peripheral.keys.all_keys == {}
        await gone(connection, made)
        device.pairing_config_factory = lambda _: pairing(KEYBOARD, PASSKEY, man_in_the_middle=True)
        connection = await connected(device, made)
        await asyncio.sleep(FIRST_WAIT_S)  # Core Vol 3, Part H, 2.3.6
        await connection.pair()
        assert await read(connection, made) == VALUE
        await made.host.stop()

    jumping(main())


def test_a_client_that_pairs_without_bonding_is_a_stranger_the_next_time() -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        device = client(made, bonding=False)
        connection = await connected(device, made)
        await connection.pair()
        assert await read(connection, made) == VALUE
        await gone(connection, made)
        connection = await connected(device, made)
        assert made.said(Secured)[-1].identity is None
        assert not made.said(Connected)[1].bonded
        assert await read(connection, made) == AUTHENTICATION
        await made.host.stop()

    jumping(main())


def test_a_client_that_never_had_keys_is_told_to_authenticate() -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        connection = await connected(client(made), made)
        assert await read(connection, made) == AUTHENTICATION
        with pytest.raises(core.InvalidOperationError):
            await connection.encrypt()
        assert connection.handle in connection.device.connections
        await made.host.stop()

    jumping(main())


def test_a_client_that_forgot_its_keys_is_told_to_encrypt_and_may_pair_again() -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        device = client(made)
        connection = await connected(device, made)
        await connection.pair()
        before = await made.peripheral.keys.get(made.said(Secured)[-1].identity)
        await gone(connection, made)
        device.keystore = MemoryKeyStore()
        connection = await connected(device, made)
        assert await read(connection, made) == ENCRYPTION
        await connection.pair()
        assert await read(connection, made) == VALUE
        after = await made.peripheral.keys.get(made.said(Secured)[-1].identity)
        assert len(made.peripheral.keys.all_keys) == 1
        assert before is not None
        assert after is not None
        assert before.ltk != after.ltk, "the new bond has taken the old one's place"
        await made.host.stop()

    jumping(main())


@pytest.mark.parametrize("sc", [True, False], ids=["secure connections", "legacy"])
def test_a_client_with_wrong_keys_loses_the_connection(sc: bool) -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        device = client(made, sc=sc)
        connection = await connected(device, made)
        await connection.pair()
        await gone(connection, made)
        assert device.keystore is not None
        ((name, keys),) = await device.keystore.get_all()
        for kind in ("ltk", "ltk_central", "ltk_peripheral"):
            if key := getattr(keys, kind):
                setattr(keys, kind, replace(key, value=bytes(16)))
        await device.keystore.update(name, keys)
        connection, reasons = await connected(device, made), list[int]()
        connection.on(Connection.EVENT_DISCONNECTION, reasons.append)
        with pytest.raises((core.ProtocolError, asyncio.CancelledError)):
            await connection.encrypt()
        await until(lambda: bool(reasons))
        assert reasons == [hci.HCI_CONNECTION_TERMINATED_DUE_TO_MIC_FAILURE_ERROR]
        await made.host.stop()

    jumping(main())


@pytest.mark.parametrize("sc", [True, False], ids=["secure connections", "legacy"])
def test_a_device_whose_bond_was_deleted_misses_the_key_and_pairs_anew(sc: bool) -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        device = client(made, sc=sc)
        connection = await connected(device, made)
        await connection.pair()
        await gone(connection, made)
        made.peripheral.forget(made.said(Secured)[-1].identity)
        connection = await connected(device, made)
        assert not made.said(Connected)[-1].bonded
        with pytest.raises(core.ProtocolError) as missing:
            await connection.encrypt()
        assert missing.value.error_code == KEY_MISSING
        assert await read(connection, made) == AUTHENTICATION
        assert device.keystore is not None
        await device.keystore.delete_all()
        await connection.pair()
        assert await read(connection, made) == VALUE
        await made.host.stop()

    jumping(main())


def test_a_phone_whose_bond_the_device_deleted_forgets_it_and_pairs_anew() -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        phone = Central(made.air, passkey=PASSKEY)
        contact = await phone.connect(made.peripheral.address, 5)
        await contact.pair()
        await contact.disconnect()
        await until(lambda: not made.gadget.device.peers)
        made.peripheral.forget(made.said(Secured)[-1].identity)
        with pytest.raises(PairingFailed, match="has no keys for this bond"):
            await phone.connect(made.peripheral.address, 5)
        await phone.forget(made.peripheral.address)
        await until(lambda: not made.gadget.device.peers)
        again = await phone.connect(made.peripheral.address, 5)
        assert await again.read(handle(made, READABLE)) == VALUE
        await made.host.stop()

    jumping(main())


def test_bonds_outlive_a_device_that_is_switched_off_and_on() -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        device = client(made)
        connection = await connected(device, made)
        await connection.pair()
        await made.host.stop()
        await made.host.start()
        connection = await connected(device, made)
        await connection.encrypt()
        assert await read(connection, made) == VALUE
        await made.host.stop()

    jumping(main())


def test_several_clients_have_a_bond_each() -> None:
    async def main() -> None:
        made = await guarded(PASSKEY)
        phones = [Central(made.air, passkey=PASSKEY, name=name) for name in ("one", "two", "three")]
        for _ in range(2):
            for phone in phones:
                contact = await phone.connect(made.peripheral.address, 5)
                assert await contact.read(handle(made, READABLE)) == VALUE
                await contact.disconnect()
                await until(lambda: not made.gadget.device.peers)
        assert len(made.peripheral.keys.all_keys) == 3
        assert [said.bonded for said in made.said(Connected)] == [False] * 3 + [True] * 3
        await made.host.stop()

    jumping(main())


# What the profiles demand


@pytest.mark.parametrize("name", ["cgm", "pump"])
def test_without_encryption_a_device_gives_nothing_away_and_takes_nothing(name: str) -> None:
    """CGMP 1.0.1 and IDP 1.0.1 demand encryption for every characteristic."""

    async def main() -> None:
        async with Bench(load_rig(), ports=Ports.MEMORY) as bench:
            assert bench.air is not None
            device = central(bench.air)
            await device.power_on()
            peripheral = next(c for c in bench.hosts[name].carriers if isinstance(c, BlePeripheral))
            connection = await device.connect(hci.Address(peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS), timeout=5)
            tried = 0
            for row in bench.hosts[name].endpoint.table.attributes:
                accesses = [
                    (Property.READ, connection.gatt_client.read_value(row.handle)),
                    (Property.WRITE, connection.gatt_client.write_value(row.handle, b"\x01", with_response=True)),
                ]
                if row.cccd is not None:
                    subscribing = connection.gatt_client.write_value(row.cccd, b"\x01\x00", with_response=True)
                    accesses.append((row.spec.properties, subscribing))
                for needed, access in accesses:
                    if not row.spec.properties & needed:
                        access.close()
                        continue
                    tried += 1
                    with pytest.raises(att.ATT_Error) as refused:
                        await access
                    assert refused.value.error_code == AUTHENTICATION, f"{row.spec.uuid:04X}"
            assert tried > 10
            assert bench.hosts[name].endpoint.peers

    jumping(main())


@pytest.mark.parametrize("name", ["cgm", "pump"])
def test_a_device_without_a_passkey_demands_no_more_than_just_works_can_give(name: str) -> None:
    """Otherwise nobody could ever read it: CGMP 1.0.1 and IDP 1.0.1 accept level 2."""

    async def main() -> None:
        async with Bench(parse(DEFAULT.replace(", passkey = 123456 }", " }"), "rig.toml"), ports=Ports.MEMORY) as bench:
            assert bench.air is not None
            device = central(bench.air)
            await device.power_on()
            address = bench.ready()["devices"][name]["ble"]["address"]
            connection = await device.connect(hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS), timeout=5)
            row = next(a for a in bench.hosts[name].endpoint.table.attributes if a.spec.properties & Property.READ)
            with pytest.raises(att.ATT_Error) as refused:
                await connection.gatt_client.read_value(row.handle)
            assert refused.value.error_code == AUTHENTICATION
            await connection.pair()
            assert await connection.gatt_client.read_value(row.handle)

    jumping(main())
