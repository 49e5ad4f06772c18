"""What a user can do wrong."""

from isletbench.emulator.bench.state_file import StateError
from isletbench.emulator.rigs.rig import RigError
from isletbench.protocols.errors import Unencodable, WireError


class CallError(ValueError):
    """A call that cannot be carried out, in one sentence."""


USER_ERRORS = (CallError, RigError, StateError, WireError, Unencodable, OSError)
