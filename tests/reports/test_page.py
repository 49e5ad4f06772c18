"""The page of a report: whole, safe, the same each time, and without anything from elsewhere."""

import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from xml.etree import ElementTree

import pytest

from isletbench.emulator.core.quantities import hours
from isletbench.emulator.journal.bench_events import BeliefRefused, PaceChanged
from isletbench.emulator.journal.entries import BenchEntry, Entry, FaultEntry, FaultState, Header
from isletbench.emulator.reports.charts.poster import poster
from isletbench.emulator.reports.charts.theme import DARK, LIGHT, picture_rules
from isletbench.emulator.reports.definitions import definitions
from isletbench.emulator.reports.page.index_page import index_of
from isletbench.emulator.reports.report import Report, report_of
from isletbench.emulator.scenarios.judge import verdict_on
from isletbench.emulator.scenarios.scenario import Scenario, parse
from tests.harness.architecture import ROOT
from tests.reports.runs import run

VOID = {"meta", "input", "br"}
DEFINED = re.compile(r"(<!-- table of definitions -->\n).*?(<!-- end of definitions -->)", re.DOTALL)


def scenario() -> Scenario:
    """A scenario that the run fails."""
    text = """
schema = 1
id = "REP-01"
title = "A day that was made up"
story = "True glucose is low for an hour, which is not what anybody wants."
lasts = "1d"
[[expect]]
check = "no_severe_low"
"""
    return parse(text, "REP-01.toml")


@pytest.fixture(scope="module")
def report() -> Report:
    entries = run()
    return report_of(entries, verdict_on(scenario(), "", entries))


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return report.html()


class Nesting(HTMLParser):
    """Whether every element ends where it should."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_same_journal_gives_the_same_octets(page: str) -> None:
    entries = run()
    assert report_of(entries, verdict_on(scenario(), "", entries)).html() == page


def test_its_head_says_what_was_played_and_every_pace(page: str) -> None:
    assert "<h1>REP-01</h1>" in page
    entries: list[Entry] = [Header("mine", 1, "real", "2026-01-01T00:00:00", {"pump": "pump"})]
    entries += [BenchEntry(number, PaceChanged(pace)) for number, pace in enumerate(("real", "60x", "60x"))]
    html = report_of(entries, verdict_on(scenario(), "serial", entries)).html()
    assert "<h1>REP-01 over serial</h1>" in html
    assert "pace real, then 60x" in html
    assert "<h1>mine</h1>" in report_of(entries).html()


def test_every_element_ends_and_nothing_is_loaded(page: str) -> None:
    parser = Nesting()
    parser.feed(page)
    assert parser.open == []
    assert parser.references == []
    assert len(parser.ids) == len(set(parser.ids))
    assert "@import" not in page
    assert "url(" not in page


def test_it_has_every_part(page: str) -> None:
    parts = re.findall(r'<section id="([a-z-]+)"', page)
    assert parts == [
        *("verdict", "conversation", "timeline", "ranges", "numbers", "profile", "episodes", "insulin"),
        *("sensor-cgm", "days", "events", "definitions"),
    ]


def test_a_finding_has_its_moment_in_words_and_as_the_journal_has_it(page: str) -> None:
    verdict = page[page.index('id="verdict"') : page.index('id="timeline"')]
    assert "true glucose is below 54 mg/dL from 4:00:00 for 1h, down to 50 mg/dL" in verdict
    assert f'data-t="{hours(4) // 1000}"' in verdict
    assert "plasma 50, interstitial 50 mg/dL" in verdict
    assert "&quot;ledger&quot;:&quot;glucose&quot;,&quot;plasma_mg_dl&quot;:50" in verdict


def test_what_a_client_wrote_cannot_become_part_of_the_page() -> None:
    evil = "</script><script>alert(1)</script>"
    fault = {"fault": "lose_reply", "device": "pump", "on": evil}
    entries: list[Entry] = [
        *run(),
        BenchEntry(hours(24), BeliefRefused(evil)),
        FaultEntry(hours(24), "evil", FaultState.INJECTED, fault),
        FaultEntry(hours(24), "evil", FaultState.ARMED),
        FaultEntry(hours(24), "evil", FaultState.STRUCK),
    ]
    page = report_of(entries).html()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "lose reply on \\u003c/script>" in page


def test_the_data_of_the_script_is_json(page: str) -> None:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    data = json.loads(text)
    assert data["start"] == 1_767_254_400  # 2026-01-01 08:00, as if it were UTC
    assert data["pumps"][0]["boluses"] == [[3600, 4.0, 3.0, "fast"]]
    assert data["meals"] == [[3600, "60 g eaten"], [18000, "15 g drunk"]]
    assert [lane["label"] for lane in data["lanes"]] == [
        *("verdict", "pump: occlude", "infusion set", "device alarms", "client alerts", "cgm connection"),
    ]


def test_events_say_what_happened(page: str) -> None:
    events = page[page.index('id="events"') :]
    for words in (
        "bolus 1 programmed: 4 U, fast",
        "bolus 1 ended after 3 U: canceled",
        "temp basal 150 % for 30 min",
        "fluid path: occlusion",
        "fluid path: free",
        "occlusion detected",
        "tells its user: occlusion",
        "injected: do device pump, action occlude",
        "eats 60 g of carbohydrate in 15 min",
        "cannot be reached",
    ):
        assert words in events, words


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_picture_is_well_formed_and_every_colour_is_known(report: Report, theme: dict[str, str]) -> None:
    svg = poster(report.timeline, report.figures, report.verdict).alone(picture_rules(theme))
    assert "var(" not in svg
    assert not re.search(r"\{[a-z-]+\}", svg)
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own
    classes = {name for element in root.iter() for name in element.get("class", "").split()}
    known = set(re.findall(r"\.([a-z-]+)\{", svg))
    assert classes <= known, classes - known


def test_both_themes_have_the_same_colours() -> None:
    assert list(LIGHT) == list(DARK)


def test_the_chart_library_is_what_was_published() -> None:
    """Version, licence and hashes are in the README beside it."""
    room = files("isletbench.emulator.reports") / "vendor" / "uplot"
    told = dict(
        re.findall(r"\| `([\w.]+)` \| `[\w./]+` \| `([0-9a-f]{64})` \|", (room / "README.md").read_text(encoding="utf-8"))
    )
    there = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in room.iterdir() if file.name != "README.md"}
    assert there == told
    assert "The MIT License" in (room / "LICENSE").read_text(encoding="utf-8")


def test_the_licence_of_the_chart_library_is_in_the_page(page: str) -> None:
    assert "Copyright (c) 2022 Leon Sorokin" in page


def test_the_page_on_reports_has_the_definitions() -> None:
    file = ROOT / "docs" / "report.md"
    text = file.read_text(encoding="utf-8")
    made = "| number | what it means | source |\n|---|---|---|\n"
    made += "".join(f"| {one.name} | {one.meaning} | {one.source} |\n" for one in definitions())
    assert text == DEFINED.sub(lambda match: f"{match[1]}{made}{match[2]}", text)


def test_the_index_leads_to_every_report() -> None:
    entries = run()
    verdicts = [verdict_on(scenario(), over, entries) for over in ("serial", "ble")]
    index = index_of(verdicts)
    assert re.findall(r'href="([^"]+)"', index) == ["REP-01-serial.html", "REP-01-ble.html"]
    assert "<h1>0 of 2 passed</h1>" in index
    assert index.count("true glucose is below 54 mg/dL from 4:00:00 for 1h") == 2
    assert "<script" not in index
