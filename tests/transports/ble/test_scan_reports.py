"""What scanning hosts are told: each advertisement once where they filter duplicates, made once for all of them."""

import asyncio
from unittest.mock import patch

import pytest
from bumble import hci, ll

from isletbench.emulator.transports.ble import scan_reports
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.controller import AirController

SCANNERS = 100


class Host:
    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def on_packet(self, packet: bytes) -> None:
        self.packets.append(packet)


def scanner(air: Air, number: int, *, filters: bool, active: bool = False) -> tuple[AirController, Host]:
    controller, host = AirController(f"scanner-{number}", air), Host()
    controller.host = host
    controller.le_scan_type = int(active)
    command = hci.HCI_LE_Set_Scan_Enable_Command(le_scan_enable=1, filter_duplicates=int(filters))
    controller.on_hci_le_set_scan_enable_command(command)
    return controller, host


def advertiser(air: Air) -> AirController:
    device = AirController("device", air)
    device.random_address = hci.Address("F0:10:00:00:00:01")
    device.le_legacy_advertiser.scan_response_data = b"\x03\x19\x00\x01"
    return device


async def advertise(air: Air, device: AirController, data: bytes) -> None:
    air.send_advertising_pdu(device, ll.AdvInd(advertiser_address=device.random_address, data=data))
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("filters", "reports"), [(True, 1), (False, 5)])
async def test_a_host_that_filters_duplicates_is_told_of_each_advertisement_once(filters: bool, reports: int) -> None:
    air = Air()
    device = advertiser(air)
    controller, host = scanner(air, 1, filters=filters)
    for _ in range(5):
        await advertise(air, device, b"\x02\x01\x06")
    assert len(host.packets) == reports
    await advertise(air, device, b"\x02\x01\x04")
    assert len(host.packets) == reports + 1, "other data is another advertisement"
    host.packets.clear()
    command = hci.HCI_LE_Set_Scan_Enable_Command(le_scan_enable=1, filter_duplicates=int(filters))
    controller.on_hci_le_set_scan_enable_command(command)
    await advertise(air, device, b"\x02\x01\x06")
    assert len(host.packets) == 1, "a scan that begins anew reports anew"


async def test_an_active_scanner_gets_the_scan_response_and_the_octets_are_those_of_the_specification() -> None:
    air = Air()
    device = advertiser(air)
    air.rssi = lambda sender, receiver: -77
    _, host = scanner(air, 1, filters=True, active=True)
    await advertise(air, device, b"\x02\x01\x06")
    events = [hci.HCI_Packet.from_bytes(packet) for packet in host.packets]
    assert all(isinstance(event, hci.HCI_LE_Advertising_Report_Event) for event in events)
    found = [(report.event_type, bytes(report.data), report.rssi) for event in events for report in event.reports]  # type: ignore[attr-defined]
    assert found == [(scan_reports.ADV_IND, b"\x02\x01\x06", -77), (scan_reports.SCAN_RSP, b"\x03\x19\x00\x01", -77)]


async def test_a_hundred_scanners_cost_one_report_to_make() -> None:
    air = Air()
    device = advertiser(air)
    hosts = [scanner(air, number, filters=False)[1] for number in range(SCANNERS)]
    scan_reports._octets.cache_clear()
    with patch.object(air, "controller_at", side_effect=AssertionError("every radio is looked at for every report")):
        for _ in range(10):
            await advertise(air, device, b"\x02\x01\x06")
    assert {len(host.packets) for host in hosts} == {10}
    assert scan_reports._octets.cache_info().misses == 1


async def test_who_does_not_scan_is_not_asked() -> None:
    air = Air()
    device = advertiser(air)
    for number in range(3):
        controller, _ = scanner(air, number, filters=False)
        controller.on_hci_le_set_scan_enable_command(hci.HCI_LE_Set_Scan_Enable_Command(le_scan_enable=0, filter_duplicates=0))
        controller.on_ll_advertising_pdu = None  # type: ignore[method-assign, assignment]
    assert not air.has_receivers(device)
    await advertise(air, device, b"\x02\x01\x06")
