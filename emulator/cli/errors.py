"""What a user can do wrong."""

from emulator.rig import RigError
from emulator.state import StateError
from protocols.errors import Unencodable, WireError


class CallError(ValueError):
    """A call that cannot be carried out, in one sentence."""


USER_ERRORS = (CallError, RigError, StateError, WireError, Unencodable, OSError)
