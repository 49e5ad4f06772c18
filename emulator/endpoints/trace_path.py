"""The name or the path of a recording in a rig file."""

from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, ValidationInfo

from isletbench.emulator.patient.traces.replay import traces_of_the_package


def _seen_from_the_rig(trace: str, info: ValidationInfo) -> str:
    """The path of a recording from the directory of the rig file, which is the ``directory`` of the context."""
    directory = (info.context or {}).get("directory")
    if directory is None or trace in traces_of_the_package():
        return trace
    return str(directory / Path(trace).expanduser())


TracePath: TypeAlias = Annotated[str, AfterValidator(_seen_from_the_rig)]
"""A trace of the package by name, or the path of a file, relative to the rig file that names it."""
