"""What a debug probe does to a board: ``probe.py flash|run|halt IMAGE LINK``. The board is a stand-in that answers on LINK."""

import os
import signal
import subprocess
import sys
from pathlib import Path


def main(does: str, image: str, link: str) -> None:
    here = Path(image).parent
    with (here / "probe.log").open("a", encoding="utf-8") as log:
        log.write(f"{does} {Path(image).name}\n")
    if does == "flash":
        (here / "flash.bin").write_bytes(Path(image).read_bytes())
    if does == "run" and (here / "flash.bin").read_text(encoding="utf-8") == "the firmware\n":
        words = [sys.executable, str(Path(__file__).with_name("stand_in.py")), "device", link]
        with (here / "board.out").open("w") as out:
            process = subprocess.Popen(words, stdout=out, stderr=out, start_new_session=True)
        (here / "board.pid").write_text(str(process.pid), encoding="utf-8")
    if does == "halt" and (here / "board.pid").exists():
        os.kill(int((here / "board.pid").read_text(encoding="utf-8")), signal.SIGTERM)
        (here / "board.pid").unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
