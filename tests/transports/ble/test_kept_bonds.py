"""A bond outlives the bench when there is a state file: its client need not pair again, and is still subscribed."""

from pathlib import Path

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.state_file import StateFile
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.gatt import GattDevice
from isletbench.emulator.rigs.rig import parse
from isletbench.emulator.transports.ble.central import Central
from isletbench.emulator.transports.ble.central_connection import PairingFailed
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from isletbench.protocols import cgms, ids
from isletbench.protocols.att import Cccd

PASSKEY = 123456
RIG = f"""
schema = 1
name = "bonds"
[devices.pump]
kind = "pump"
ble = {{ name = "Pump", address = "F0:10:00:00:00:02", passkey = {PASSKEY} }}
basal = [{{ at = 00:00:00, rate = 1.0 }}]
[devices.cgm]
kind = "cgm"
ble = {{ name = "Sensor", address = "F0:10:00:00:00:01", passkey = {PASSKEY} }}
glucose = {{ mg_dl = 100 }}
"""
PLACES = {"pump": (ids.SERVICE, ids.STATUS.uuid), "cgm": (cgms.SERVICE, cgms.MEASUREMENT.uuid)}


def bench(state: Path) -> Bench:
    return Bench(parse(RIG, "bonds"), ports=Ports.MEMORY, state=state)


def address(made: Bench, name: str) -> str:
    (carrier,) = made.hosts[name].carriers
    assert isinstance(carrier, BlePeripheral)
    return carrier.address


def phone_on(made: Bench, before: Central | None = None) -> Central:
    """A phone with the keys of one that was there before."""
    assert made.air is not None
    phone = Central(made.air, passkey=PASSKEY)
    if before is not None:
        phone._keys = before._keys
    return phone


def subscription(device: GattDevice) -> int:
    """The handle of the CCCD of what the device tells of itself."""
    cccd = device.table.of(*PLACES[device.name]).cccd
    assert cccd is not None
    return cccd


@pytest.mark.parametrize("name", ["pump", "cgm"])
def test_a_bonded_client_goes_on_with_its_keys_and_subscriptions(name: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "state") as made:
            before = phone_on(made)
            contact = await before.connect(address(made, name), 5)
            await contact.pair()
            cccd = subscription(made.hosts[name].endpoint)
            await contact.write(cccd, b"\x01\x00" if name == "cgm" else b"\x02\x00", response=True)
            await made.run(100)
        async with bench(tmp_path / "state") as made:
            device = made.hosts[name].endpoint
            ((identity, cccds),) = device.bonds.cccds.items()
            assert cccds[cccd] is not Cccd.OFF
            contact = await phone_on(made, before).connect(address(made, name), 5)
            await made.run(1_000)
            (peer,) = device.peers.values()
            assert (peer.identity, peer.bonded, peer.cccds) == (identity, True, cccds)
            await contact.disconnect()

    run(main(), Pace(None))


def test_without_one_the_bond_is_gone(tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "state") as made:
            before = phone_on(made)
            await (await before.connect(address(made, "pump"), 5)).pair()
            await made.run(100)
        async with bench(tmp_path / "other") as made:
            with pytest.raises(PairingFailed):
                await phone_on(made, before).connect(address(made, "pump"), 5)

    run(main(), Pace(None))


def test_a_bond_that_was_deleted_stays_deleted(tmp_path: Path) -> None:
    async def main() -> None:
        async with bench(tmp_path / "state") as made:
            before = phone_on(made)
            contact = await before.connect(address(made, "pump"), 5)
            await contact.pair()
            attribute = made.hosts["pump"].endpoint.table.of(0x181E, 0x2AA4)
            await contact.write(attribute.handle, b"\x03", response=True)
            await contact.disconnect()
            await made.run(1_000)
        with StateFile(tmp_path / "state") as file:
            assert file.bonds("pump").cccds == {}
            assert file.bonds("pump").keys == {"pump.ble": {}}

    run(main(), Pace(None))
