"""However many ports there are, one inotify instance reports who opens them: a user has few of those."""

import asyncio
import sys
from pathlib import Path

import pytest
from inotify_simple import flags

from isletbench.emulator.transports.ports import opens

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is of Linux")


def instances() -> int:
    """The inotify instances of this process."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(descriptor.readlink()))
        except OSError:
            continue  # the one that lists the directory
    return links.count("anon_inode:inotify")


async def test_files_share_an_instance_and_each_openings_go_to_its_own(tmp_path: Path) -> None:
    before, seen = instances(), list[str]()
    stops = {}
    for name in ("one", "two"):
        (tmp_path / name).touch()
        stops[name] = opens.watch(str(tmp_path / name), lambda name=name: seen.append(name), lambda: None)  # type: ignore[misc]
    assert instances() == before + 1
    (tmp_path / "two").read_bytes()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert seen == ["two"]
    for name, stop in stops.items():
        assert stop is not None
        stop()
        stop()  # idempotent
        (tmp_path / name).read_bytes()
    await asyncio.sleep(0)
    assert seen == ["two"]
    assert instances() == before


async def test_a_file_that_is_not_there_is_not_watched(tmp_path: Path) -> None:
    before = instances()
    assert opens.watch(str(tmp_path / "none"), lambda: None, lambda: None) is None
    assert instances() == before


async def test_when_reports_were_lost_every_port_looks_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, looked = tmp_path / "one", list[bool]()
    file.touch()
    stop = opens.watch(str(file), lambda: None, lambda: looked.append(True))
    assert stop is not None
    watching = opens._OPENS[asyncio.get_running_loop()]
    overflow = type("Event", (), {"wd": -1, "mask": flags.Q_OVERFLOW})
    with monkeypatch.context() as patch:
        patch.setattr(watching._notifier, "read", lambda timeout: [overflow])
        watching._notified()
    assert looked == [True]
    stop()
