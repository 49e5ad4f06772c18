"""Build hook: an editable install gets the packages of this checkout under the one name they are imported by.

In a wheel, ``emulator/``, ``protocols/`` and ``hil_rigs/`` become ``isletbench.emulator``, ``isletbench.protocols`` and
``isletbench.hil_rigs`` (``pyproject.toml``). An editable install puts ``src/`` on the path, and this hook puts links to the
same folders into ``src/isletbench/``: a new file is seen at once, and type checkers and editors see plain packages. See
``docs/decisions/0014-one-import.md``.
"""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = ("emulator", "protocols", "hil_rigs")


class Links(BuildHookInterface[Any]):
    """Links the packages of a checkout into ``src/isletbench/`` for an editable install; does nothing for any other build."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds ``version`` (``standard`` or ``editable``). Raises ``OSError``."""
        if version == "editable":
            root = Path(self.root)
            for package in PACKAGES:
                link(root / "src" / "isletbench" / package, root / package)


def link(place: Path, target: Path) -> None:
    """Make ``place`` another name of the folder ``target``; on Windows a junction, which needs no privilege."""
    if place.is_dir() and place.samefile(target):
        return
    if place.is_symlink() or place.is_file():
        place.unlink()
    if sys.platform == "win32":
        import _winapi  # noqa: PLC0415  # of Windows alone

        _winapi.CreateJunction(str(target), str(place))
    else:
        place.symlink_to(os.path.relpath(target, place.parent), target_is_directory=True)
