"""The public face: what it offers, that it stands on one screen and costs nothing, and that its words are explained."""

import inspect
import re
import subprocess
import sys

import isletbench
from tests.harness.architecture import ROOT

STUB = ROOT / "src" / "isletbench" / "__init__.pyi"
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS = re.findall(r"^\| ([A-Za-z][^|]*?) \|", GLOSSARY, flags=re.MULTILINE)[1:]
NAMES: list[str] = vars(isletbench)["__all__"]
SOURCES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_name_of_the_face_is_there_and_documented() -> None:
    for name in NAMES:
        assert inspect.getdoc(getattr(isletbench, name)), f"{name} has no docstring"


def test_the_face_stands_on_one_screen() -> None:
    assert len(STUB.read_text(encoding="utf-8").splitlines()) <= 40
    assert 10 <= len(NAMES) <= 18


def test_importing_the_face_imports_nothing_behind_it() -> None:
    program = "import sys, isletbench; print(sorted(m for m in sys.modules if m.startswith('isletbench.')))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "[]\n"


def test_documents_import_from_the_face_and_the_packets_alone() -> None:
    """``isletbench.protocols`` is public: what is on the wire, without a device."""
    for page in SOURCES:
        found = re.findall(r"^\s*(?:from|import) (isletbench\S*)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert set(found) <= {"isletbench", "isletbench.protocols"}, f"{page.name} imports {found}"


def test_the_glossary_has_forty_words_in_order_and_the_classes_of_the_face_among_them() -> None:
    assert len(WORDS) == 40
    assert sorted(WORDS, key=str.lower) == WORDS
    classes = {name for name in NAMES if inspect.isclass(getattr(isletbench, name))}
    missing = {name for name in classes if not re.search(rf"\b{name}\b", GLOSSARY)}
    assert missing == set()
