"""The wheel has all files and works when installed outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.long


def run(*command: object, cwd: Path) -> str:
    """Run a command in an environment without the checkout, and return its stdout."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "NNCLI"))}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the installed build backend, else with a downloaded one."""
    folder = tmp_path_factory.mktemp("wheel")
    isolation = ["--no-isolation"] if find_spec("hatchling") else []
    run(sys.executable, "-m", "build", "--wheel", *isolation, "--outdir", folder, ROOT, cwd=folder)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a new environment with the wheel, which uses the dependencies of the test environment."""
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    run(sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel, cwd=folder)
    # Only a path, not `addsitedir`, so that the .pth file of an editable installation is not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "nncli"


def test_wheel_has_all_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    configs = {f"nncli/configs/{path.relative_to(ROOT / 'configs')}" for path in (ROOT / "configs").rglob("*.yaml")}
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "nncli").rglob("*.py")}
    scripts = {f"nncli/cli/completion/scripts/nncli.{shell}" for shell in ("bash", "zsh", "fish")}
    others = {"nncli/book/printed.json", "nncli/configs/nncli.schema.json", "nncli/py.typed"}
    assert names >= configs | modules | scripts | others
    assert {name.split("/")[0] for name in names} == {"nncli", f"{wheel.name.split('-py3')[0]}.dist-info"}


def test_installed_wheel_works_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed.with_name("python"), "-c", "import nncli; print(nncli.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parents[1])
    path = run(installed, "train", "configs/sine.yaml", "--epochs", 2, "-q", cwd=tmp_path).strip()
    info = json.loads((tmp_path / path / "run.json").read_text())
    assert (info["status"], info["versions"]["nncli"]) == ("done", run(installed, "--version", cwd=tmp_path).strip())
    assert "1 of 1 lines are the same" in run(installed, "book", "ch17-sine-1x64", "--epochs", 1, cwd=tmp_path)
    paths = run(installed, "train", "configs/book/ch16-spiral.yaml", "--epochs", 2, "--seeds", 2, "-q", cwd=tmp_path)
    assert len(paths.splitlines()) == 2
    assert len(json.loads(run(installed, "runs", "--json", cwd=tmp_path))) == 3
    report = tmp_path / run(installed, "report", path, cwd=tmp_path).strip()
    assert "--ink: " in report.read_text(encoding="utf-8")
    complete = ["env", "_NNCLI_COMPLETE=bash", installed, "train"]
    assert run(*complete, "configs/book/ch16", cwd=tmp_path) == "files\nconfigs/book/ch16-spiral.yaml\n"
    assert run(*complete, "configs/sine.yaml", "init.s", cwd=tmp_path) == "words\ninit.scale=\n"
    assert run(installed, "schema", cwd=tmp_path) == (ROOT / "configs/nncli.schema.json").read_text()
    assert "complete " in run(installed, "--show-completion", "bash", cwd=tmp_path)
