"""Phones with private addresses: another address at each connection, and the same bond. Core Vol 3, Part C, 10.7 and 10.8."""

import asyncio

from bumble import hci
from bumble.device import Device, Peer

from isletbench.emulator.gatt import Connected, Secured, Security
from tests.harness.gadget import NOTIFIED, READABLE
from tests.transports.ble.test_conditions import jumping
from tests.transports.ble.test_radio import PASSKEY, Room, cccd_handle, central, handle, room


class Phone:
    """A phone as Android and iOS are: its address is a new one each time, its identity is told while it pairs."""

    def __init__(self, made: Room) -> None:
        self.made = made
        self.device: Device = central(made.air)

    async def connect(self) -> Peer:
        private = hci.Address.generate_private_address(self.device.irk)
        await self.device.send_sync_command(hci.HCI_LE_Set_Random_Address_Command(random_address=private))
        self.device.random_address = private
        address = hci.Address(self.made.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
        return Peer(await self.device.connect(address, timeout=5))


def test_a_bond_is_found_again_under_another_private_address() -> None:
    async def main() -> None:
        made = await room(Security.AUTHENTICATED, PASSKEY)
        phone = Phone(made)
        await phone.device.power_on()
        addresses = []
        for number in range(3):
            peer = await phone.connect()
            addresses.append(str(phone.device.random_address))
            if number == 0:
                await peer.connection.pair()
                await peer.gatt_client.write_value(cccd_handle(made, NOTIFIED), b"\x01\x00", with_response=True)
            else:
                await peer.connection.encrypt()
            assert await peer.gatt_client.read_value(cccd_handle(made, NOTIFIED)) == b"\x01\x00"
            assert await peer.gatt_client.read_value(handle(made, READABLE)) == b"\x01\x02\x03"
            await peer.connection.disconnect()
            await asyncio.sleep(1)
        assert len(set(addresses)) == 3
        assert [connected.bonded for connected in made.said(Connected)] == [False, True, True]
        assert {secured.identity for secured in made.said(Secured)} - {None} == {"C1:00:00:00:00:09"}
        assert len(made.peripheral.keys.all_keys) == 1
        await made.host.stop()

    jumping(main())
