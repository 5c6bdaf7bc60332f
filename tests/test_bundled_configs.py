"""Bundled experiments are found in a checkout and in an installation, after the user's own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli import bundled_configs
from nncli.errors import NncliError


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an installed package that lacks its experiments."""
    package = tmp_path / "site-packages" / "nncli"
    package.mkdir(parents=True)
    monkeypatch.setattr(bundled_configs, "__file__", str(package / "bundled_configs.py"))
    return package


def add_configs(folder: Path) -> Path:
    folder.mkdir()
    (folder / "sine.yaml").write_text("bundled")
    return folder


def test_configs_are_found_in_this_checkout() -> None:
    folder = bundled_configs.configs()
    assert {"sine.yaml", "spiral.yaml", "book"} <= {path.name for path in folder.iterdir()}


def test_configs_in_the_package_come_before_those_beside_it(installed: Path) -> None:
    beside = add_configs(installed.parent / "configs")
    assert bundled_configs.configs() == beside
    within = add_configs(installed / "configs")
    assert bundled_configs.configs() == within


def test_another_configs_folder_is_not_used(installed: Path) -> None:
    (installed.parent / "configs").mkdir()
    with pytest.raises(NncliError, match="the bundled experiments are missing; reinstall nncli"):
        bundled_configs.configs()


def test_existing_user_file_comes_first(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    within = add_configs(installed / "configs")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    spec = Path("configs/sine.yaml")
    assert bundled_configs.find(spec) == within / "sine.yaml"
    add_configs(tmp_path / "work" / "configs")
    assert bundled_configs.find(spec) == spec


@pytest.mark.parametrize("spec", ["configs/none.yaml", "sine.yaml", "other/sine.yaml", "/configs/sine.yaml", "-"])
def test_other_paths_are_unchanged(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str) -> None:
    add_configs(installed / "configs")
    monkeypatch.chdir(tmp_path)
    assert bundled_configs.find(Path(spec)) == Path(spec)


def test_find_does_not_leave_the_configs_folder(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`configs/..` means the user's folder, not the package."""
    add_configs(installed / "configs")
    (installed / "bundled_configs.py").write_text("")
    monkeypatch.chdir(tmp_path)
    assert bundled_configs.find(Path("configs/../bundled_configs.py")) == Path("configs/../bundled_configs.py")
