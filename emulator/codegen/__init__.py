"""Writes the packet layouts of ``protocols`` down in C, for the firmware under ``firmware_stubs``.

``fields`` knows what one field looks like in C, ``headers`` makes whole files of packets, enumerations and UUIDs.
"""

from isletbench.emulator.codegen.headers import files

__all__ = ["files"]
