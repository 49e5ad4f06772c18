"""A report that is cut short: only a device that is certainly wrong fails."""

import asyncio
from types import SimpleNamespace
from typing import cast
from unittest.mock import AsyncMock, Mock

import pytest

from isletbench.emulator.audit.cgms.exam import CgmsExam
from isletbench.emulator.audit.cgms.records import report_cut_short
from isletbench.emulator.audit.outcomes import Failed, NotTestable

SUCCEEDED, NOT_COMPLETED, OTHER = "06000101", "06000108", "06000109"


def cut_short(carrier: str, answer: str) -> None:
    """Examine a device that has ten records, of which none is seen, and gives this answer."""
    device = SimpleNamespace(carrier=SimpleNamespace(name=carrier), taken=Mock(return_value=[]))
    exam = SimpleNamespace(
        device=device,
        key=Mock(),
        offsets=AsyncMock(return_value=list(range(10))),
        begin=AsyncMock(),
        subscribe=AsyncMock(),
        write=AsyncMock(),
        unsubscribe=AsyncMock(),
        answer=AsyncMock(return_value=bytes.fromhex(answer)),
    )
    asyncio.run(report_cut_short(cast("CgmsExam", exam)))


@pytest.mark.parametrize("carrier", ["serial", "ble"])
def test_a_report_that_is_not_completed_passes(carrier: str) -> None:
    cut_short(carrier, NOT_COMPLETED)


@pytest.mark.parametrize(("carrier", "answer"), [("serial", SUCCEEDED), ("serial", OTHER), ("ble", OTHER)])
def test_another_answer_fails(carrier: str, answer: str) -> None:
    with pytest.raises(Failed):
        cut_short(carrier, answer)


def test_a_library_that_drops_records_accuses_no_device() -> None:
    with pytest.raises(NotTestable, match="0 of 10 records seen"):
        cut_short("ble", SUCCEEDED)
