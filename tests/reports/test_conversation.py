"""The conversation on the page of a run: decoded with names and units, each message once, findings marked."""

import re
from dataclasses import replace

import pytest

from isletbench.emulator.gatt import Write
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.reports.page import conversation_section
from isletbench.emulator.reports.page.conversation_section import rows_of
from isletbench.emulator.reports.report import report_of
from isletbench.emulator.scenarios.checks import Finding
from isletbench.emulator.scenarios.judge import Outcome, Verdict
from isletbench.protocols import ids
from tests.faults.conversation import Client, converse
from tests.harness.journals import requests


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """A bolus whose answer is lost, and one that is refused."""

    async def talk(_: object, client: Client) -> None:
        await client.read(ids.STATUS)
        with pytest.raises(TimeoutError):
            await client.bolus(0.5)
        await client.bolus(0.5)

    return list(converse(talk, {"fault": "lose_reply", "on": "SetBolus"}).entries)


def page(entries: list[Entry], *, line: int, output: str = "") -> str:
    """The page of a run with a finding about a line."""
    findings = (("doses_once", Finding(60_000, line, "a bolus too many")),)
    verdict = Verdict("X-01", "serial", Outcome.FAILED, findings, entries=tuple(entries), output=output)
    return report_of(entries, verdict).html()


def body(text: str, name: str) -> str:
    """A section of the page."""
    (found,) = re.findall(rf'<section id="{name}">.*?</section>', text, flags=re.DOTALL)
    return str(found)


def test_each_message_is_there_once_with_its_name_its_values_and_what_became_of_it(entries: list[Entry]) -> None:
    rows = rows_of(entries)
    asked = [told for told in rows if told.row.get("op") == "SetBolus" and told.row["dir"] == "in"]
    assert [told.became for told in asked] == ["its answer was lost", "answered"]
    assert all("0.5 IU" in told.row["w"] for told in asked)
    lines = [told.line for told in rows]
    assert lines == sorted(set(lines))
    lost = [told for told in rows if told.row.get("lost") == "reply_queued"]
    assert [told.became for told in lost] == ["reply queued, touched by lose_reply"]


def test_the_finding_is_marked_where_it_is_explained_and_in_the_whole(entries: list[Entry]) -> None:
    second = [entries.index(entry) for entry, write in requests(entries, Write)][-1]
    shown = page(entries, line=second, output="I have <b>crashed</b>\n")
    for name in ("verdict", "conversation"):
        (marked,) = re.findall(r'<tr class="marked">.*?</tr>', body(shown, name))
        assert "▶ " in marked
        assert "SetBolus" in marked
    assert "I have &lt;b&gt;crashed&lt;/b&gt;" in body(shown, "verdict")
    assert "{&quot;" not in body(shown, "conversation"), "decoded, and no raw lines"


def test_a_finding_about_what_is_no_row_marks_a_row_of_its_own(entries: list[Entry]) -> None:
    quiet = next(line for line in range(1, len(entries)) if line not in {told.line for told in rows_of(entries)})
    assert quiet in {told.line for told in rows_of(entries, {quiet})}


def test_a_conversation_of_many_messages_is_cut_off_and_says_so(entries: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation_section, "MOST", 5)
    count = len(rows_of(entries, {1}))
    shown = body(page(entries, line=1), "conversation")
    assert shown.count("<tr") == 6
    assert f"{count - 5} later ones are not listed" in shown


def test_a_report_without_a_verdict_has_no_conversation(entries: list[Entry]) -> None:
    assert 'id="conversation"' not in report_of(entries).html()


def test_a_run_in_which_nothing_happened_has_no_conversation(entries: list[Entry]) -> None:
    verdict = Verdict("X-01", "serial", Outcome.ABSENT, entries=(entries[0],))
    assert 'id="conversation"' not in report_of(entries[:1], replace(verdict, why="it never came")).html()
