"""Who plays cells: processes of this computer, or those of a cluster behind a scheduler of Dask. Both take orders as text."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from isletbench.emulator.campaigns.cell import CellError
from isletbench.emulator.campaigns.worker import WorkerLost

WORKER = (sys.executable, "-m", "isletbench", "campaign", "worker")
"""The command of a worker."""
CONNECT_S = 20
"""How long a scheduler may take to answer, s."""
PLACE = re.compile(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}")
"""Where a scheduler of Dask is."""
INSTALL = "pip install 'isletbench[campaign]'"


class Worker:
    """A worker process at the other end of a pipe; it carries out one order at a time."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603  # a command of ours
            WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
        )

    def play(self, order: str) -> str:
        """Carry out an order; the report. Raises ``WorkerLost``."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(order + "\n")
            self.process.stdin.flush()
            report = self.process.stdout.readline()
        except (OSError, ValueError):
            report = ""
        if not report.endswith("\n"):
            self.close()
            raise WorkerLost(f"the worker ended with exit code {self.process.returncode}")
        return report

    def close(self) -> None:
        """End it, and the cell that it plays."""
        self.process.terminate()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError, ValueError):
                    pipe.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_OF_THREAD = threading.local()
_WORKERS: set[Worker] = set()


def play_line(order: str) -> str:
    """Carry out an order with the worker of this thread, which is started when there is none. Raises ``WorkerLost``."""
    worker: Worker | None = getattr(_OF_THREAD, "worker", None)
    if worker is None or worker.process.poll() is not None:
        if worker is not None:
            _WORKERS.discard(worker)
        worker = _OF_THREAD.worker = Worker()
        _WORKERS.add(worker)
    return worker.play(order)


@dataclass(frozen=True, slots=True)
class Crew:
    """Whoever carries out orders."""

    executor: Executor
    at_once: int
    """How many orders are carried out at the same time."""
    play: Callable[[str], str] = play_line
    """Carries out an order."""

    def submit(self, order: str) -> "Future[str]":
        """Let somebody carry out an order."""
        return self.executor.submit(self.play, order)


@contextmanager
def processes(workers: int) -> Iterator[Crew]:
    """So many workers on this computer. When the context ends they end, whatever they are playing."""
    executor = ThreadPoolExecutor(workers, thread_name_prefix="cells")
    try:
        yield Crew(executor, workers)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        while _WORKERS:
            _WORKERS.pop().close()
        executor.shutdown()


@contextmanager
def cluster(scheduler: str) -> Iterator[Crew]:
    """The workers of a scheduler of Dask, at ``tcp://HOST:PORT``. Raises ``CellError`` when it cannot be reached."""
    if PLACE.fullmatch(scheduler) is None:  # of another one Dask makes a client that takes 40 s to end, with a traceback
        raise CellError(f"--scheduler {scheduler}: expected tcp://HOST:PORT")
    try:
        from distributed import Client  # noqa: PLC0415  # an extra that need not be there
    except ImportError:
        raise CellError(f"--scheduler: expected Dask to be installed: {INSTALL}") from None
    try:
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CellError(f"--scheduler {scheduler}: expected a scheduler of Dask there ({error})") from None
    with client:
        yield Crew(client.get_executor(pure=False), max(1, sum(client.nthreads().values())))
