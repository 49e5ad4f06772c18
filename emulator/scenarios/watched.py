"""A scenario that is played on a bench for people to watch: what will happen, and in the end the verdict."""

from typing import Any

from isletbench.emulator.core.models import summary
from isletbench.emulator.core.quantities import Instant, shown
from isletbench.emulator.journal.bench_events import Stopped
from isletbench.emulator.journal.entries import BenchEntry, Entry
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.scenarios.judge import Verdict, verdict_on
from isletbench.emulator.scenarios.scenario import Scenario


class Watched:
    """A scenario while it is played. ``journal`` is that of its bench, not yet opened."""

    def __init__(self, scenario: Scenario, journal: Journal) -> None:
        self.scenario = scenario
        self.verdict: Verdict | None = None
        """None until it is over."""
        self._entries: list[Entry] = []
        self._silence = journal.listen(self._entries.append)

    def finish(self, now: Instant) -> Verdict:
        """Judge what has happened until this instant; nothing is added from here on."""
        self._silence()
        self._entries.append(BenchEntry(now, Stopped()))
        self.verdict = verdict_on(self.scenario, "", self._entries)
        return self.verdict

    def to_dict(self) -> dict[str, Any]:
        """What is played, as plain data: ``at`` and ``lasts`` in ms, None where something waits for a trigger."""
        scenario = self.scenario
        happens: list[dict[str, Any]]
        happens = [{"at": event.at, "words": f"{event.do.replace('_', ' ')} on {event.device}"} for event in scenario.event]
        happens += [{"at": one.at or 0, "words": f"the user wants: {one.do.replace('_', ' ')}"} for one in scenario.intent]
        for fault in scenario.fault:
            lasts = f" for {shown(fault.lasts)}" if fault.lasts else ""
            waits = fault.model_dump(mode="json", exclude_defaults=True).keys() & TRIGGERS
            at = None if waits else (fault.at or fault.after or 0)
            happens.append({"at": at, "words": f"{fault.kind().replace('_', ' ')} on {fault.device}{lasts}"})
        return {
            "id": scenario.id,
            "title": scenario.title,
            "story": scenario.story,
            "lasts": scenario.lasts,
            "clients": list(scenario.clients),
            "happens": sorted(happens, key=lambda one: (one["at"] is None, one["at"] or 0)),
            "expects": [{"check": check.kind(), "words": summary(type(check))} for check in scenario.expect],
        }


TRIGGERS = frozenset({"connection", "reading", "delivered", "state"})
"""Keys of a fault that make it wait for something that no clock knows."""
