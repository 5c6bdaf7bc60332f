"""Files of runs that are sent between machines."""

from __future__ import annotations

from pathlib import Path

import pytest

import nncli
from nncli.cluster import files
from nncli.cluster.files import digest, is_inside, list_files, read_piece, relocate, write_piece
from nncli.store import Run
from tests.cli.program import TINY

TABLE = "x,z,price\n" + "".join(f"{i},{i * 2 % 7},{i * 3}\n" for i in range(20))
HOUSES = TINY.replace("{type: sine, samples: 20}", "{type: csv, path: houses.csv, target: price}")


def test_pieces_make_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIECE_BYTES", 4)
    source, copy = tmp_path / "source", tmp_path / "folder" / "copy"
    source.write_bytes(b"0123456789")
    for offset in (0, 4, 8, 4):  # a piece that comes again changes nothing
        write_piece(copy, offset, read_piece(source, offset))
    assert copy.read_bytes() == b"0123456789"
    assert digest(copy) == digest(source)
    write_piece(copy, 0, b"")  # a new file replaces an old one
    assert copy.read_bytes() == b""


def test_temporary_files_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    for name in ("config.yaml", "checkpoints/last.npz", ".run.json.1-2.tmp"):
        (tmp_path / name).write_text("text")
    assert [file.name for file in list_files(tmp_path)] == ["checkpoints/last.npz", "config.yaml"]


@pytest.mark.parametrize(("name", "inside"), [("a/b", True), ("", False), ("../b", False), ("a/../../b", False)])
def test_names_cannot_lead_out_of_the_folder(tmp_path: Path, name: str, inside: bool) -> None:
    assert is_inside(tmp_path / name, tmp_path) == inside


def test_absolute_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    assert not is_inside(tmp_path / "/etc/passwd", tmp_path)


def test_relocated_run_is_as_if_trained_at_its_place(tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    for folder in (there, here):
        folder.mkdir()
        (folder / "tiny.yaml").write_text(HOUSES)
        (folder / "houses.csv").write_text(TABLE)
    run = nncli.train(there / "tiny.yaml", runs_dir=there / "runs")
    expected = nncli.train(here / "tiny.yaml", runs_dir=here / "runs")
    moved = {str(there / "houses.csv"): str(here / "houses.csv")}
    relocate(run.path, expected.path, moved)
    assert run.config_text() == expected.config_text()
    keys = ("settings", "config_sha256", "relative_paths")
    assert {key: run.info()[key] for key in keys} == {key: expected.info()[key] for key in keys}


def test_run_without_data_files_keeps_its_info(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY)
    run = nncli.train(tmp_path / "tiny.yaml", runs_dir=tmp_path / "runs")
    before = (run.path / "run.json").read_bytes()
    relocate(run.path, tmp_path / "elsewhere", {})
    assert (Run(run.path).path / "run.json").read_bytes() == before
