"""The verdict on the client of a test, as part of the test: it fails, and no teardown has an error."""

import shlex

import pytest

from isletbench.emulator.interfaces.pytest.blocking import BlockingBench
from isletbench.emulator.interfaces.pytest.rig_running import JOURNAL, RUNNING
from isletbench.emulator.interfaces.pytest.sentence import fail
from isletbench.emulator.interfaces.pytest.wanted import wanted_by


def judge(item: pytest.Item) -> None:
    """Fail a test whose device broke, or whose client did not do as its scenario demands: with every finding, its journal
    entries, and the command that repeats it. A run that shows nothing fails it, too, unless that is allowed
    (``@pytest.mark.scenario(NAME, allow_unjudged=True)``)."""
    from isletbench.emulator.journal.bench_events import Stopped
    from isletbench.emulator.journal.entries import BenchEntry
    from isletbench.emulator.scenarios.judge import verdict_on

    running = item.stash[RUNNING]
    if isinstance(running, BlockingBench):
        if running.failure is not None:
            raise running.failure
        now = running.now
    else:
        for host in running.hosts.values():
            if host.failed.done():
                host.failed.result()
        now = running.clock.now()
    wanted = wanted_by(item)
    if (scenario := wanted.scenario) is None:
        return
    verdict = verdict_on(scenario, "", [*item.stash[JOURNAL], BenchEntry(now, Stopped())])
    if not verdict.passed and not (wanted.allow_unjudged and verdict.outcome == "not judged"):
        moments = ["\n".join(verdict.excerpt(finding)) for _, finding in verdict.findings]
        again = f"again: {shlex.join(['pytest', item.nodeid])}"
        report_text = "\n\n".join(["\n".join(verdict.sentences()), *moments, again])
        fail(f"{scenario.id}: {scenario.title}\n{report_text}")
