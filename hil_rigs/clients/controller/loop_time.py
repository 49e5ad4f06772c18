"""The client's own clock: the event loop's, so that a bench can let time jump."""

import asyncio


def now() -> float:
    """The loop's clock shows this many seconds."""
    return asyncio.get_running_loop().time()
