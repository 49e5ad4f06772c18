"""A Bluetooth host that knows nothing of isletbench: plain bumble on the HCI it is given, in a process of its own.

`python foreign_host.py TRANSPORT OWN_ADDRESS PEER_ADDRESS UUID...` connects, pairs by passkey, reads every UUID, and prints
one line of JSON: the values, and the ATT_MTU agreed on.
"""

import asyncio
import json
import sys

from bumble import hci
from bumble.core import UUID
from bumble.device import Device, Peer
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport import open_transport


class User(PairingDelegate):
    """Reads the passkey off the device and types it in."""

    async def get_number(self) -> int:
        return 123456


async def main(transport: str, own: str, address: str, *uuids: str) -> dict[str, object]:
    async with await open_transport(transport) as controller:
        device = Device.with_hci("foreign", hci.Address(own), controller.source, controller.sink)
        user = User(PairingDelegate.KEYBOARD_INPUT_ONLY)
        device.pairing_config_factory = lambda connection: PairingConfig(mitm=True, delegate=user)
        await device.power_on()
        connection = await device.connect(hci.Address(address), timeout=30)
        await connection.pair()
        peer = Peer(connection)
        mtu = await peer.request_mtu(247)
        values = [await peer.read_characteristics_by_uuid(UUID(uuid)) for uuid in uuids]
        await connection.disconnect()
        return {"mtu": mtu, "values": [[bytes(value).hex() for value in found] for found in values]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(asyncio.wait_for(main(*sys.argv[1:]), 60))))
