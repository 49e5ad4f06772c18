"""Packages for Node.js that tests use where they are installed: CONTRIBUTING.md says how to get them."""

import os
import shutil
from pathlib import Path

import pytest


def packages(variable: str) -> Path:
    """The directory whose ``node_modules`` has them: that which an environment variable names, else the current one."""
    return Path(os.environ.get(variable, ".")).resolve()


def needs(variable: str, *names: str) -> list[pytest.MarkDecorator]:
    """The marks of tests that use these packages: skipped with the command that installs what is missing."""
    missing = [name for name in names if not (packages(variable) / "node_modules" / name / "package.json").is_file()]
    install = f"not installed: npm install {' '.join(missing)}, and name the directory in {variable}"
    return [
        pytest.mark.skipif(shutil.which("node") is None, reason="there is no node: install Node.js 20.10 or newer"),
        pytest.mark.skipif(bool(missing), reason=install),
    ]
