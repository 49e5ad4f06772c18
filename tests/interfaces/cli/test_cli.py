"""What a user does wrong ends with one sentence and exit code 2; what a user asks is answered for people and for scripts."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from isletbench.emulator.interfaces import cli
from isletbench.emulator.interfaces.cli import packets
from isletbench.protocols.catalogue import TYPES
from tests.harness.command_line import Ended, called


def isletbench(*words: str, directory: Path) -> Ended:
    return called(*words, environment={"ISLETBENCH_DIR": str(directory), "COLUMNS": "200", "NO_COLOR": "1"})


def process(*words: str, directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ISLETBENCH_DIR": str(directory)}
    environment.pop("ISLETBENCH_HCI", None)
    command = [sys.executable, "-m", "isletbench", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def options_of_one_value(group: Any, *words: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command with each of its options that has one value."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from options_of_one_value(command, *words, name)
            continue
        for one in command.params:
            if one.opts[0].startswith("-") and not one.multiple and (not one.is_flag or one.secondary_opts):
                yield (*words, name), one.opts[0]


WRONG = [
    (["up", "nowhere.toml"], "nowhere.toml: there is no such file; expected a rig file or one of cgm_receiver, closed_loop"),
    (["up", "--pace", "fast"], "--pace: pace 'fast': expected real, jump, paused or a factor"),
    (["up", "--pace", "jump"], "--pace jump runs as fast as it can, so it needs an end: give --for DURATION"),
    (["up", "--pace", "jump", "--for", "1h", "--hci", "tcp:127.0.0.1:0"], "--pace jump opens no ports"),
    (["up", "--for", "soon"], "--for: duration 'soon': expected a number with ms, s, m, h or d"),
    (
        ["up", "--for", "1s", "--hci", "carrier-pigeon"],
        "HCI 'carrier-pigeon': expected tcp:HOST:PORT, unix:PATH, pty:",
    ),
    (["up", "--for", "1s", "--hci", "unix:/nowhere/at/all"], "HCI unix:/nowhere/at/all: No such file or directory"),
    (["up", "--for", "1s", "--hci", "vhci:/nowhere/vhci"], "/nowhere/vhci does not exist; load the kernel module"),
    (["up", "--for", "1s", "--journal", "/nowhere/at/all"], "/nowhere/at/all: cannot be written: no such file or directory"),
    (["up", "--for", "1s", "--journal-limit", "1MB"], "--journal-limit divides a journal: give --journal FILE"),
    (
        ["up", "--for", "1s", "--journal", "run.jsonl", "--journal-limit", "much"],
        "--journal-limit: size 'much': expected at least 4096 octets, such as 500kB, 50MB or 1GiB",
    ),
    (["report"], "report: JOURNAL: expected a value, it is missing: A journal that a bench has written"),
    (["demo", "--seed", "abc"], "demo: --seed: expected a whole number, got 'abc'"),
    (["demo", "--seed", "-1"], "demo: --seed: expected 0 or more, got '-1'"),
    (["demo", "--seed"], "--seed: expected a value after it, it is missing"),
    (["traces", "--unit", "stone", "x.csv"], "traces: --unit: expected one of mg/dL, mmol/L, got 'stone'"),
    (["subjects", "--sample", "0"], "subjects: --sample: expected 1 or more, got '0'"),
    (["subjects", "--sample", "5000"], "subjects: --sample: expected 1000 or less, got '5000'"),
    (["stop"], "there is no command 'stop'; expected one of up, "),
    (["fly"], "there is no command 'fly'; expected one of up, "),
    (["firmware", "fly"], "firmware: there is no command 'fly'; expected one of headers"),
    (["up", "--wings"], "up: there is no option --wings; expected one of --"),
    (["clear", "a", "b"], "clear: expected no more words, got 'b'"),
    (["judge", "DLV-24", "/"], "/: expected a file, and it is a directory"),
    (["status"], "no bench is running: start one with `isletbench up`"),
    (["check", "LNK-10", "--over", "ble", "--over", "serial", "--", "x"], "check: --over: expected once, it is there twice"),
    (["decode", "--e2e", "cgms.Status", "00", "--no-e2e"], "decode: --e2e/--no-e2e: expected once, it is there twice"),
    (["bleak"], "expected a program to run: isletbench bleak [HCI] -- PROGRAM.py"),
    (["bleak", "--", "nowhere.py"], "nowhere.py: there is no such program"),
    (["types", "cgms.Nothing"], "type 'cgms.Nothing' is not known; `isletbench types` lists them: cgms.Measurement"),
    (["decode", "nothing", "00"], "type 'nothing' is not known"),
    (["decode", "ids.Status", "5"], "HEX '5': expected pairs of hexadecimal digits"),
    (["decode", "ids.Status", "55"], "Status.operational_state: the octets end before this field does in octets 55"),
    (["decode", "ids.Status", "--e2e", "55 96 9B F5 01 FF E8 D5"], "crc: the CRC is 0xD5E8 where the octets make 0xD4E8"),
    (["decode", "ids.StatusReaderControlPoint", "--strict", "0D 03"], "op code 0x030D is not defined"),
    (["encode", "ids.Status", '{"a": 1, "b": {"c": 1, "c": 2}}'], "JSON: c: expected once, it is there twice"),
    (["encode", "ids.Status", "{"], "JSON: not valid JSON at line 1, column 2"),
    (["encode", "ids.Status", "[" * 50_000], "JSON: expected lists and tables that are nested less deeply"),
    (["encode", "ids.Status", "9" * 5_000], "JSON: expected whole numbers of fewer digits"),
    (["encode", "ids.Status", "{}"], "Status.therapy_control_state: is missing"),
    (["encode", "cgms.RecordAccessControlPoint", '{"operation": "EAT"}'], "operation: 'EAT' is not one of REPORT, DELETE"),
]


@pytest.mark.parametrize(("words", "sentence"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_a_wrong_call_ends_with_one_sentence_and_exit_code_2(words: list[str], sentence: str, tmp_path: Path) -> None:
    ended = isletbench(*words, directory=tmp_path)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert ended.stderr.startswith("isletbench: ")
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""


def test_an_option_of_one_value_is_there_once_in_every_command(tmp_path: Path) -> None:
    found = list(options_of_one_value(get_command(cli.app)))
    assert {("check",), ("campaign", "show"), ("firmware", "headers"), ("decode",)} <= {words for words, _ in found}
    for words, option in found:
        twice = 2 * ([option] if option == "--e2e" else [option, "1"])
        ended = isletbench(*words, *twice, directory=tmp_path)
        assert ended.returncode == 2
        assert ended.stderr.startswith(f"isletbench: {' '.join(words)}: --")
        assert ended.stderr.endswith(": expected once, it is there twice\n")


def test_what_may_be_there_twice_is_taken_twice(tmp_path: Path) -> None:
    assert isletbench("types", "--json", "--json", directory=tmp_path).returncode == 0
    assert "expected once" not in isletbench("check", "--tag", "a", "--tag", "b", "--list", directory=tmp_path).stderr
    client = ["--seed", "1", "--seed", "2"]
    assert "expected once" not in isletbench("run", "LNK-10", "--", "no-such-client", *client, directory=tmp_path).stderr


def test_a_wrong_call_of_the_command_ends_in_the_same_way(tmp_path: Path) -> None:
    words, sentence = WRONG[0]
    ended = process(*words, directory=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_directory_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = isletbench("up", "--for", "1s", directory=tmp_path / "file" / "below")
    assert ended.returncode == 2
    assert "Not a directory" in ended.stderr


RIG = """schema = 1
name = "mine"
[devices.cgm]
kind = "cgm"
serial = "pty:"
glucose = { mg_dl = 120 }
"""


@pytest.mark.parametrize(
    ("instead_of", "write", "sentence"),
    [
        ('kind = "cgm"', 'kind = "cgm"\nprofile = "best"', "devices.cgm.profile: 'best' is not known; expected one of generic"),
        (
            "{ mg_dl = 120 }",
            '{ trace = "nowhere.csv" }',
            "nowhere.csv: expected a file that can be read: no such file or directory; or one of azt1d",
        ),
        ("{ mg_dl = 120 }", "{ mg_dl = -1 }", "devices.cgm.glucose.mg_dl: expected 10 or more, got -1"),
        ("{ mg_dl = 120 }", "{ mg_dl = 5.6 }", "devices.cgm.glucose.mg_dl: expected 10 or more"),
        ('serial = "pty:"', 'serial = "pty:/nowhere/at/all"', "/nowhere"),
        ("schema = 1", "schema = one", "mine.toml: not valid TOML"),
    ],
)
def test_a_wrong_rig_file_ends_with_one_sentence_and_exit_code_2(
    instead_of: str, write: str, sentence: str, tmp_path: Path
) -> None:
    rig = tmp_path / "mine.toml"
    rig.write_text(RIG.replace(instead_of, write).replace("/nowhere/at/all", "/proc/nowhere/port"))
    ended = isletbench("up", str(rig), "--for", "1s", directory=tmp_path)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_rig_without_bluetooth_offers_hci_only_when_asked(tmp_path: Path) -> None:
    rig = tmp_path / "mine.toml"
    rig.write_text(RIG)
    without = isletbench("up", str(rig), "--for", "0s", "--json", directory=tmp_path)
    assert json.loads(without.stdout)["hci"] == []
    asked = isletbench("up", str(rig), "--for", "0s", "--json", "--hci", f"unix:{tmp_path / 'hci'}", directory=tmp_path)
    assert json.loads(asked.stdout)["hci"] == [f"unix:{tmp_path / 'hci'}"]
    assert not (tmp_path / "hci").exists()


def test_help_tells_every_command() -> None:
    ended = isletbench("--help", directory=Path())
    assert ended.returncode == 0
    for command in ("up", "status", "bleak", "types", "decode", "encode", "ports"):
        assert f"  {command} " in ended.stdout
        assert isletbench(command, "--help", directory=Path()).returncode == 0


def test_types_are_listed_with_their_fields_and_units(tmp_path: Path) -> None:
    listed = json.loads(isletbench("types", "--json", directory=tmp_path).stdout)
    assert {"type": "ids.Status", "uuid": "2B21", "name": "IDD Status"} in listed
    assert "cgms.RecordAccessControlPoint" in isletbench("types", directory=tmp_path).stdout
    fields = json.loads(isletbench("types", "cgms.measurement", "--json", directory=tmp_path).stdout)
    assert {"operation": "", "field": "trend", "unit": "mg/dL/min", "presence": "0"} in fields
    for row in listed:
        assert list(packets.rows_of(TYPES[row["type"]])) or row["type"] == "ids.CommandData"


def test_what_decode_prints_encode_reads(tmp_path: Path) -> None:
    octets = "55 96 9b f5 01 ff e8 d4"
    told = isletbench("decode", "ids.Status", "--e2e", "--json", octets, directory=tmp_path)
    plain = json.loads(told.stdout)
    assert plain.pop("e2e_counter") == 255
    again = isletbench("encode", "ids.Status", json.dumps(plain), "--e2e", "--counter", "255", directory=tmp_path)
    assert again.stdout.strip() == octets
    logged = isletbench("decode", "ids.StatusReaderControlPoint", "--json", "0D 03 01", directory=tmp_path).stdout
    assert json.loads(logged) == {"operation": "Uninterpreted", "code": 0x030D, "octets": "01"}
    shown = isletbench("decode", "cgms.measurement", "06007600 0A00 06 00 79 00 0F 00", directory=tmp_path).stdout
    assert shown.split()[:2] == ["glucose", "118.0"]
    assert "121.0" in shown


def test_a_programs_own_exit_code_and_arguments_pass_through(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import sys\nimport bleak\nprint(sys.argv[1:], __name__)\nsys.exit(int(sys.argv[1]))\n")
    ended = process("bleak", "tcp:127.0.0.1:1", "--", str(program), "7", "--flag", directory=tmp_path)
    assert ended.returncode == 7, ended.stderr
    assert ended.stdout == "['7', '--flag'] __main__\n"
