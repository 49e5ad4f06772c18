"""What a user can do wrong."""

from isletbench.emulator.rigs.rig import RigError
from isletbench.emulator.state import StateError
from isletbench.protocols.errors import Unencodable, WireError


class CallError(ValueError):
    """A call that cannot be carried out, in one sentence."""


USER_ERRORS = (CallError, RigError, StateError, WireError, Unencodable, OSError)
