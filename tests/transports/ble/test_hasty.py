"""Hasty, broken and half-made connection attempts: whatever a client does, a device is never out of reach for the next one."""

import asyncio
from random import Random
from typing import Any

import pytest
from bumble import hci

from isletbench.emulator.transports.ble.controller import AirController
from tests.harness.gadget import READABLE
from tests.transports.ble.test_conditions import contact_in, jumping, open_room
from tests.transports.ble.test_radio import Room, handle

CONNECTION_COMPLETE, LE_META, DISCONNECTION_COMPLETE = 0x01, 0x3E, 0x05
ADDRESSES = [hci.Address(f"C1:00:00:00:00:0{n}") for n in range(3)]


class BareHost:
    """A host that commands its controller without any care, and follows which connections it has."""

    def __init__(self, made: Room, number: int) -> None:
        self.controller = AirController(f"bare-{number}", made.air, host_sink=self)
        self.handles: set[int] = set()
        self.peer = hci.Address(made.peripheral.address)

    def on_packet(self, packet: bytes) -> None:
        if packet[1] == LE_META and packet[3] == CONNECTION_COMPLETE and packet[4] == 0:
            self.handles.add(int.from_bytes(packet[5:7], "little"))
        elif packet[1] == DISCONNECTION_COMPLETE:
            self.handles.discard(int.from_bytes(packet[4:6], "little"))

    def command(self, command: Any) -> None:
        self.controller.on_packet(bytes(command))

    def act(self, chance: Random) -> None:
        """Do one thing of those that a hasty or broken host does."""
        match chance.randrange(12):
            case 0 | 1 | 2 | 3:
                self.connect(chance)
            case 4:
                self.command(hci.HCI_LE_Create_Connection_Cancel_Command())
            case 5 | 6 | 7 if self.handles:
                self.command(hci.HCI_Disconnect_Command(connection_handle=chance.choice(sorted(self.handles)), reason=0x13))
            case 8:
                self.command(hci.HCI_Reset_Command())
                self.handles.clear()
            case 9:
                self.command(hci.HCI_LE_Set_Random_Address_Command(random_address=chance.choice(ADDRESSES)))
            case 10 if self.handles:
                octets = bytes([4 + chance.randrange(8), 0, 4, 0]) + chance.randbytes(chance.randrange(12))
                held = chance.choice(sorted(self.handles))
                self.controller.on_packet(b"\x02" + held.to_bytes(2, "little") + len(octets).to_bytes(2, "little") + octets)
            case _:
                self.command(hci.HCI_LE_Set_Scan_Enable_Command(le_scan_enable=chance.randrange(2), filter_duplicates=0))

    def connect(self, chance: Random) -> None:
        self.command(
            hci.HCI_LE_Create_Connection_Command(
                le_scan_interval=96,
                le_scan_window=96,
                initiator_filter_policy=0,
                peer_address_type=1,
                peer_address=self.peer,
                own_address_type=chance.randrange(2),
                connection_interval_min=12,
                connection_interval_max=12,
                max_latency=0,
                supervision_timeout=chance.choice((10, 72, 300)),
                min_ce_length=0,
                max_ce_length=0,
            )
        )


@pytest.mark.parametrize("seed", range(4))
def test_a_device_is_in_reach_after_any_number_of_hasty_and_broken_attempts(seed: int) -> None:
    chance, complaints = Random(seed), list[dict[str, Any]]()

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        made = await open_room(delay_events=chance.randrange(3), loss=chance.choice((0, 0.2)))
        hosts = [BareHost(made, n) for n in range(3)]
        for number in range(250):
            host = chance.choice(hosts)
            host.act(chance)
            if chance.randrange(40) == 0:
                host.controller.switch_off()
                hosts[hosts.index(host)] = BareHost(made, 10 + number)
            await asyncio.sleep(chance.choice((0, 0, 0.001, 0.02, 0.11, 0.4)))
        for host in hosts:
            host.command(hci.HCI_LE_Create_Connection_Cancel_Command())
        await asyncio.sleep(1)  # what was begun too early to be cancelled is complete
        for host in hosts:
            for held in tuple(host.handles):
                host.command(hci.HCI_Disconnect_Command(connection_handle=held, reason=0x13))
        await asyncio.sleep(60)
        assert not made.gadget.device.peers, "nobody is connected"
        again = await contact_in(made)
        assert await again.read(handle(made, READABLE))
        await made.host.stop()

    jumping(main())
    assert complaints == []
