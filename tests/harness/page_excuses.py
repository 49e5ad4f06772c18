"""What of the pages another test runs, what is no input of anything, and what cannot run here: each with its reason.

Blocks are named by their page and the beginning of their first line, commands by a part of the line.
"""

ELSEWHERE = {
    ("README.md", "from bleak import"): "tests/interfaces/pytest/test_plugin.py",
    ("docs/pytest.md", ""): "tests/interfaces/pytest/test_plugin.py",
    ("docs/personalities.md", "from collections.abc"): "tests/endpoints/test_sugar_stick.py",
    ("docs/personalities.md", "class "): "tests/endpoints/test_sugar_stick.py",
    ("docs/personalities.md", "from typing"): "tests/endpoints/test_sugar_stick.py",
    ("docs/personalities.md", "SUGAR_STICK ="): "tests/endpoints/test_sugar_stick.py",
    ("docs/rigs.md", "from isletbench import Key"): "tests/rigs/test_rig_option.py",
    ("docs/serial-link.md", "import sys"): "tests/transports/serial/manual.py",
    ("docs/tutorial.md", ""): "tests/test_tutorial.py",
    ("docs/your-algorithm.md", '"""my_algorithm.py'): "tests/hil_rigs/clients/test_closed_loop_day.py",
    ("docs/your-algorithm.md", "python my_algorithm.py"): "tests/hil_rigs/clients/test_closed_loop_day.py",
    ("docs/your-algorithm.md", "sensitivity ="): "tests/hil_rigs/clients/test_closed_loop_day.py",
    ("docs/ci.md", "jobs:"): "tests/packaging/test_ci_templates.py",
    ("docs/ci.md", "isletbench:"): "tests/packaging/test_ci_templates.py",
    ("docs/ci.md", "services:"): "tests/packaging/test_ci_templates.py",
}
"""Blocks that another test takes off the page and runs, or judges: that test's file. It names the page."""

SHOWN = {
    ("docs/architecture.md", "client ──"): "a picture",
    ("docs/fluid-path.md", ""): "formulas",
    ("docs/journal.md", "6 turns"): "what replay prints of a client that says something else",
    ("docs/paradigm.md", "pump machine"): "a picture",
    ("docs/personalities.md", "client ──"): "a picture",
    ("docs/proxy.md", "isletbench: a real device"): "what proxy prints in front of a real device",
    ("docs/traces.md", "$ isletbench traces"): "what traces prints of one file",
    ("docs/traces.md", "time,glucose"): "lines of a recording",
    ("docs/report.md", "81 %"): "what a report says of one run",
    ("docs/rigs.md", "switch "): "a wiring, compared by tests/rigs/test_pages.py",
    ("docs/rigs.md", "client "): "a wiring, compared by tests/rigs/test_pages.py",
    ("docs/rigs.md", "controller "): "a wiring, compared by tests/rigs/test_pages.py",
    ("docs/serial-link.md", "wire "): "a layout",
    ("docs/serial.md", "control software"): "a picture",
    ("firmware_stubs/README.md", "include/"): "a list of folders",
}
"""Blocks without a kind that are pictures, formulas and results, no input."""

NOT_HERE = {
    ("docs/campaigns.md", "#SBATCH"): "needs SLURM",
    ("docs/campaigns.md", "rule cell:"): "needs Snakemake",
    ("docs/campaigns.md", "# cluster.py"): "needs SLURM; its syntax is checked",
    ("docs/campaigns.md", "FROM "): "needs Docker",
    ("docs/campaigns.md", "# campaign.yaml"): "needs Kubernetes; its syntax is checked",
    ("docs/personalities.md", "[project.entry-points"): "metadata of a reader's own distribution",
    ("docs/rigs.md", "def test_lab"): "needs labgrid",
    ("docs/personalities.md", "schema = 1"): "its personality is of a distribution of its own",
}
"""Blocks that cannot run here."""


def found_in(table: dict[tuple[str, str], str], at: tuple[str, str]) -> tuple[str, str] | None:
    """The key of the table that names the block at this page with this first line."""
    page, first = at
    return next((key for key in table if key[0] == page and first.startswith(key[1])), None)
