"""The audit of a peripheral of other people: the meter of blatann, on the virtual air, in a process of its own."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from isletbench import Bench, Pace, Ports, run, virtual_bluetooth
from isletbench.emulator.audit.conduct import Audit
from isletbench.emulator.audit.outcomes import Outcome
from isletbench.emulator.rigs.rig import validated
from tests.harness import audits

PYTHON = os.environ.get("ISLETBENCH_BLATANN")
PROGRAM, ADDRESS, PASSKEY = Path(__file__).with_name("blatann_meter.py"), "F0:10:00:00:00:77", 123456


def audited(socket: Path, tests: int, *rows: str) -> Audit:
    async def main() -> Audit:
        assert PYTHON is not None
        rig = validated(audits.rig_of("cgms", by_radio=True), "beside it")
        async with Bench(rig, ports=Ports.MEMORY, hci=[f"unix:{socket}"]) as bench:
            command = [PYTHON, str(PROGRAM), f"unix-client:{socket}", str(tests)]
            meter = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
            assert meter.stdout is not None
            try:
                assert b"advertises" in await meter.stdout.readline()
                with virtual_bluetooth(bench.air, passkey=PASSKEY):
                    return await audits.audited_by_radio(bench, ADDRESS, "gls", rows=rows)
            finally:
                meter.kill()
                await meter.wait()

    return run(main(), Pace(1.0))


@pytest.mark.slow
@pytest.mark.skipif(PYTHON is None, reason="CONTRIBUTING.md says how to get blatann (ISLETBENCH_BLATANN)")
def test_the_audit_of_a_public_meter_finds_what_it_does_and_what_it_does_not(tmp_path: Path) -> None:
    found = audited(tmp_path / "hci", 30, "GLS-1", "GLS-9", "GLS-34", "GLS-49")
    assert {one.row.id: one.outcome for one in found.findings} == {
        "GLS-1": Outcome.PASSED,
        "GLS-9": Outcome.PASSED,
        "GLS-34": Outcome.PASSED,
        "GLS-49": Outcome.FAILED,
    }
    (finding,) = found.of(Outcome.FAILED)
    assert finding.why == "an abort of all (03 01): expected 06 00 03 03, got 06 00 03 07"
