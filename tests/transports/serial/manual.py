"""The manual of the serial link and its vectors, as the tests use them."""

import functools
import tomllib
from pathlib import Path
from typing import Any

MANUAL = (Path(__file__).parents[3] / "docs" / "serial-link.md").read_text(encoding="utf-8")
VECTORS = tomllib.loads((Path(__file__).parents[2] / "vectors" / "serial_link.toml").read_text(encoding="utf-8"))


@functools.cache
def client_in_the_manual() -> dict[str, Any]:
    """The names that the client printed in the manual defines."""
    _, _, rest = MANUAL.partition("## 7. A client to start from")
    source = rest.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {"__name__": "client_in_the_manual"}
    exec(compile(source, "docs/serial-link.md", "exec"), names)  # noqa: S102  # our own page
    return names
