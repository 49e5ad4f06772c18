"""Everything that programs, tests and documentation import from isletbench."""

from .emulator.bench.assembly import Ports as Ports
from .emulator.bench.bench import Bench as Bench
from .emulator.core.clock import Pace as Pace
from .emulator.core.clock import run as run
from .emulator.rigs.rig import load as load
