"""What a user can do wrong on the command line."""


class CallError(ValueError):
    """A call that cannot be carried out, in one sentence."""
