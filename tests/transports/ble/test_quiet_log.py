"""bumble words a packet for its debug log only when somebody reads the log; its octets and addresses stay as they are."""

import logging
from collections.abc import Iterator

import pytest
from bumble import att, colors, controller, hci, host, l2cap

from isletbench.emulator.transports.ble import quiet_log

PACKETS = [
    hci.HCI_Reset_Command(),
    hci.HCI_Number_Of_Completed_Packets_Event(connection_handles=[1], num_completed_packets=[1]),
    hci.HCI_AclDataPacket(connection_handle=1, pb_flag=0, bc_flag=0, data_total_length=1, data=b"\0"),
    att.ATT_Read_Request(attribute_handle=3),
    l2cap.L2CAP_PDU(4, b"\0"),
]


@pytest.mark.parametrize("packet", PACKETS, ids=lambda packet: type(packet).__name__)
def test_a_packet_is_worded_only_when_the_log_is_read(packet: object, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet_log.install()
    octets = bytes(packet)  # type: ignore[call-overload]  # every one of them has octets
    monkeypatch.setattr(quiet_log.LOG, "level", logging.WARNING)
    quiet_log.LOG.manager._clear_cache()  # type: ignore[attr-defined]  # as setLevel does
    assert str(packet) == type(packet).__name__
    monkeypatch.setattr(quiet_log.LOG, "level", logging.DEBUG)
    quiet_log.LOG.manager._clear_cache()  # type: ignore[attr-defined]
    assert str(packet) != type(packet).__name__
    assert bytes(packet) == octets  # type: ignore[call-overload]


@pytest.fixture(autouse=True)
def _cache_of_levels() -> Iterator[None]:
    yield
    quiet_log.LOG.manager._clear_cache()  # type: ignore[attr-defined]


def test_modules_that_have_imported_colours_by_name_have_none_now() -> None:
    quiet_log.install()
    assert {module.color("a", "red", style="bold") for module in (colors, controller, host)} == {"a"}


def test_an_address_keeps_its_words() -> None:
    quiet_log.install()
    assert str(hci.Address("F0:10:00:00:00:01")) == "F0:10:00:00:00:01"
