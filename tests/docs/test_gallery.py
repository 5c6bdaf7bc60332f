"""The page of figures lists and shows every figure, with pictures that its script draws and that are small."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from nncli.cli.commands.plot import FigureName

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 60_000  # bytes of a picture: a reader of the page loads all of them
PAGE = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")


@pytest.fixture
def gallery() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_gallery", ROOT / "tools" / "make_gallery.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_kind_has_a_section_in_order() -> None:
    assert re.findall(r"^## (\w+)$", PAGE, re.MULTILINE) == [*FigureName]
    assert re.findall(r"^\| \[`(\w+)`\]\(#\1\)", PAGE, re.MULTILINE) == [*FigureName]


def test_every_figure_that_is_named_anywhere_can_be_drawn() -> None:
    """In hints, examples and pages."""
    files = [
        ROOT / "README.md",
        *(ROOT / "nncli").rglob("*.py"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "configs").rglob("*.yaml"),
    ]
    texts = [path.read_text(encoding="utf-8") for path in files]
    named = {name for text in texts for name in re.findall(r"(?<!leave )--what ([a-z]+)", text)}
    assert {"fit", "roc"} < named <= {*FigureName}


def test_the_list_is_that_of_the_registry(gallery: ModuleType) -> None:
    assert gallery.update_page(PAGE) == PAGE, "run tools/make_gallery.py"


def test_a_figure_without_a_row_or_a_section_gets_both(gallery: ModuleType) -> None:
    """In its place, with the pictures and a command that makes one."""
    for name in FigureName:
        start = PAGE.index(f"\n## {name}\n")
        rest = PAGE[start + 1 :]
        end = rest.find("\n## ") if "\n## " in rest else rest.rindex("\n`python")
        row = next(line for line in PAGE.splitlines(keepends=True) if line.startswith(f"| [`{name}`]"))
        again = gallery.update_page((PAGE[: start + 1] + rest[end + 1 :]).replace(row, ""))
        assert re.findall(r"^## (\w+)$", again, re.MULTILINE) == [*FigureName]
        assert re.findall(r"!\[.+\]\(images/figure-([\w-]+)\.png\)", again) == [*gallery.PICTURES]
        assert row in again
        assert re.search(r"```bash\nnncli (train|sweep) configs/", again[start : start + 1000])


def test_every_picture_of_the_script_is_shown_and_small(gallery: ModuleType) -> None:
    pictures = re.findall(r"!\[.+\]\(images/figure-([\w-]+)\.png\)", PAGE)
    assert pictures == [*gallery.PICTURES]
    assert {picture.partition("-")[0] for picture in pictures} == {*FigureName}, "each kind has a picture"
    sizes = {picture: (ROOT / "docs" / "images" / f"figure-{picture}.png").stat().st_size for picture in pictures}
    assert {picture: size for picture, size in sizes.items() if size >= LARGEST} == {}


@pytest.mark.parametrize(("width", "fits"), [(100, True), (400, False)])
def test_the_script_makes_no_larger_picture(
    gallery: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, fits: bool
) -> None:
    """Of a picture of noise, which no format makes small, 100 pixels a side fit and 400 do not."""

    def plot(command: list[str], check: bool) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (width, width, 3), np.uint8)
        Image.fromarray(noise).save(command[-1])

    monkeypatch.setattr(gallery.subprocess, "run", plot)
    monkeypatch.setitem(gallery.PICTURES, "noise", gallery.Picture("noise", [], []))
    if not fits:
        message = r"figure-noise\.png has [\d,]+ bytes, more than 60,000; simplify the picture$"
        with pytest.raises(ValueError, match=message):
            gallery.draw(tmp_path, tmp_path, "noise")
        return
    gallery.draw(tmp_path, tmp_path, "noise")
    assert (tmp_path / "figure-noise.png").stat().st_size < LARGEST
    with Image.open(tmp_path / "figure-noise.png") as drawn:
        assert drawn.mode == "P", "few colours make it small"
