"""Clients in the bench's own process that do what no client should: each by its name."""

import faulthandler
import os
import signal
import sys

from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.scenarios.in_process import Client
from isletbench.emulator.scenarios.scenario import Scenario


def client_of(scenario: Scenario, what: str) -> Client:
    """The client that does this once its bench runs."""

    async def run_client(bench: Bench, over: str) -> None:
        print(f"this client is about to: {what}")  # noqa: T201  # programs print
        match what:
            case "exit":
                os._exit(7)
            case "segfault":
                faulthandler.disable()  # pytest's own would print this process's stack
                os.kill(os.getpid(), signal.SIGSEGV)
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                while True:
                    signal.pause()
            case "leave":
                sys.exit(3)
            case "unspeakable":
                raise ValueError("half of a pair: \udc80")
            case "orphan":
                pipe, other = os.pipe()
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        os.write(other, b"%d" % os.getpid())
                        signal.pause()
                    os._exit(0)
                os.waitpid(-1, 0)  # noqa: ASYNC222  # it is short
                print(os.read(pipe, 20).decode())  # noqa: T201  # programs print
                sys.exit(3)
            case _:
                raise ValueError(what)

    return run_client
