"""What is built from this checkout, and what becomes of it in somebody else's environment."""

import tarfile
import zipfile
from pathlib import Path

from tests.harness.architecture import PACKAGES, ROOT
from tests.packaging.conftest import Environment


def test_a_wheel_has_one_top_level_import_and_every_file_of_the_packages(distributions: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"isletbench"}
    for package in PACKAGES:
        here = {path for path in (ROOT / package).rglob("*") if path.suffix in {".py", ".toml", ".csv", ".md"}}
        assert {f"isletbench/{path.relative_to(ROOT)}" for path in here} <= set(names)
    assert {"isletbench/__init__.pyi", "isletbench/__main__.py", "isletbench/py.typed"} <= set(names)


def test_packages_called_emulator_and_protocols_live_beside_our_pytest_plugin(installed: Environment, tmp_path: Path) -> None:
    project = tmp_path / "project"
    for package in PACKAGES:
        (project / package).mkdir(parents=True)
        (project / package / "__init__.py").write_text(f"WHOSE = 'the project, {package}'\n", encoding="utf-8")
    (project / "test_own.py").write_text(
        "import emulator, hil_rigs, protocols\n"
        "from bleak import BleakScanner\n\n"
        "def test_own_packages():\n"
        "    assert [p.WHOSE for p in (emulator, protocols, hil_rigs)] == "
        "['the project, emulator', 'the project, protocols', 'the project, hil_rigs']\n\n"
        "async def test_the_plugin(bench):\n"
        "    assert await BleakScanner.find_device_by_name('IB-CGM', timeout=5)\n",
        encoding="utf-8",
    )
    said = installed.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "asyncio_mode=auto", cwd=project)
    assert "2 passed" in said
    where = installed.run("-c", "import isletbench.emulator as e; print(e.__file__)", cwd=project)
    assert str(installed.python.parents[1]) in where, "the installed wheel, not this checkout"


def test_python_dash_m_is_the_command(installed: Environment, tmp_path: Path) -> None:
    listed = installed.run("-m", "isletbench", "types", cwd=tmp_path)
    assert "ids.Status" in listed
    assert installed.run(installed.python.parent / "isletbench", "types", cwd=tmp_path) == listed


def test_an_editable_install_sees_a_new_file_and_exposes_one_name(
    distributions: Path, environment: Environment, tmp_path: Path
) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (checkout,) = tmp_path.glob("isletbench-*/")
    environment.install("--editable", checkout, cwd=tmp_path)
    (checkout / "emulator" / "core" / "brand_new.py").write_text("NEWS = 'seen'\n", encoding="utf-8")
    program = (
        "import importlib.util, sys; sys.path.remove('');"
        "from isletbench.emulator.core.brand_new import NEWS;"
        "print(NEWS, [importlib.util.find_spec(p) for p in ('emulator', 'protocols', 'hil_rigs')])"
    )
    assert environment.run("-c", program, cwd=tmp_path) == "seen [None, None, None]\n"
