"""The basal profile that a pump follows, read from the pump."""

import asyncio
from collections.abc import Sequence
from typing import Any

from isletbench.hil_rigs.clients.algorithms.contract import Schedule
from isletbench.hil_rigs.clients.controller.session import RESPONSE_TIMEOUT_S, Session
from isletbench.protocols import ids
from isletbench.protocols.errors import WireError

DAY_MIN = 1440


class BasalProfile:
    """Reads the activated basal rate profile template, once a connection."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.schedule: Schedule | None = None
        """U/h by time of day; None: not known yet."""

    async def read(self, number: int) -> Schedule | None:
        """The blocks of a template; None where the pump does not send a whole day. Raises one of ``COMMUNICATION_ERRORS``."""
        await self._session.subscribe(ids.COMMAND_DATA_VALUE)
        values = self._session.received[ids.COMMAND_DATA_VALUE.uuid]
        before = len(values)
        await self._session.ask(ids.COMMAND_POINT, ids.ReadBasalRateProfileTemplate(number))
        blocks: list[ids.Block] = []
        for _ in range(int(RESPONSE_TIMEOUT_S)):
            blocks = self._blocks(values[before:])
            if sum(block.duration for block in blocks) >= DAY_MIN:
                break
            await asyncio.sleep(1)
        self.schedule = schedule_of(blocks)
        return self.schedule

    def _blocks(self, values: Sequence[bytes]) -> list[ids.Block]:
        """The blocks in these records, in order; a damaged record leaves a hole, and so no whole day."""
        found: dict[int, ids.Block] = {}
        for value in values:
            try:
                record: Any = self._session.e2e.open(ids.COMMAND_DATA_VALUE, value)
            except WireError:
                continue
            if isinstance(record, ids.BasalRateProfileTemplateRecord):
                parts = (record.first, record.second, record.third)
                found |= {record.first_index + place: block for place, block in enumerate(parts) if block is not None}
        return [found[index] for index in sorted(found)]


def schedule_of(blocks: Sequence[ids.Block]) -> Schedule | None:
    """Blocks of so many minutes as values by time of day; None where they do not make a whole day of rates."""
    schedule: list[tuple[int, float]] = []
    minute = 0
    for block in blocks:
        if not isinstance(block.value, float):
            return None
        schedule.append((minute, block.value))
        minute += block.duration
    return tuple(schedule) if minute == DAY_MIN else None
