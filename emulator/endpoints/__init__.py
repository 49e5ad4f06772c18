"""How a machine is seen on a wire: services over machines, and the registry of the kinds of device there are."""

from isletbench.emulator.endpoints import personality as personality
