"""`nncli schema`: print the schema, or write it to a file without overwriting others."""

from __future__ import annotations

import json

import jsonschema
import pytest

from nncli import bundled_configs
from nncli.config import schema
from nncli.config.nodes import plain
from nncli.config.reader import read_file, read_text
from tests.cli.program import TINY, Program, json_of


def test_the_printed_schema_accepts_bundled_configs_and_rejects_errors(program: Program) -> None:
    printed = json_of(program("schema"))
    assert printed == schema.schema()
    jsonschema.Draft202012Validator.check_schema(printed)
    validator = jsonschema.Draft202012Validator(printed)
    for path in bundled_configs.configs().rglob("*.yaml"):
        validator.validate(plain(read_file(path)))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(plain(read_text(TINY.replace("units: 4", "units: 0"), "tiny.yaml")))


def test_write_creates_and_updates_the_file(program: Program) -> None:
    path = program.folder / "nncli.schema.json"
    for _ in range(2):
        assert program("schema", "--write") == (0, "nncli.schema.json\n", "")
        assert path.read_text() == program("schema").out
        path.write_text(json.dumps({"title": "nncli experiment", "of": "an older version"}))
    assert program("schema", "--write", "other.json") == (0, "other.json\n", "")
    assert sorted(each.name for each in program.folder.iterdir()) == ["nncli.schema.json", "other.json", "tiny.yaml"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"title": "sine"}', "[" * 100_000, "\xff"])
def test_write_does_not_overwrite_other_files(program: Program, text: str) -> None:
    path = program.folder / "nncli.schema.json"
    path.write_text(text, encoding="latin-1")
    hint = "hint: write to another file: nncli schema --write experiment.schema.json\n"
    message = f"nncli.schema.json: already exists and is not a schema of nncli\n{hint}"
    assert program("schema", "--write") == (2, "", message)
    assert path.read_text(encoding="latin-1") == text


def test_write_refuses_folders_and_dangling_links(program: Program) -> None:
    (program.folder / "link").symlink_to("nowhere")
    for path in (".", "link"):
        done = program("schema", "--write", path)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"{path}: already exists and is not a schema of nncli\n")


def test_an_unwritable_path_is_an_error(program: Program) -> None:
    done = program("schema", "--write", "nowhere/x.json")
    hint = "hint: write to another folder: nncli schema --write PATH\n"
    assert done == (1, "", f"nowhere/x.json: cannot be written: no such file or directory\n{hint}")


def test_a_path_needs_write(program: Program) -> None:
    done = program("schema", "x.json")
    assert done == (2, "", "x.json: add --write to write the schema to this file\n")
    assert not (program.folder / "x.json").exists()
