"""Python 2.7, for clients that were never written for another one: CONTRIBUTING.md says how to get it."""

import os
import shutil
import subprocess

import pytest

PYTHON = os.environ.get("ISLETBENCH_PYTHON27") or shutil.which("python2.7")


def needs(*modules: str) -> list[pytest.MarkDecorator]:
    """The marks of tests that run a client with these modules under Python 2.7: slow, and skipped with what is missing."""
    why = _missing(modules)
    return [pytest.mark.slow, pytest.mark.skipif(why is not None, reason=why or "")]


def _missing(modules: tuple[str, ...]) -> str | None:
    if PYTHON is None:
        return "there is no python2.7; CONTRIBUTING.md says how to get it (ISLETBENCH_PYTHON27)"
    tried = subprocess.run([PYTHON, "-c", f"import {', '.join(modules)}"], capture_output=True, text=True, check=False)
    lines = tried.stderr.strip().splitlines()
    return None if tried.returncode == 0 else f"{PYTHON}: {lines[-1] if lines else 'it does not start'}"
