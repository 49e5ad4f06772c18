"""The differential fuzzer: random scripts, played to the emulator and to firmware, until they say different things.

`python -m tests.firmware.fuzz --runs 10000` for as long as one likes; the suite plays a few. A script that makes a difference
is made as short as it can be, and printed as steps that can be pasted into a test.
"""

import argparse
import sys
import time

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.firmware.conftest import SERVICES
from tests.firmware.lineup import BUILDS, DEVICES, PORTS, lacks, powered_up
from tests.firmware.scripts import scripts
from tests.firmware.steps import Step, play
from tests.firmware.stubs import FirmwareError
from tests.firmware.talking import Client, Compared, Disagreement

PHASES = (Phase.explicit, Phase.generate, Phase.shrink)


class Fuzzer:
    """Plays scripts to one device of one kind, as new for each. ``scripts`` and ``turns`` count what was compared."""

    def __init__(self, subject: str, device: str) -> None:
        self.subject, self.device = subject, device
        self.scripts = self.turns = 0

    def play(self, script: list[Step]) -> None:
        """Raises ``Disagreement``, ``FirmwareError``."""
        found = powered_up(self.subject, self.device)
        try:
            play(script, Client(found, SERVICES[self.device]))
        finally:
            found.close()
            self.scripts += 1
            self.turns += found.turns if isinstance(found, Compared) else 0

    def run(self, runs: int, start: int, longest: int) -> None:
        """Raises what the shortest script raises that makes a difference."""

        @seed(start)
        @settings(
            max_examples=runs,
            deadline=None,
            database=None,
            phases=PHASES,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        @given(scripts(self.device, longest))
        def anything(script: list[Step]) -> None:
            self.play(script)

        anything()


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Play random scripts to the emulator and to firmware, and compare what they say."
    )
    parser.add_argument("--runs", type=int, default=200, help="scripts for each device of each kind (200)")
    parser.add_argument("--seed", type=int, default=1, help="another seed is other scripts (1)")
    parser.add_argument("--longest", type=int, default=30, help="steps in a script at most (30)")
    parser.add_argument("--on", choices=list(BUILDS), action="append", help="which firmware (native and qemu)")
    parser.add_argument("--device", choices=DEVICES, action="append", help="which device (both)")
    given_ = parser.parse_args()
    different = False
    for subject in given_.on or PORTS:
        if why := lacks(subject):
            print(f"left out: {why}")
            continue
        for device in given_.device or DEVICES:
            fuzzer = Fuzzer(subject, device)
            began = time.perf_counter()
            try:
                fuzzer.run(given_.runs, given_.seed, given_.longest)
                found = "no difference"
            except (Disagreement, FirmwareError) as error:
                different = True
                found = f"{error}\n" + "\n".join(getattr(error, "__notes__", []))
            took = time.perf_counter() - began
            print(f"{subject} {device}: {fuzzer.scripts} scripts, {fuzzer.turns} turns, {took:.0f} s: {found}", flush=True)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
