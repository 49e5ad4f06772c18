"""Many bare pseudo-terminals, each with a reader in asyncio and a timer: says when they are ready and what they have used.

python -m tests.benchmarks.crowd_bare DEVICES
"""

import time

BEGAN = time.perf_counter()

import asyncio  # noqa: E402  # the imports are part of a start
import json  # noqa: E402
import os  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
import tty  # noqa: E402

from tests.benchmarks.memory import peak_mb  # noqa: E402


async def main(devices: int) -> None:
    """Open them, and end."""
    loop, (soft, hard) = asyncio.get_running_loop(), resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    for _ in range(devices):
        master, slave = os.openpty()
        tty.setraw(slave)
        loop.add_reader(master, lambda: None)
        loop.call_later(300, lambda: None)
    print(json.dumps({"ready_s": time.perf_counter() - BEGAN, "peak_mb": peak_mb()}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
