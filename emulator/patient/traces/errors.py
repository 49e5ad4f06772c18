"""What is wrong with a trace."""


class TraceError(OSError):
    """A trace that cannot be replayed; one sentence with the file, the place and what was expected."""
