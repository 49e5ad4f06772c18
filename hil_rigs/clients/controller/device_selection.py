"""Which advertised device a client connects to, when it runs in the bench's own process."""

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.collectors.bleak_collector import BleakCollector
from isletbench.emulator.collectors.collector import Collector
from isletbench.emulator.collectors.link_collector import LinkCollector


class DeviceSelection:
    """Makes the collectors of a client for the devices of a bench."""

    def __init__(self, bench: Bench, over: str) -> None:
        self._bench, self._over = bench, over

    def collector(self, device: str) -> Collector:
        """A collector for a device of the rig by its name, over ``serial`` or ``ble``."""
        chosen = self._choose(device)
        if self._over == "ble":
            ble = self._bench.ready()["devices"][chosen]["ble"]
            return self._ble_collector(ble["address"], ble["name"])
        return LinkCollector(self._bench.memory[chosen].connect)

    def _choose(self, device: str) -> str:
        """The device that the user has set up, and no other one."""
        return device

    def _ble_collector(self, address: str, name: str) -> Collector:
        """A collector that finds the device by its address; the name may be missing from an advertisement."""
        return BleakCollector(address)
