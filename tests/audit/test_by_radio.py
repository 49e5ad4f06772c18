"""The audit over Bluetooth LE: a bond keeps CCCDs, so every row has to begin without them. No row fails on a device of ours."""

import pytest

from isletbench import Bench, Pace, Ports, run, virtual_bluetooth
from isletbench.emulator.audit.conduct import Audit
from isletbench.emulator.audit.outcomes import Outcome
from isletbench.emulator.rigs.rig import validated
from tests.harness import audits
from tests.harness.audits import DEVICES, rig_of


def audited(profile: str, *rows: str) -> Audit:
    """The audit of a device of ours on the virtual air."""

    async def main() -> Audit:
        device = DEVICES[profile]
        async with Bench(validated(rig_of(profile, by_radio=True), "audited"), ports=Ports.MEMORY) as bench:
            await audits.prepare(bench, device)
            address = bench.ready()["devices"][device]["ble"]["address"]
            with virtual_bluetooth(bench.air):
                return await audits.audited_by_radio(bench, address, profile, rows=rows)

    return run(main(), Pace(None))


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["cgms", "gls", "ids"])
def test_no_row_fails_on_a_device_of_ours(profile: str) -> None:
    found = audited(profile)
    assert [f"{one.row.id}: {one.why}" for one in found.of(Outcome.FAILED)] == []
    assert len(found.of(Outcome.PASSED)) > 45


def test_subscriptions_of_one_row_are_not_there_in_the_next() -> None:
    found = audited("ids", "IDS-8", "IDS-45", "IDS-72", "IDS-126")
    assert [one.outcome for one in found.findings] == 4 * [Outcome.PASSED]
