"""Advertising reports of one scanning controller, as octets: what is the same for all scanners is made once.

With a hundred scanners around, the reports of one advertisement were most of what the bench did. A host that filters duplicates
(Core Vol 4, Part E, 7.8.11) gets each advertisement once, as from a physical controller.
"""

from functools import lru_cache

from bumble import hci

ADV_IND = hci.HCI_LE_Advertising_Report_Event.EventType.ADV_IND
SCAN_RSP = hci.HCI_LE_Advertising_Report_Event.EventType.SCAN_RSP
MOST_KNOWN = 1_000
"""How many advertisements a filter remembers."""


@lru_cache(maxsize=256)
def _octets(event_type: int, address_type: int, address: bytes, data: bytes, rssi: int) -> bytes:
    report = hci.HCI_LE_Advertising_Report_Event.Report(
        event_type=hci.HCI_LE_Advertising_Report_Event.EventType(event_type),
        address_type=hci.AddressType(address_type),
        address=hci.Address(address, hci.AddressType(address_type)),
        data=data,
        rssi=rssi,
    )
    return bytes(hci.HCI_LE_Advertising_Report_Event([report]))


def report(event_type: int, address: hci.Address, data: bytes, rssi: int) -> bytes:
    """The event that tells a host of an advertisement, or of a scan response."""
    return _octets(event_type, int(address.address_type), address.address_bytes, bytes(data), rssi)


class DuplicateFilter:
    """Which advertisements a scanner has reported already."""

    def __init__(self) -> None:
        self._known: set[tuple[bytes, bytes]] = set()

    def reset(self) -> None:
        """Forget them: scanning begins."""
        self._known.clear()

    def is_new(self, address: hci.Address, data: bytes) -> bool:
        """Whether this advertisement has not been reported, which it is from now on."""
        seen = address.address_bytes, bytes(data)
        if seen in self._known:
            return False
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known.add(seen)
        return True
