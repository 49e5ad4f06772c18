"""Verdicts for people and for machines: JUnit XML for CI, JSON for everything else."""

import shlex
from collections.abc import Sequence
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


def junit(results: Sequence[Result], seconds: float) -> str:
    """A JUnit XML document: a test case for each scenario and carrier."""
    outcomes = [verdict.outcome for _, verdict in results]
    failures, skipped = outcomes.count(Outcome.FAILED), outcomes.count(Outcome.NOT_JUDGED)
    errors = len(outcomes) - failures - skipped - outcomes.count(Outcome.PASSED)
    counts = {"name": "isletbench", "tests": str(len(results)), "failures": str(failures), "errors": str(errors)}
    counts["skipped"] = str(skipped)
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {**counts, "time": f"{seconds:.3f}"})
    for job, verdict in results:
        case = ET.SubElement(suite, "testcase", classname=f"isletbench.{verdict.over}", name=verdict.scenario)
        if verdict.passed:
            for words in verdict.left_open():
                ET.SubElement(case, "system-out").text = words
            continue
        if verdict.outcome is Outcome.NOT_JUDGED:
            ET.SubElement(case, "skipped", message=_printable(" ".join(verdict.sentences())))
            continue
        kind = "failure" if verdict.outcome is Outcome.FAILED else "error"
        problem = ET.SubElement(case, kind, message=_printable(" ".join(verdict.sentences())), type=verdict.outcome.value)
        problem.text = _printable("\n".join(story(job, verdict)))
        if verdict.output:
            ET.SubElement(case, "system-out").text = _printable(verdict.output)
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
