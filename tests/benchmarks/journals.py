"""Whether every scenario is played as it was: journals and verdicts of another version of the code against this one's.

python -m tests.benchmarks.journals DIR

``DIR`` has ``NAME.serial.jsonl`` and ``NAME.ble.jsonl``, of version 1 or 2, of a careful client, and beside each one a file
``.verdict``: the outcome and the sentences. Lines of one instant are compared without regard to their order: the ledger of an
operation was once written behind its reply.
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import Entry, Header
from isletbench.emulator.journal.writer import to_line
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Verdict, verdict_on
from isletbench.emulator.scenarios.scenario import load_scenario
from isletbench.hil_rigs.clients.controller.in_process import client_of

RENAMED = (
    ("6c6f6f7062656e6368", "69736c657462656e6368"),  # the name of the manufacturer, in octets
    ('"flap"', '"intermittent_link"'),
    ('"mute"', '"no_response"'),
    ('"retell"', '"replay_old_values"'),
    ('"whisper"', '"reduced_advertising"'),
)
"""What has another name since: former and present."""
SHOWN = 5


def instants(entries: Sequence[Entry]) -> Iterator[tuple[int, list[str]]]:
    """The lines of every instant, sorted."""
    for at, together in groupby(entries, key=lambda entry: -1 if isinstance(entry, Header) else entry.at):
        yield at, sorted(map(_line, together))


def _line(entry: Entry) -> str:
    line = to_line(entry)
    for before, now in RENAMED:
        line = line.replace(before, now)
    return line


def differences(before: Sequence[Entry], now: Sequence[Entry]) -> Iterator[str]:
    """What differs, line by line."""
    first, second = list(instants(before)), list(instants(now))
    for (at, old), (also, new) in zip(first, second, strict=False):
        if at != also or old != new:
            yield from (f"- {line}" for line in old if line not in new)
            yield from (f"+ {line}" for line in new if line not in old)
    if len(first) != len(second):
        yield f"{len(first)} instants before, {len(second)} now"


def played(name: str, over: str) -> Verdict:
    """A scenario, played to the careful client."""
    scenario = load_scenario(name)
    return run(play(scenario, client_of(scenario), over), Pace(None))


def main() -> None:
    """Print what differs; exit with 1 when anything does."""
    wrong = 0
    files = sorted(Path(sys.argv[1]).glob("*.jsonl"))
    for file in files:
        name, over, _ = file.name.split(".")
        recorded, verdict = reader.load(file), played(name, over)
        found = list(differences(recorded, reader.read(verdict.journal.splitlines())))
        said = [line for line in file.with_suffix(".verdict").read_text(encoding="utf-8").splitlines() if line]
        translated = verdict_on(load_scenario(name), over, recorded)
        words = ([one.outcome.value, *one.sentences()] for one in (verdict, translated))
        found += [f"verdict: {said} before, {now} now" for now in words if now != said]
        wrong += bool(found)
        if found:
            print(f"{file.name}: {len(found)} differences", *found[:SHOWN], sep="\n  ", flush=True)
    print(f"{len(files)} journals, {wrong} differ")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
