"""No file descriptors left: one sentence, not a line in the log for each attempt; the bench goes on."""

import errno
import logging

import pytest

from isletbench.emulator.bench import problems
from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.rigs import rig


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_it_is_said_once_while_it_lasts(number: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    wall = 0.0
    monkeypatch.setattr(problems, "wall_seconds", lambda: wall)

    async def main() -> None:
        nonlocal wall
        async with Bench(rig.load_rig(), ports=Ports.MEMORY) as bench:
            refused = {"message": "socket.accept() out of system resource", "exception": OSError(number, "too many")}
            for _ in range(1_000):
                bench.loop.call_exception_handler(refused)
                wall += 1
            assert bench.status()["problems"] == [problems.NO_DESCRIPTORS]
            wall += problems.QUIET_S
            assert bench.status()["problems"] == []
            bench.loop.call_exception_handler(refused)
            bench.loop.call_exception_handler({"message": "something else", "exception": OSError(errno.EIO, "bad")})

    with caplog.at_level(logging.WARNING):
        run(main(), Pace(None))
    said = [record.getMessage() for record in caplog.records]
    assert said[:2] == [f"isletbench: {problems.NO_DESCRIPTORS}"] * 2
    assert said[2].startswith("something else"), "every other error is logged as before"
    assert len(said) == 3
