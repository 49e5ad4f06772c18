"""Everything that programs, tests and documentation import from isletbench."""

from .emulator.bench.assembly import Ports as Ports
from .emulator.bench.bench import Bench as Bench
from .emulator.collectors.bleak_backend import virtual_bluetooth as virtual_bluetooth
from .emulator.collectors.collector import Key as Key
from .emulator.collectors.protection import E2eProtection as E2eProtection
from .emulator.collectors.serial_client import SerialClient as SerialClient
from .emulator.core.clock import Pace as Pace
from .emulator.core.clock import run as run
from .emulator.endpoints import personality as personality
from .emulator.interfaces.pytest.personality_contract import PersonalityContract as PersonalityContract
from .emulator.journal.writer import Journal as Journal
from .emulator.rigs.rig import RigError as RigError
from .emulator.rigs.rig import load_rig as load_rig
from .emulator.scenarios.in_process import play as play
from .emulator.scenarios.judge import Verdict as Verdict
from .emulator.scenarios.scenario import load_scenario as load_scenario
from .hil_rigs.clients import closed_loop as closed_loop
