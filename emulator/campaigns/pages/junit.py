"""The newest result of each cell as JUnit XML."""

from isletbench.emulator.campaigns.pages.page import where
from isletbench.emulator.campaigns.store import Stored
from isletbench.emulator.campaigns.summary import Summary
from isletbench.emulator.scenarios.junit import Case, document


def junit(summary: Summary, store: str) -> str:
    """A JUnit XML document: a test case for each cell, a suite of the whole campaign."""
    cases = [_case(cell, store) for cell in summary.cells]
    return document(cases, sum(cell.took_s for cell in summary.cells))


def _case(cell: Stored, store: str) -> Case:
    sentences = cell.sentences()
    again = f"shrink it: isletbench campaign shrink {store} --cell {cell.key[:12]}"
    return Case(
        classname=f"isletbench.{cell.scenario}.{cell.axes['over']}",
        name=f"{where(cell)} [{cell.key[:12]}]",
        outcome=cell.outcome.value,
        message=" ".join(sentences),
        details="\n".join([*sentences, again]) if cell.is_bad else "\n".join(sentences),
        output=cell.output,
    )
