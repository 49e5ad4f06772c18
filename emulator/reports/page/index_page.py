"""The page that leads to the reports of many runs."""

from collections.abc import Iterable, Sequence

from isletbench.emulator.reports.page import assets
from isletbench.emulator.reports.page.html import document, escape, section, table, tag
from isletbench.emulator.scenarios.judge import Verdict

INDEX = "index.html"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def name_of(verdict: Verdict) -> str:
    """The name of the report on a run."""
    return f"{verdict.scenario}-{verdict.over}.html"


def index_of(verdicts: Iterable[Verdict], missing: Sequence[str] = ()) -> str:
    """A table of runs with what was found, each leading to its report; ``missing`` names the runs that there are not yet."""
    found = list(verdicts)
    rows = [
        [
            tag("a", escape(verdict.scenario), href=name_of(verdict)),
            escape(verdict.over),
            outcome(verdict),
            "<br>".join(escape(words) for words in verdict.sentences()),
        ]
        for verdict in found
    ]
    passed = sum(verdict.passed for verdict in found)
    words = f"{passed} of {len(found)} passed"
    head = tag("header", tag("p", "isletbench check", class_="eyebrow"), tag("h1", words))
    runs = section("runs", "Runs", table(["scenario", "over", "verdict", "what is wrong"], rows))
    rest = [section("missing", "Not played", tag("p", escape(", ".join(missing))))] if missing else []
    return document(f"isletbench: {words}", POLICY, assets.style(), tag("main", head, runs, *rest))


def outcome(verdict: Verdict) -> str:
    """How a run ended, as a coloured word."""
    word = verdict.outcome.value
    return tag("span", escape(word), class_=f"outcome {word.replace(' ', '_')}")
