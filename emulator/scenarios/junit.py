"""Results for people and for machines: JUnit XML for CI, JSON for everything else."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from isletbench.emulator.core.quantities import shown
from isletbench.emulator.scenarios.jobs import RETRIES, Job, Result
from isletbench.emulator.scenarios.judge import Outcome, Verdict


def again(job: Job, verdict: Verdict) -> str:
    """The one command that plays it again as it was judged: with every option that mattered."""
    words = ["isletbench", "check", job.scenario, "--over", job.over, "--pace", verdict.pace or str(job.pace)]
    words += ["--seed", str(job.seed)] if job.seed is not None else []
    words += ["--for", shown(job.only)] if job.only is not None else []
    words += ["--fake-clock"] if job.fake_clock else []
    words += ["--retry-late", str(job.retries)] if job.retries != RETRIES else []
    return shlex.join([*words, "--", *job.command])


def story(job: Job, verdict: Verdict) -> list[str]:
    """What went wrong, moment by moment, and how to see it again."""
    lines = [verdict.why] if verdict.why else []
    lines += [f"not judged: {why}" for why in verdict.unjudged]
    for check, finding in verdict.findings:
        lines += [f"{check}: {finding.words}", *verdict.excerpt(finding), ""]
    return [*lines, *verdict.left_open(), f"again: {again(job, verdict)}"]


# JSON


def plain(result: Result) -> dict[str, Any]:
    """A result as JSON-able data."""
    verdict = result.verdict
    return {
        **verdict.to_dict(),
        "seconds": round(result.seconds, 3),
        "said": verdict.output,
        "again": again(result.job, verdict),
    }


def summary(results: Sequence[Result], missing: Sequence[Job], seconds: float) -> dict[str, Any]:
    """How many there were of each kind, what was not played, and how long all of it took, as JSON-able data."""
    outcomes = [result.verdict.outcome for result in results]
    passed, open_ = outcomes.count(Outcome.PASSED), outcomes.count(Outcome.NOT_JUDGED)
    return {
        "passed": passed,
        "failed": len(outcomes) - passed - open_,
        "not_judged": open_,
        "not_played": [{"scenario": job.id, "over": job.over} for job in missing],
        "seconds": round(seconds, 3),
    }


# JUnit


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
    seconds: float = 0.0
    """How long it took."""


def junit(results: Sequence[Result], seconds: float, missing: Sequence[Job] = (), why_missing: str = "") -> str:
    """A JUnit XML document: a test case for each scenario and carrier, skipped where it was not judged or not played."""
    why = f"not played: {why_missing}" if why_missing else "not played"
    left = [Case(f"isletbench.{job.over}", job.id, Outcome.NOT_JUDGED.value, why) for job in missing]
    return document([*map(_case, results), *left], seconds)


def _case(result: Result) -> Case:
    verdict = result.verdict
    return Case(
        classname=f"isletbench.{verdict.over}",
        name=verdict.scenario,
        outcome=verdict.outcome.value,
        message=" ".join(verdict.sentences()),
        details="" if verdict.passed else "\n".join(result.story),
        output=verdict.output,
        notes=tuple(verdict.left_open()),
        seconds=result.seconds,
    )


def document(cases: Sequence[Case], seconds: float) -> str:
    """A JUnit XML document of these test cases."""
    outcomes = [case.outcome for case in cases]
    failures, skipped = outcomes.count(Outcome.FAILED), outcomes.count(Outcome.NOT_JUDGED)
    errors = len(outcomes) - failures - skipped - outcomes.count(Outcome.PASSED)
    counts = {"name": "isletbench", "tests": str(len(cases)), "failures": str(failures), "errors": str(errors)}
    counts |= {"skipped": str(skipped), "time": f"{seconds:.3f}"}
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", counts)
    for case in cases:
        element = ET.SubElement(suite, "testcase", classname=case.classname, name=case.name, time=f"{case.seconds:.3f}")
        if case.outcome == Outcome.PASSED:
            for words in case.notes:
                ET.SubElement(element, "system-out").text = _printable(words)
            continue
        if case.outcome == Outcome.NOT_JUDGED:
            ET.SubElement(element, "skipped", message=_printable(case.message))
        else:
            kind = "failure" if case.outcome == Outcome.FAILED else "error"
            problem = ET.SubElement(element, kind, message=_printable(case.message), type=case.outcome)
            problem.text = _printable(case.details)
        if case.output:
            ET.SubElement(element, "system-out").text = _printable(case.output)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _printable(text: str) -> str:
    """Text without what XML 1.0 (section 2.2) has no way to write: control characters, surrogates, U+FFFE and U+FFFF."""
    return NOT_IN_XML.sub("?", text)
