"""The experiments that come with nncli: found in a checkout and in an installation; the user's own go first."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli import bundled_configs
from nncli.errors import NncliError


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package that is installed without its experiments."""
    package = tmp_path / "site-packages" / "nncli"
    package.mkdir(parents=True)
    monkeypatch.setattr(bundled_configs, "__file__", str(package / "bundled_configs.py"))
    return package


def ship(folder: Path) -> Path:
    folder.mkdir()
    (folder / "sine.yaml").write_text("shipped")
    return folder


def test_in_this_checkout() -> None:
    folder = bundled_configs.configs()
    assert {"sine.yaml", "spiral.yaml", "book"} <= {path.name for path in folder.iterdir()}


def test_in_an_installation_and_in_a_checkout(installed: Path) -> None:
    beside = ship(installed.parent / "configs")
    assert bundled_configs.configs() == beside
    within = ship(installed / "configs")
    assert bundled_configs.configs() == within


def test_a_folder_of_that_name_that_is_not_ours(installed: Path) -> None:
    (installed.parent / "configs").mkdir()
    with pytest.raises(NncliError, match="the experiments that come with nncli are not there"):
        bundled_configs.configs()


def test_the_users_own_file_goes_first(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    within = ship(installed / "configs")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    spec = Path("configs/sine.yaml")
    assert bundled_configs.find(spec) == within / "sine.yaml"
    ship(tmp_path / "work" / "configs")
    assert bundled_configs.find(spec) == spec


@pytest.mark.parametrize("spec", ["configs/none.yaml", "sine.yaml", "other/sine.yaml", "/configs/sine.yaml", "-"])
def test_what_stays_as_it_is(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str) -> None:
    ship(installed / "configs")
    monkeypatch.chdir(tmp_path)
    assert bundled_configs.find(Path(spec)) == Path(spec)


def test_no_way_out_of_the_folder(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`configs/..` leads where it leads for the user, not into the package."""
    ship(installed / "configs")
    (installed / "bundled_configs.py").write_text("")
    monkeypatch.chdir(tmp_path)
    assert bundled_configs.find(Path("configs/../bundled_configs.py")) == Path("configs/../bundled_configs.py")
