"""The directory of running benches belongs to one user: who else could write there could lead clients to another device."""

import json
import os
import stat
from pathlib import Path

import pytest

from isletbench.emulator.core import running
from isletbench.emulator.core.running import Running


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "benches"
    monkeypatch.setenv("ISLETBENCH_DIR", str(path))
    return path


@pytest.mark.parametrize("variable", ["ISLETBENCH_DIR", "XDG_RUNTIME_DIR"])
def test_it_is_made_for_its_owner_only_whatever_the_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("ISLETBENCH_DIR", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "above" / "it"))
    before = os.umask(0)
    try:
        place = running.directory()
    finally:
        os.umask(before)
    for made in (place, tmp_path / "above" / "it", tmp_path / "above"):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777, 0o702])
def test_one_in_which_others_can_write_is_refused_with_the_remedy(place: Path, mode: int) -> None:
    place.mkdir()
    place.chmod(mode)
    with pytest.raises(PermissionError, match=f"only this user can write, as by `chmod go-w {place}`"):
        running.directory()


def test_one_of_another_user_is_refused_and_so_is_a_link_that_another_user_has_put_there(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.mkdir(mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: place.stat().st_uid + 1)
    with pytest.raises(PermissionError, match="it belongs to another user"):
        running.directory()
    own = place.with_name("own")
    own.mkdir(mode=0o700)
    place.rmdir()
    place.symlink_to(own)
    monkeypatch.setattr(os, "getuid", lambda: own.stat().st_uid)
    assert running.directory() == place, "a link of one's own is fine"


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_a_session_directory_in_which_others_can_write_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    session = tmp_path / "session"
    session.mkdir()
    session.chmod(mode)
    monkeypatch.delenv("ISLETBENCH_DIR", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(session))
    with pytest.raises(PermissionError, match=f"only this user can write, as by `chmod go-w {session}`"):
        running.directory()
    assert list(session.iterdir()) == []
    session.chmod(0o700)
    assert running.directory() == session / "isletbench"


def test_one_below_a_directory_in_which_everybody_can_rename_it_is_refused_below_a_sticky_one_not(
    place: Path,
) -> None:
    place.parent.chmod(0o777)
    with pytest.raises(PermissionError, match=f"everybody can replace it, .* `chmod o-w {place.parent}`"):
        running.directory()
    place.parent.chmod(0o1777)
    assert running.directory() == place


def test_the_file_with_the_token_is_new_and_its_owners_whatever_had_its_name(place: Path, tmp_path: Path) -> None:
    place.mkdir(mode=0o700)
    planted = tmp_path / "planted"
    planted.write_text("mine")
    (place / "bench-7.json").symlink_to(planted)
    with running.announced(Running(7, "http://127.0.0.1:1", "secret", ())):
        found = place / "bench-7.json"
        assert not found.is_symlink()
        assert stat.S_IMODE(found.stat().st_mode) == 0o600
        assert json.loads(found.read_text(encoding="utf-8"))["token"] == "secret"  # noqa: S105
    assert planted.read_text(encoding="utf-8") == "mine"
    assert list(place.iterdir()) == []
