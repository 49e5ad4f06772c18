"""Bluetooth LE: the virtual air, radios, peripherals, the central, HCI for other programs."""
