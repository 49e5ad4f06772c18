"""The results of a campaign as a table, a row for each run: CSV for whatever reads text, Parquet for notebooks."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from isletbench.emulator.campaigns.cell import CellError
from isletbench.emulator.campaigns.store import AXES, Stored

INSTALL = "pip install 'isletbench[parquet]'"
_FIXED = ("number", "key", "situation", "repetition", *AXES, "outcome", "failing", "what", "lasted_s", "took_s", "processor_s")


def rows(results: Iterable[Stored]) -> list[dict[str, Any]]:
    """A row for each run: where its cell is, how it ended, what it took, and every metric."""
    return [_row(result) for result in results]


def _row(result: Stored) -> dict[str, Any]:
    return {
        "number": result.number,
        "key": result.key,
        "situation": result.situation,
        "repetition": result.repetition,
        **result.axes,
        "outcome": result.outcome.value,
        "failing": " ".join(result.failing),
        "what": " ".join(result.sentences()),
        "lasted_s": result.lasted / 1_000,
        "took_s": result.took_s,
        "processor_s": result.processor_s,
        "pace": result.pace,
        "journal": result.journal,
        "code": result.versions.get("code", ""),
        **result.metrics,
    }


def columns(table: Iterable[dict[str, Any]]) -> list[str]:
    """Every column, in the order of the first row that has it."""
    found = dict.fromkeys(_FIXED)
    for row in table:
        found |= dict.fromkeys(row)
    return list(found)


def to_csv(table: list[dict[str, Any]]) -> str:
    """The table as CSV; a metric that a run does not have is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(table), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def is_table(file: Path) -> bool:
    """Whether a Parquet file is a table of ours: its last part, which names the columns, has those of a campaign."""
    content = file.read_bytes()
    return content.startswith(b"PAR1") and all(name.encode() in content[-20_000:] for name in ("situation", "repetition"))


def write_parquet(table: list[dict[str, Any]], file: Path) -> None:
    """Write the table as Parquet. Raises ``CellError`` where pyarrow is missing, ``OSError``."""
    try:
        import pyarrow as arrow  # noqa: PLC0415  # an extra that need not be there
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise CellError(f"{file}: expected pyarrow to be installed: {INSTALL}") from None
    names = columns(table)
    made = arrow.table({name: [row.get(name) for row in table] for name in names})
    parquet.write_table(made, file, compression="zstd")
