"""`nncli schema`: what it prints is a schema by which the shipped experiments are right and wrong ones are not."""

from __future__ import annotations

import jsonschema
import pytest

from nncli import shipped
from nncli.config import schema
from nncli.config.nodes import plain
from nncli.config.reader import read_file, read_text
from tests.cli.program import TINY, Program, json_of


def test_it_prints_the_schema(program: Program) -> None:
    found = json_of(program("schema"))
    assert found == schema.schema()
    jsonschema.Draft202012Validator.check_schema(found)
    validator = jsonschema.Draft202012Validator(found)
    for path in shipped.configs().rglob("*.yaml"):
        validator.validate(plain(read_file(path)))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(plain(read_text(TINY.replace("units: 4", "units: 0"), "tiny.yaml")))
