"""The table of docs/reliability.md: what was tried how often, and what ever failed, from what the tests write down and have.

``python -m tests.harness.reliability`` writes it. Fuzzers, the soak and BlueZ write theirs into ``docs/reliability.json``.
"""

from pathlib import Path

from tests.bench.test_killed import COUNT
from tests.bench.test_state_file import DAMAGES
from tests.bluez.test_bluez import LEGS, STEPS
from tests.fuzz.run import known_failures
from tests.fuzz.targets import TARGETS
from tests.harness.counts import counts

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "reliability.md"
BEGIN, END = "<!-- made by python -m tests.harness.reliability -->\n", "<!-- end -->\n"


def table() -> str:
    """The table as text."""
    known = counts()
    rows = [
        ("state file damaged, of each kind one", f"{len(DAMAGES)} kinds", "none: refused in one sentence, not touched"),
        ("bench killed between two instructions", f"{COUNT} kills in each run", "none: no pulse lost or twice"),
    ]
    for target in TARGETS:
        tried, failures = known.get(f"fuzz {target}", {}).get("tried", 0), len(known_failures(target))
        failed = f"{failures}, mended, in the corpus" if failures else "none"
        rows.append((f"strings at: {target}", f"{tried:,}", failed))
    if together := known.get("fuzz all"):
        took = f"{together['tried']:,} in one run, in {together['seconds'] / 60:.0f} minutes"
        rows.append(("strings at all of these, one after the other", took, "none"))
    for leg in (leg for leg in LEGS if f"bluez {leg}" in known):
        took = known[f"bluez {leg}"]["steps"]
        seconds = ", ".join(f"{step} {took[step]:g} s" for step in (*STEPS, "in all") if step in took)
        rows.append((f"BlueZ 5.66 over {leg}, in a machine under QEMU", seconds, "none"))
    if soak := known.get("soak"):
        busy = f"{soak['storms']:,} reconnections, {soak['injections']:,} injections, {soak['listeners']} listeners"
        grown = f"memory {soak['grown_kb']:+,} kB from the second quarter to the last"
        rows.append(("soak", f"{soak['tried']} bench-hours, {busy}", grown))
    lines = ["| what | how often, at most in one run | what ever failed |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def page() -> str:
    """The page with the table as it is now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
