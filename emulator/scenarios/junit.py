"""Verdicts for people and for machines: JUnit XML for CI, JSON for everything else."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from isletbench.emulator.scenarios.jobs import Job
from isletbench.emulator.scenarios.judge import Outcome, Verdict

Result = tuple[Job, Verdict]


def again(job: Job) -> str:
    """The one command that plays it again."""
    words = ["isletbench", "check", job.scenario, "--over", job.over, "--pace", str(job.pace)]
    words += ["--seed", str(job.seed)] if job.seed is not None else []
    words += ["--fake-clock"] if job.fake_clock else []
    return shlex.join([*words, "--", *job.command])


def plain(results: Sequence[Result]) -> dict[str, Any]:
    """Every verdict as JSON-able data."""
    return {
        "passed": sum(verdict.passed for _, verdict in results),
        "failed": sum(verdict.outcome not in {Outcome.PASSED, Outcome.NOT_JUDGED} for _, verdict in results),
        "not_judged": sum(verdict.outcome is Outcome.NOT_JUDGED for _, verdict in results),
        "verdicts": [{**verdict.to_dict(), "said": verdict.output, "again": again(job)} for job, verdict in results],
    }


@dataclass(frozen=True, slots=True)
class Case:
    """A test case of a JUnit document."""

    classname: str
    name: str
    outcome: str
    """In the words of a verdict; whatever is none of them is an error."""
    message: str = ""
    """What is wrong, in one line."""
    details: str = ""
    """What is wrong, at length."""
    output: str = ""
    """What the client printed."""
    notes: tuple[str, ...] = ()
    """What else is to be said of one that passed."""


def junit(results: Sequence[Result], seconds: float) -> str:
    """A JUnit XML document: a test case for each scenario and carrier."""
    return document([_case(job, verdict) for job, verdict in results], seconds)


def _case(job: Job, verdict: Verdict) -> Case:
    return Case(
        classname=f"isletbench.{verdict.over}",
        name=verdict.scenario,
        outcome=verdict.outcome.value,
        message=" ".join(verdict.sentences()),
        details="" if verdict.passed else "\n".join(story(job, verdict)),
        output=verdict.output,
        notes=tuple(verdict.left_open()),
    )


def document(cases: Sequence[Case], seconds: float) -> str:
    """A JUnit XML document of these test cases."""
    outcomes = [case.outcome for case in cases]
    failures, skipped = outcomes.count(Outcome.FAILED), outcomes.count(Outcome.NOT_JUDGED)
    errors = len(outcomes) - failures - skipped - outcomes.count(Outcome.PASSED)
    counts = {"name": "isletbench", "tests": str(len(cases)), "failures": str(failures), "errors": str(errors)}
    counts["skipped"] = str(skipped)
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {**counts, "time": f"{seconds:.3f}"})
    for case in cases:
        element = ET.SubElement(suite, "testcase", classname=case.classname, name=case.name)
        if case.outcome == Outcome.PASSED:
            for words in case.notes:
                ET.SubElement(element, "system-out").text = words
            continue
        if case.outcome == Outcome.NOT_JUDGED:
            ET.SubElement(element, "skipped", message=_printable(case.message))
            continue
        kind = "failure" if case.outcome == Outcome.FAILED else "error"
        problem = ET.SubElement(element, kind, message=_printable(case.message), type=case.outcome)
        problem.text = _printable(case.details)
        if case.output:
            ET.SubElement(element, "system-out").text = _printable(case.output)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def story(job: Job, verdict: Verdict) -> list[str]:
    """What went wrong, moment by moment, and how to see it again."""
    lines = [verdict.why] if verdict.why else []
    lines += [f"not judged: {why}" for why in verdict.unjudged]
    for check, finding in verdict.findings:
        lines += [f"{check}: {finding.words}", *verdict.excerpt(finding), ""]
    return [*lines, *verdict.left_open(), f"again: {again(job)}"]


def _printable(text: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(letter if letter >= " " or letter in "\n\t" else "?" for letter in text)
