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
        "failed": sum(not verdict.passed for _, verdict in results),
        "verdicts": [{**verdict.to_dict(), "said": verdict.output, "again": again(job)} for job, verdict in results],
    }


def junit(results: Sequence[Result], seconds: float) -> str:
    """A JUnit XML document: a test case for each scenario and carrier."""
    wrong = [verdict for _, verdict in results if not verdict.passed]
    errors = sum(verdict.outcome is not Outcome.FAILED for verdict in wrong)
    counts = {"name": "isletbench", "tests": str(len(results)), "failures": str(len(wrong) - errors), "errors": str(errors)}
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {**counts, "time": f"{seconds:.3f}"})
    for job, verdict in results:
        case = ET.SubElement(suite, "testcase", classname=f"isletbench.{verdict.over}", name=verdict.scenario)
        if verdict.passed:
            for words in verdict.left_open():
                ET.SubElement(case, "system-out").text = words
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
    for check, finding in verdict.findings:
        lines += [f"{check}: {finding.words}", *verdict.excerpt(finding), ""]
    return [*lines, *verdict.left_open(), f"again: {again(job)}"]


def _printable(text: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(letter if letter >= " " or letter in "\n\t" else "?" for letter in text)
