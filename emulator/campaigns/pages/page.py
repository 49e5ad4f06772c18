"""The pages of a campaign: one that leads to the others, and one for each failing cell, with its journal."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from isletbench.emulator.campaigns.cell import CellError, cell_of, compose
from isletbench.emulator.campaigns.pages.multiples import LOOKS, multiples
from isletbench.emulator.campaigns.result import Outcome
from isletbench.emulator.campaigns.store import Store, Stored
from isletbench.emulator.campaigns.summary import Rate, Summary
from isletbench.emulator.journal import reader
from isletbench.emulator.reports.page import assets
from isletbench.emulator.reports.page.html import document, escape, section, table, tag
from isletbench.emulator.reports.report import report_of
from isletbench.emulator.rigs.rig import RigError
from isletbench.emulator.scenarios.judge import verdict_on

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
.multiples{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));gap:18px}
.multiple{overflow-x:auto}.multiple h3{margin:0 0 4px;font-size:14px}.multiple svg{display:block;width:auto;max-width:none}
.share{display:flex;width:220px;height:12px;border-radius:4px;overflow:hidden;background:var(--grid)}
"""
LONG = 12
"""A table with more rows than this is closed at first."""
CELLS, JOURNALS = PurePosixPath("cells"), PurePosixPath("journals")


def pages(summary: Summary, store: Store, title: str, most: int) -> Iterable[tuple[PurePosixPath, str]]:
    """Every file, by its name: the index last. So many failing cells at most have a page and a journal of their own."""
    shown = [cell for cell in [*summary.failing, *(one.result for one in summary.flaky)] if store.has_journal(cell)][:most]
    have_page: set[str] = set()
    for cell in shown:
        journal = store.journal(cell)
        assert journal is not None
        yield JOURNALS / f"{_name(cell)}.jsonl", journal
        if (page := _page_of(cell, journal)) is not None:
            have_page.add(_name(cell))
            yield CELLS / f"{_name(cell)}.html", page
    there = {_name(cell) for cell in shown}

    def link(cell: Stored) -> str | None:
        name = _name(cell)
        return f"{CELLS}/{name}.html" if name in have_page else f"{JOURNALS}/{name}.jsonl" if name in there else None

    yield PurePosixPath("index.html"), index(summary, title, link, there)


def _name(cell: Stored) -> str:
    """What the files of a cell are called; of a key that was played more than once, each run."""
    return cell.key[:12] if cell.repetition == 1 else f"{cell.key[:12]}-{cell.repetition}"


def _page_of(cell: Stored, journal: str) -> str | None:
    """The report on a run, with its verdict; None where this version cannot judge it any more."""
    try:
        entries = reader.read(journal.splitlines())
        verdict = verdict_on(compose(cell_of(cell.cell)), cell.axes["over"], entries, why=cell.why, output=cell.output)
    except (RigError, CellError, reader.JournalError):
        return None
    return report_of(entries, verdict).html()


def index(summary: Summary, title: str, link: Callable[[Stored], str | None], journals: set[str]) -> str:
    """The page that leads to the others."""
    total = summary.total
    words = f"{total.outcomes.get(Outcome.PASSED, 0)} of {total.cells} cells passed"
    head = tag("header", tag("p", "isletbench campaign", class_="eyebrow"), tag("h1", escape(title)), tag("p", escape(words)))
    parts = [
        head,
        _newly_failing(summary, link),
        _flaky(summary, link),
        _failing(summary, link, journals),
        _multiples(summary, link),
        _rates(summary),
    ]
    body = tag("main", *(part for part in parts if part))
    return document(f"isletbench: {title}: {words}", POLICY, assets.style() + STYLE, body)


def _rates(summary: Summary) -> str:
    tables = [
        _axis(axis, sorted(found, key=lambda rate: 101 if rate.passed_percent is None else rate.passed_percent))
        for axis, found in summary.rates.items()
    ]
    return section("rates", "Pass rates by axis", *tables) if tables else ""


def _axis(axis: str, found: Sequence[Rate]) -> str:
    """The rates of an axis, the lowest first; a long table is opened by who wants it."""
    rows = table([axis, "", "passed", "cells"], [_rate_row(one) for one in found])
    opened = {"open": "open"} if len(found) <= LONG else {}
    return tag("details", tag("summary", escape(f"{axis}: {len(found)}")), rows, **opened)


def _rate_row(rate: Rate) -> list[str]:
    pieces = [
        tag("span", style=_bar(outcome, number / rate.cells), title=f"{number} {outcome}")
        for outcome, number in sorted(rate.outcomes.items(), key=lambda item: list(LOOKS).index(item[0]))
    ]
    percent = rate.passed_percent
    shown = "none judged" if percent is None else f"{percent:.1f} %"
    return [escape(rate.value or "none"), tag("span", *pieces, class_="share"), shown, str(rate.cells)]


def _bar(outcome: Outcome, share: float) -> str:
    return f"width:{100 * share:.2f}%;background:var(--{LOOKS[outcome]})"


def _multiples(summary: Summary, link: Callable[[Stored], str | None]) -> str:
    legend = " ".join(
        tag("span", escape(outcome.value), class_=f"outcome {outcome.value.replace(' ', '_')}") for outcome in LOOKS
    )
    pictures = [
        tag("div", tag("h3", escape(one.title)), one.picture.inline(), class_="multiple")
        for one in multiples(summary.cells, link)
    ]
    return section("multiples", "Each cell", tag("p", legend), tag("div", *pictures, class_="multiples"))


def _failing(summary: Summary, link: Callable[[Stored], str | None], journals: set[str]) -> str:
    if not summary.failing:
        return ""
    rows = [[_linked(cell, link), _journal(cell, journals), *_words(cell)] for cell in summary.failing]
    return section("failing", "Failing cells", table(["cell", "journal", "where", "outcome", "what is wrong"], rows))


def _journal(cell: Stored, journals: set[str]) -> str:
    name = _name(cell)
    return tag("a", "journal", href=f"{JOURNALS}/{name}.jsonl") if name in journals else ""


def _newly_failing(summary: Summary, link: Callable[[Stored], str | None]) -> str:
    if not summary.newly_failing:
        return ""
    rows = [[_linked(now, link), escape(before.version), *_words(now)] for now, before in summary.newly_failing]
    return section("new", "New failures", table(["cell", "passed with", "where", "outcome", "what is wrong"], rows))


def _flaky(summary: Summary, link: Callable[[Stored], str | None]) -> str:
    if not summary.flaky:
        return ""
    rows = [[_linked(one.result, link), escape(one.whose), escape(one.why), *_words(one.result)[:2]] for one in summary.flaky]
    return section("flaky", "The same cell, another run", table(["cell", "whose", "why", "where", "outcome"], rows))


def _linked(cell: Stored, link: Callable[[Stored], str | None]) -> str:
    href = link(cell)
    return tag("code", _name(cell)) if href is None else tag("a", tag("code", _name(cell)), href=href)


def _words(cell: Stored) -> list[str]:
    outcome = tag("span", escape(cell.outcome.value), class_=f"outcome {cell.outcome.value.replace(' ', '_')}")
    return [escape(where(cell)), outcome, "<br>".join(escape(words) for words in cell.sentences())]


def where(cell: Stored, axes: Sequence[str] = ("scenario", "rig", "subject", "profiles", "over", "fault")) -> str:
    """Where a cell is, in words."""
    words = [cell.axes[axis] for axis in axes if cell.axes[axis]]
    words += [f"{axis} {cell.axes[axis]}" for axis in ("client", "exchange", "instant", "seed") if cell.axes[axis]]
    struck = f" ({cell.strikes[-1].words})" if cell.strikes and cell.axes["exchange"] else ""
    return ", ".join(words) + struck
