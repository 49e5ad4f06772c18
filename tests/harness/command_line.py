"""The command line called in this process: the same ``main``, without the start of an interpreter for each call."""

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from isletbench.emulator.interfaces.cli import main


@dataclass(frozen=True)
class Ended:
    """How a call has ended."""

    returncode: int
    stdout: str
    stderr: str


def called(*words: str, environment: Mapping[str, str] | None = None) -> Ended:
    """Call ``isletbench`` with these words. What it raises besides its exit fails the test, as a traceback would."""
    out, err = io.StringIO(), io.StringIO()
    argv, variables = patch.object(sys, "argv", ["isletbench", *words]), patch.dict(os.environ, environment or {})
    code: object = 0
    with argv, variables, redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    return Ended(code if isinstance(code, int) else 0 if code is None else 1, out.getvalue(), err.getvalue())
