"""A Debian machine with BlueZ under QEMU, built from packages by name: ``built`` makes it once, ``Guest`` runs it.

The guest has a serial port for its console (``/dev/ttyS0``), one that leads to a Bluetooth controller (``/dev/ttyS1``) and one
for results, a JSON object a line (``/dev/ttyS2``). It mounts three directories: that of the test, the checkout, and the Python
packages of this environment. ``ISLETBENCH_BLUEZ_GUEST`` names the directory in which it is kept from one run to the next.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
SUITE = "bookworm"
PYTHON = "3.11"
"""Of that suite: the guest uses this environment's compiled packages only when it is the same version."""
PACKAGES = ("linux-image-amd64", "bluez", "bluez-test-tools", "python3-bleak", "dbus", "kmod", "iproute2")
PROGRAMS = {"qemu-system-x86_64": "qemu-system-x86", "mmdebstrap": "mmdebstrap", "mke2fs": "e2fsprogs"}
SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
CALM_TIMERS = "no_timer_check"
"""Linux counts ticks while it starts, and panics where a busy machine emulates too few of them; not so with this word."""
SIZE = "1400M"
FIRST_LINE_WITHIN_S = 20.0
"""A guest under KVM that has not said a word by then never will: KVM is not usable here."""


def missing() -> str | None:
    """What keeps a guest from being built or run here, as a sentence with what mends it; None when nothing does."""
    if platform.machine() != "x86_64":
        return f"the guest is of x86_64, this machine of {platform.machine()}"
    absent = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if absent:
        return f"there is no {' and no '.join(absent)}: apt-get install {' '.join(absent)}"
    if os.geteuid() != 0:
        return "the guest's file system is built as root: run these tests as root"
    if not any(path.is_file() for path in SOURCES):
        return f"there is no list of Debian's packages: expected one of {', '.join(map(str, SOURCES))}"
    return None


def built() -> Path:
    """The directory with kernel, initrd and file system; made when it is not there yet. Raises ``CalledProcessError``."""
    recipe = hashlib.sha256((SUITE + " ".join(PACKAGES)).encode() + (HERE / "init.sh").read_bytes()).hexdigest()[:12]
    kept = Path(os.environ.get("ISLETBENCH_BLUEZ_GUEST", Path.home() / ".cache" / "isletbench" / "bluez"))
    place = kept / recipe
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        _build(place)
        (place / "ready").touch()
    return place


def _build(place: Path) -> None:
    root, tar = place / "root", place / "root.tar"
    sources = next(path for path in SOURCES if path.is_file())
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")]
    words = ["--variant=minbase", "--mode=root", f"--include={','.join(PACKAGES)}", *left_out, SUITE]
    _called("mmdebstrap", *words, str(tar), str(sources))
    root.mkdir()
    _called("tar", "-C", str(root), "-xf", str(tar))
    tar.unlink()
    shutil.copy(HERE / "init.sh", root / "isletbench-init")
    (root / "isletbench-init").chmod(0o755)
    for name in ("vmlinuz", "initrd"):
        shutil.copy(next((root / "boot").glob(f"{name}*")), place / name)
    _called("mke2fs", "-q", "-t", "ext4", "-d", str(root), str(place / "disk"), SIZE)
    shutil.rmtree(root)


def _called(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


class Guest:
    """The guest, running the ``steps.sh`` of a directory; ``hci``: QEMU's character device of its controller, if it has one."""

    def __init__(self, image: Path, shared: Path, hci: str | None, *, kvm: bool) -> None:
        self._results, self._console = shared / "results", shared / "console"
        accelerated = ["-accel", "kvm", "-cpu", "host"] if kvm else ["-accel", "tcg,thread=multi"]
        shares = {"shared": shared, "checkout": CHECKOUT, "packages": Path(sysconfig.get_path("purelib"))}
        mounts = [
            word
            for name, path in shares.items()
            for word in ("-virtfs", f"local,path={path},mount_tag={name},security_model=none,readonly=on,multidevs=remap")
        ]
        self._process = subprocess.Popen(
            [
                *("qemu-system-x86_64", *accelerated, "-m", "1024", "-smp", "1", "-display", "none", "-monitor", "none"),
                *("-no-reboot", "-nic", "none", "-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd")),
                *("-append", f"console=ttyS0 quiet {CALM_TIMERS} root=/dev/vda rw init=/isletbench-init panic=-1"),
                *("-drive", f"file={image / 'disk'},format=raw,if=virtio,snapshot=on", *mounts),
                *("-serial", f"file:{self._console}"),
                *(("-chardev", f"{hci},id=hci", "-serial", "chardev:hci") if hci else ("-serial", "null")),
                *("-serial", f"file:{self._results}"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def says_something(self, within_s: float = FIRST_LINE_WITHIN_S) -> bool:
        """Whether its kernel has begun within so many seconds."""
        until = time.monotonic() + within_s
        while time.monotonic() < until and self._process.poll() is None:
            if self._console.is_file() and self._console.stat().st_size > 0 and self.console().strip():
                return True
            time.sleep(0.2)
        return False

    def console(self) -> str:
        """What it has printed."""
        return self._console.read_text(encoding="utf-8", errors="replace") if self._console.is_file() else ""

    def results(self) -> list[dict[str, Any]]:
        """What it has found out."""
        lines = self._results.read_text(encoding="utf-8").splitlines() if self._results.is_file() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def wait(self, most_s: float) -> None:
        """Wait until it has switched itself off. Raises ``TimeoutExpired``."""
        self._process.wait(most_s)

    def stop(self) -> None:
        """End it, in whatever state it is."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
