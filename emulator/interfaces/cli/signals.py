"""Signals that end a command."""

import asyncio
import signal

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_event() -> asyncio.Event:
    """An event that is set when a signal asks this process to end; called in a running loop."""
    stop = asyncio.Event()
    for number in ENDING:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
