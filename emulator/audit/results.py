"""An audit as plain data, as JUnit XML, and as a page of its own."""

from collections.abc import Sequence
from typing import Any

from isletbench.emulator.audit.conduct import Audit
from isletbench.emulator.audit.outcomes import Finding, Outcome
from isletbench.emulator.audit.plan import plan_of
from isletbench.emulator.reports.page import assets
from isletbench.emulator.reports.page.html import document, escape, section, table, tag
from isletbench.emulator.scenarios.judge import Outcome as Verdict
from isletbench.emulator.scenarios.junit import Case
from isletbench.emulator.scenarios.junit import document as junit_document

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
td.outcome{white-space:nowrap}.octets{font-family:ui-monospace,monospace;font-size:12px;white-space:pre-wrap;margin:4px 0 0}
"""
OF_VERDICT = {Outcome.PASSED: Verdict.PASSED.value, Outcome.FAILED: Verdict.FAILED.value}
"""How JUnit has an outcome; every other one is skipped."""


def counts(audits: Sequence[Audit]) -> dict[str, int]:
    """How many rows ended how."""
    return {outcome.value: sum(len(audit.of(outcome)) for audit in audits) for outcome in Outcome}


def summary(audits: Sequence[Audit]) -> str:
    """The same as words."""
    return ", ".join(f"{count} {outcome}" for outcome, count in counts(audits).items() if count)


def plain(place: str, carrier: str, audits: Sequence[Audit], seconds: float) -> dict[str, Any]:
    """An audit as JSON-able data."""
    return {
        "device": place,
        "over": carrier,
        "seconds": round(seconds, 3),
        "counts": counts(audits),
        "profiles": [
            {"profile": audit.profile, "changed": list(audit.changed), "rows": [_plain(one) for one in audit.findings]}
            for audit in audits
        ],
    }


def _plain(finding: Finding) -> dict[str, Any]:
    row = finding.row
    return {
        "id": row.id,
        "level": row.level,
        "check": row.check,
        "source": row.source,
        "outcome": finding.outcome.value,
        "why": finding.why,
        "exchanged": list(finding.exchanged),
    }


def junit(place: str, audits: Sequence[Audit], seconds: float) -> str:
    """A JUnit XML document: a test case a row, skipped where it was not examined or cannot be."""
    cases = [
        Case(
            classname=f"isletbench.audit.{audit.profile}",
            name=f"{finding.row.id} {finding.row.check}",
            outcome=OF_VERDICT.get(finding.outcome, Verdict.NOT_JUDGED.value),
            message=finding.why if finding.outcome in OF_VERDICT else f"{finding.outcome.value}: {finding.why}",
            details="\n".join((f"{finding.row.source}: {finding.why}", *finding.exchanged, f"device: {place}")),
        )
        for audit in audits
        for finding in audit.findings
    ]
    return junit_document(cases, seconds)


def page(place: str, carrier: str, audits: Sequence[Audit]) -> str:
    """One HTML file that needs no network."""
    words = summary(audits)
    head = tag("header", tag("p", "isletbench audit", class_="eyebrow"), tag("h1", escape(place)), tag("p", escape(words)))
    parts = [head]
    for audit in audits:
        title = plan_of(audit.profile).title.removeprefix("Conformance: ")
        rows = [_cells(finding) for finding in _failed_first(audit.findings)]
        content = [table(("row", "outcome", "what is required", "source", "what was found"), rows)]
        if audit.changed:
            content.insert(0, tag("p", "Changed on the device: " + escape("; ".join(audit.changed)) + "."))
        parts.append(section(audit.profile, f"{title} over {carrier}: {summary([audit])}", *content))
    return document(f"isletbench audit: {place}: {words}", POLICY, assets.style() + STYLE, tag("main", *parts))


def _failed_first(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.outcome is not Outcome.FAILED)


def _cells(finding: Finding) -> tuple[str, ...]:
    octets = tag("pre", escape("\n".join(finding.exchanged)), class_="octets") if finding.exchanged else ""
    row = finding.row
    return escape(row.id), escape(finding.outcome.value), escape(row.check), escape(row.source), escape(finding.why) + octets
