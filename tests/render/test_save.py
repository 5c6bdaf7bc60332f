"""Figures saved as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import NncliError, UsageError
from nncli.render.figures import save
from nncli.render.figures.fit import fit
from nncli.render.figures.fit_panel import Fit


def figure(name="x"):
    x = np.linspace(-1, 1, 21).reshape(-1, 1)
    return fit(Fit("sine/1", lambda x: x, Samples(x, x), Description.of_numbers(21, (name,), ("y",))))


@pytest.mark.parametrize("extension", ["PNG", "svg", "pdf"])
def test_same_figure_gives_same_file(tmp_path, extension):
    for name in ("a", "b"):
        save.save(figure(), tmp_path / f"new/{name}.{extension}")
    first, second = ((tmp_path / f"new/{name}.{extension}").read_bytes() for name in ("a", "b"))
    assert first == second
    assert b"Date" not in first
    assert {path.name for path in (tmp_path / "new").iterdir()} == {f"a.{extension}", f"b.{extension}"}


@pytest.mark.parametrize(("path", "message"), [("a.gif", "cannot write a figure as .gif"), ("png", "has no extension")])
def test_refuses_other_extensions_with_a_hint(path, message):
    with pytest.raises(UsageError) as caught:
        save.check_extension(Path(path))
    assert caught.value.lines() == [f"{path}: {message}", "hint: use one of .png, .svg, .pdf"]


def test_error_has_a_hint_if_the_file_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    for path, place in [("file/a.png", "file"), ("folder.png", "folder.png")]:
        with pytest.raises(NncliError) as caught:
            save.save(figure(), tmp_path / path)
        assert caught.value.place == str(tmp_path / place)
        assert caught.value.hint == "choose another file with --output"


def test_matplotlib_settings_are_restored(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    save.save(figure(), tmp_path / "a.png")
    assert dict(matplotlib.rcParams) == before


def test_matplotlib_settings_have_no_effect(tmp_path):
    import matplotlib

    save.save(figure(), tmp_path / "a.png")
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red", "savefig.dpi": 30}):
        save.save(figure(), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_characters_missing_from_the_font_are_tolerated(tmp_path):
    save.save(figure("長さ"), tmp_path / "a.png")
    assert (tmp_path / "a.png").exists()
