"""The memory of this process."""

import re
import resource
import sys
from pathlib import Path


def peak_mb() -> float:
    """The largest resident set so far, MB. On Linux of this program alone: ``getrusage`` counts the parent's at the fork."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="ascii"))):
        return int(found[1]) / 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_024**2 if sys.platform == "darwin" else 1_024)
