"""Everything that programs, tests and documentation import from isletbench."""

from .emulator.bench import Bench as Bench
from .emulator.bench import Ports as Ports
from .emulator.clock import Pace as Pace
from .emulator.clock import run as run
from .emulator.rig import load as load
