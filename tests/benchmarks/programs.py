"""Programs that benchmarks start: a bench in a process of its own, a bare counterpart, one that prints what it measured."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Modules are compiled once, as those of an installed distribution are."""


@contextmanager
def running(*command: str, directory: str | None = None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A program and the first line that it prints, until the block ends."""
    environment = ENVIRONMENT if directory is None else {**ENVIRONMENT, "ISLETBENCH_DIR": directory}
    process = subprocess.Popen(
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def bench(directory: str, *arguments: str) -> Iterator[dict[str, Any]]:
    """A running `isletbench up` and its ready line."""
    with running("-m", "isletbench", "up", "--json", *arguments, directory=directory) as (_, line):
        yield json.loads(line)


def result_of(module: str, *arguments: object, directory: str) -> dict[str, Any]:
    """What a module of the benchmarks prints when it is run in a process of its own: one line of JSON."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    environment = {**ENVIRONMENT, "ISLETBENCH_DIR": directory}
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
