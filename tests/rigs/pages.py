"""What docs/rigs.md shows of the rigs there are. ``python -m tests.rigs.pages`` writes it anew, with its pictures."""

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
from isletbench.emulator.rigs.rig import RUNS, rigs_of_the_package
from isletbench.emulator.rigs.wiring import Wiring
from isletbench.emulator.rigs.wiring_pictures import as_svg, as_text

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "rigs.md"


def wirings() -> Iterator[tuple[str, str, Wiring]]:
    """Name, heading and wires of everything that can be drawn."""
    for name in rigs_of_the_package():
        rig = load_any(name)
        if rig.wiring is not None:
            yield name, rig.about, rig.wiring
    for entry in sorted((files("isletbench.hil_rigs") / "wiring").iterdir(), key=lambda entry: entry.name):
        told = tomllib.loads(entry.read_text(encoding="utf-8"), parse_float=Decimal)
        yield entry.name.removesuffix(".toml"), told["about"], Wiring.model_validate(told["wiring"])


def pictures() -> dict[Path, str]:
    """The files of the pictures."""
    return {DOCS / "wiring" / f"{name}.svg": as_svg(wires, about) for name, about, wires in wirings()}


def parts() -> dict[str, str]:
    """What stands in the page between two comments, by their name."""
    rigs = [load_any(name) for name in rigs_of_the_package()]
    rows = [f"| [`{rig.name}`](../hil_rigs/{rig.name}.toml) | {RUNS[rig.runs]} | {rig.about} |" for rig in rigs]
    drawn = [
        f"### {about[0].upper()}{about[1:]}\n\n![{about}](wiring/{name}.svg)\n\n```\n{as_text(wires)}\n```"
        for name, about, wires in wirings()
    ]
    return {
        "rigs": "\n".join(["| rig | its devices are | what it is |", "|---|---|---|", *rows]),
        "pictures": "\n\n".join(drawn),
    }


def place(name: str) -> re.Pattern[str]:
    """Where a part stands."""
    return re.compile(rf"(?<=<!-- {'table of ' if name == 'rigs' else ''}{name} -->\n).*?(?=<!-- end of {name} -->)", re.DOTALL)


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    for part, content in parts().items():
        text = place(part).sub(lambda _, content=content: f"{content}\n", text)  # type: ignore[misc]
    PAGE.write_text(text, encoding="utf-8")
    for path, svg in pictures().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(svg, encoding="utf-8")
