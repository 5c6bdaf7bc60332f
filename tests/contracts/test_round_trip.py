"""Every component is fully described, and survives writing to a file and reading back."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from nncli import registry
from nncli.experiment import EarlyStopping, Experiment, Train
from nncli.nn.activations.base import Activation
from nncli.nn.activations.linear import Linear
from tests.contracts.parts import build

COMPONENTS = [(kind, cls) for kind in registry.kinds() for cls in registry.components(kind)]
every_component = pytest.mark.parametrize(
    ("kind", "cls"), [pytest.param(kind, cls, id=f"{kind}-{registry.type_name(cls)}") for kind, cls in COMPONENTS]
)


def base_of(kind: str, cls: type) -> type:
    """Return the abstract class of a kind."""
    return next(base for base in cls.__mro__ if base.__name__.lower() == kind)


def has_one_sentence(doc: str | None) -> bool:
    """Return whether the first line of a docstring is one sentence."""
    first = (doc or "").splitlines()[0]
    return re.fullmatch(r"[A-Z].*\w.*\.", first) is not None and ". " not in first


def properties_of(cls: type) -> dict[str, Any]:
    """Return the JSON Schema of each field."""
    return TypeAdapter(cls).json_schema()["properties"]


def test_every_kind_has_components():
    assert registry.kinds()
    assert {kind for kind, _ in COMPONENTS} == set(registry.kinds())


@every_component
def test_component_is_read_back_equal(kind, cls):
    component = build(cls)
    text = json.dumps(registry.plain(component))
    loaded = TypeAdapter(base_of(kind, cls)).validate_json(text)
    assert type(loaded) is cls
    assert loaded == component
    assert json.dumps(registry.plain(loaded)) == text


@every_component
def test_bare_name_is_enough_unless_fields_are_required(kind, cls):
    adapter, name = TypeAdapter(base_of(kind, cls)), json.dumps(registry.type_name(cls))
    if required := registry.required_fields(cls):
        with pytest.raises(ValidationError, match="needs more than its name.*" + ".*".join(required)):
            adapter.validate_json(name)
    else:
        assert adapter.validate_json(name) == cls()


@every_component
def test_component_and_its_fields_are_described(kind, cls):
    assert has_one_sentence(cls.__doc__), f"the first line of {cls.__name__}'s docstring is not one sentence"
    unhelped = [name for name, field in properties_of(cls).items() if name != "type" and not field.get("description")]
    assert not unhelped, f"fields without Help in {cls.__name__}"


@pytest.mark.parametrize("cls", [Experiment, Train, EarlyStopping])
def test_mappings_of_the_file_are_described(cls):
    assert has_one_sentence(cls.__doc__)
    assert not [name for name, field in properties_of(cls).items() if not field.get("description")]


@every_component
def test_name_is_lower_case_and_unambiguous(kind, cls):
    name = registry.type_name(cls)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert properties_of(cls)["type"]["const"] == name, "the Literal and the default of `type` differ"
    assert registry.find(kind, name) is cls


@every_component
def test_component_is_frozen_and_has_no_dict(kind, cls):
    component = build(cls)
    with pytest.raises(dataclasses.FrozenInstanceError):
        component.type = "other"
    assert not hasattr(component, "__dict__")


@every_component
def test_unknown_field_is_refused(kind, cls):
    data = registry.plain(build(cls)) | {"no_such_field": 1}
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(base_of(kind, cls)).validate_json(json.dumps(data))
    (error,) = caught.value.errors()
    assert error["type"] == "unexpected_keyword_argument"
    assert error["loc"][-1] == "no_such_field"


@every_component
def test_wrong_types_and_infinite_numbers_are_refused(kind, cls):
    fields = dataclasses.fields(cls)
    numbers = [field.name for field in fields if isinstance(getattr(build(cls), field.name), int | float)]
    for name in numbers:
        for wrong in ("1", float("nan"), float("inf"), [1]):
            with pytest.raises(ValidationError) as caught:
                build(cls, **{name: wrong})
            assert [error["loc"] for error in caught.value.errors()] == [(name,)]


def test_register_refuses_a_name_twice():
    twin = type("Twin", (Activation,), {"__annotations__": {"type": str}, "type": "linear"})
    with pytest.raises(ValueError, match="linear is the name of two components: Linear and Twin"):
        registry.register(twin)
    assert registry.find("activation", "linear") is Linear


def test_register_refuses_a_class_of_no_kind():
    stray = dataclasses.make_dataclass("Stray", [("type", str, "stray")], frozen=True)
    with pytest.raises(TypeError, match="Stray must be a subclass of one kind"):
        registry.register(stray)
