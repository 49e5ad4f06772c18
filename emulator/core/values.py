"""``dataclass`` of the emulator: that of ``protocols.values``, which packets are made with too; machines know no packets."""

from isletbench.protocols.values import dataclass

__all__ = ["dataclass"]
