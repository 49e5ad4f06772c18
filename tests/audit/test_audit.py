"""An audit of our own devices: nothing fails on them, what is wrong fails its row, and nothing is done that was not allowed."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from isletbench import Bench, Pace, Ports, run
from isletbench.emulator.audit.carriers import SerialCarrier
from isletbench.emulator.audit.conduct import Audit, audit
from isletbench.emulator.audit.exam import Permissions
from isletbench.emulator.audit.outcomes import Finding, Outcome
from isletbench.emulator.audit.plan import NAMES, plan_of
from isletbench.emulator.audit.registry import EXAMINATIONS
from isletbench.emulator.collectors.collector import Key, OnValue
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.rigs.rig import validated
from isletbench.protocols import cgms, gls, ids
from isletbench.protocols.e2e import with_crc
from tests.harness import audit_mutants, audits
from tests.harness.audits import BARE, DEVICES, EVERYTHING, PLAIN, SWINGING, rig_of

Alter = Callable[[int, bytes], bytes]
DELIVERIES = frozenset(
    {
        *(0x0F5A, 0x0F66, 0x0FFF, 0x1111, 0x112D, 0x114B, 0x1178, 0x11DD, 0x121D, 0x122E, 0x127B, 0x1284, 0x128B, 0x12B7),
        *(0x148D, 0x0FCC, 0x12DE, 0x141B, 0x144E),
    }
)
"""Op codes of the Command Control Point that change insulin or therapy: IDS 1.0.2, table 3.10."""


class Witness(LinkCollector):
    """A collector that remembers what is written, and alters what comes from the device."""

    def __init__(self, open_port: Any, alter: Alter) -> None:
        super().__init__(open_port)
        self.written: list[tuple[int, bytes]] = []
        self._alter = alter

    async def read(self, key: Key) -> bytes:
        return self._alter(key.uuid, await super().read(key))

    async def write(self, key: Key, value: bytes, *, response: bool = True) -> None:
        self.written.append((key.uuid, value))
        await super().write(key, value, response=response)

    async def subscribe(self, key: Key, on_value: OnValue) -> None:
        await super().subscribe(key, lambda value: on_value(self._alter(key.uuid, value)))


def audited(
    profile: str,
    *rows: str,
    alter: Alter = lambda uuid, octets: octets,
    permissions: Permissions = EVERYTHING,
    situation: str = PLAIN,
    notice: Callable[[Finding], None] = lambda finding: None,
    limit_s: float = 1_800,
) -> tuple[Audit, Witness]:
    """The audit of a device of ours through a witness."""

    async def main() -> tuple[Audit, Witness]:
        rig = validated(rig_of(profile, situation), "audited")
        async with Bench(rig, ports=Ports.MEMORY) as bench:
            await audits.prepare(bench, DEVICES[profile], situation)
            running = asyncio.ensure_future(bench.run(None))
            witness = Witness(bench.memory[DEVICES[profile]].connect, alter)
            found = await audit(
                witness, SerialCarrier(witness), profile, permissions=permissions, rows=rows, notice=notice, limit_s=limit_s
            )
            running.cancel()
            return found, witness

    return run(main(), Pace(None))


def sentences(found: Audit, outcome: Outcome = Outcome.FAILED) -> list[str]:
    return [f"{one.row.id}: {one.why}" for one in found.of(outcome)]


def test_every_row_is_examined_or_says_why_it_cannot_be() -> None:
    rows = [row for name in NAMES for row in plan_of(name).rows]
    assert [row.id for row in rows if (row.id in EXAMINATIONS) == bool(row.outside)] == []
    assert set(EXAMINATIONS) <= {row.id for row in rows}


@pytest.mark.parametrize("profile", ["cgms", "gls", pytest.param("ids", marks=pytest.mark.slow)])
def test_no_row_fails_on_a_device_of_ours(profile: str) -> None:
    found, _ = audited(profile)
    assert sentences(found) == []
    assert len(found.of(Outcome.PASSED)) > 45


SITUATIONS: dict[tuple[str, str], list[str]] = {}
for _row, _situation in audit_mutants.SITUATIONS.items():
    SITUATIONS.setdefault((audit_mutants.profile_of(_row), _situation), []).append(_row)


@pytest.mark.parametrize(("profile", "situation"), SITUATIONS)
def test_a_device_that_has_come_into_a_situation_passes_the_rows_on_it(profile: str, situation: str) -> None:
    found, _ = audited(profile, *SITUATIONS[profile, situation], situation=situation)
    assert {one.row.id: one.outcome for one in found.findings} == dict.fromkeys(SITUATIONS[profile, situation], Outcome.PASSED)


def test_features_that_change_and_cannot_be_indicated_fail() -> None:
    reads = iter(range(9))

    def altered(uuid: int, octets: bytes) -> bytes:
        return with_crc(octets[2:-1] + bytes([octets[-1] ^ next(reads) % 2])) if uuid == ids.FEATURES.uuid else octets

    found, _ = audited("ids", "IDS-5", alter=altered)
    assert [one.partition(":")[0] for one in sentences(found)] == ["IDS-5"]
    assert "cannot be indicated" in found.findings[0].why


def test_what_nobody_has_brought_about_is_said() -> None:
    found, _ = audited("cgms", "CGMS-77", "CGMS-85")
    assert [one.outcome for one in found.findings] == [Outcome.NOT_TESTABLE, Outcome.NOT_TESTABLE]
    assert [one.why.partition(":")[2] for one in found.findings] == [
        " one has to be brought about",
        " a store of several hundred records shows after a day or more",
    ]


def _without_last(uuid: int, octets: bytes) -> bytes:
    return octets[:-1] if uuid == cgms.STATUS.uuid else octets


def _reserved_bit(uuid: int, octets: bytes) -> bytes:
    return with_crc(octets[:2] + bytes([octets[2] | 0x80]) + octets[3:4]) if uuid == cgms.FEATURE.uuid else octets


def _other_answer(uuid: int, octets: bytes) -> bytes:
    return b"\x06\x00\x07\x05" if uuid == 0x2A52 and octets == b"\x06\x00\x07\x02" else octets


def _swapped_records(uuid: int, octets: bytes) -> bytes:
    return octets[:1] + b"\x07\x00" + octets[3:] if uuid == gls.MEASUREMENT.uuid else octets


def _stuck_counter(uuid: int, octets: bytes) -> bytes:
    return with_crc(octets[:-3] + b"\x01") if uuid == ids.STATUS.uuid else octets


@pytest.mark.parametrize(
    ("row", "alter"),
    [
        ("CGMS-32", _without_last),
        ("CGMS-9", _reserved_bit),
        ("CGMS-52", _other_answer),
        ("GLS-25", _swapped_records),
        ("IDS-20", _stuck_counter),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_wrong_fails_its_row_with_octets(row: str, alter: Alter) -> None:
    found, _ = audited(row.partition("-")[0].lower(), row, alter=alter)
    (finding,) = found.findings
    assert finding.outcome is Outcome.FAILED
    assert finding.why
    assert finding.exchanged


def _nan_delivered(uuid: int, octets: bytes) -> bytes:
    answers = uuid == ids.STATUS_READER_POINT.uuid and octets[:2] == b"\x59\x03"
    return octets[:8] + b"\xff\x07" + octets[10:] if answers else octets


def test_a_value_that_is_no_number_fails_its_row_and_not_the_audit() -> None:
    found, _ = audited("ids", "IDS-63", "IDS-64", alter=_nan_delivered, situation=BARE)
    assert [one.outcome for one in found.findings] == [Outcome.FAILED, Outcome.NOT_APPLICABLE]
    assert "NaN" in found.findings[0].why


def test_nothing_is_delivered_and_no_therapy_changed_without_leave() -> None:
    found, witness = audited("ids", permissions=Permissions())
    assert sentences(found) == []
    codes = {int.from_bytes(octets[:2], "little") for uuid, octets in witness.written if uuid == ids.COMMAND_POINT.uuid}
    assert codes
    assert not codes & DELIVERIES
    assert not [one for uuid, one in witness.written if uuid == ids.RECORD_ACCESS.uuid and one[0] == 0x3C], "nothing is deleted"
    waiting = [one for one in found.of(Outcome.NOT_TESTABLE) if "--allow-delivery" in one.why]
    assert len(waiting) > 30


def test_no_record_and_no_session_is_lost_without_leave() -> None:
    found, witness = audited(
        "cgms", "CGMS-13", "CGMS-33", "CGMS-49", "CGMS-66", "CGMS-79", "CGMS-82", permissions=Permissions()
    )
    assert sentences(found) == []
    written = [(uuid, octets[0]) for uuid, octets in witness.written]
    lasting = {(cgms.SPECIFIC_OPS_POINT.uuid, code) for code in (0x04, 0x1A, 0x1B)} | {(cgms.RECORD_ACCESS.uuid, 0x02)}
    assert not lasting & set(written)


def test_settings_are_put_back_and_it_says_so() -> None:
    found, witness = audited("cgms", "CGMS-63", "CGMS-72")
    sets = [octets[:-2] for uuid, octets in witness.written if uuid == cgms.SPECIFIC_OPS_POINT.uuid]
    assert [one for one in sets if one[0] == 0x01][-1] == b"\x01\x05", "the interval of this sensor is 5 min"
    levels = [one for one in sets if one[0] == 0x0D]
    assert levels[-1] not in levels[:-1], "the level as it was"
    assert found.changed == ("hypo level: changed and put back", "communication interval: changed and put back")


def test_a_device_that_never_answers_fails_with_a_sentence() -> None:
    class Silent:
        def write(self, octets: bytes) -> None:
            pass

        def close(self) -> None:
            pass

    async def main() -> Audit:
        collector = LinkCollector(lambda received, closed: Silent())
        return await audit(collector, SerialCarrier(collector), "cgms", rows=["CGMS-1", "CGMS-2"])

    first, second = run(main(), Pace(None)).findings
    assert (first.outcome, first.why) == (
        Outcome.FAILED,
        "the device cannot be connected for 30 s: no answer to HELLO in 3 tries of 1 s",
    )
    assert second.outcome is Outcome.NOT_EXAMINED


def test_a_row_has_a_limit_of_time() -> None:
    found, _ = audited("cgms", "CGMS-30", limit_s=20)
    assert sentences(found) == ["CGMS-30: the examination does not end within 20 s"]


def test_what_is_finished_stays_when_an_audit_is_stopped() -> None:
    seen: list[str] = []

    def notice(finding: Finding) -> None:
        seen.append(finding.row.id)
        if finding.row.id == "CGMS-63":
            task = asyncio.current_task()
            assert task is not None
            task.cancel()

    rows: Sequence[str] = ("CGMS-1", "CGMS-63", "CGMS-72", "CGMS-73")
    found, _ = audited("cgms", *rows, notice=notice)
    assert seen == list(rows)
    assert [one.outcome for one in found.findings] == [Outcome.PASSED, Outcome.PASSED, *2 * (Outcome.NOT_EXAMINED,)]
    assert found.changed == ("communication interval: changed and put back",)


def test_a_sensor_whose_glucose_leaves_every_level_warns_in_its_records() -> None:
    found, _ = audited("cgms", "CGMS-19", "CGMS-20", "CGMS-75", situation=SWINGING)
    assert [one.outcome for one in found.findings] == 3 * [Outcome.PASSED]
