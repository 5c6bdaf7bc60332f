"""A component is described in full, and comes back from a file as it went into it."""

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
    """The abstract class that stands for the kind."""
    return next(base for base in cls.__mro__ if base.__name__.lower() == kind)


def has_one_sentence(doc: str | None) -> bool:
    """Whether a docstring's first line is one sentence."""
    first = (doc or "").splitlines()[0]
    return re.fullmatch(r"[A-Z].*\w.*\.", first) is not None and ". " not in first


def properties_of(cls: type) -> dict[str, Any]:
    """What the JSON Schema says of each field."""
    return TypeAdapter(cls).json_schema()["properties"]


def test_every_kind_has_components():
    assert registry.kinds()
    assert {kind for kind, _ in COMPONENTS} == set(registry.kinds())


@every_component
def test_comes_back_equal(kind, cls):
    component = build(cls)
    text = json.dumps(registry.plain(component))
    back = TypeAdapter(base_of(kind, cls)).validate_json(text)
    assert type(back) is cls
    assert back == component
    assert json.dumps(registry.plain(back)) == text


@every_component
def test_the_bare_name_will_do_where_no_field_is_required(kind, cls):
    adapter, name = TypeAdapter(base_of(kind, cls)), json.dumps(registry.type_name(cls))
    if needed := registry.required_fields(cls):
        with pytest.raises(ValidationError, match="needs more than its name.*" + ".*".join(needed)):
            adapter.validate_json(name)
    else:
        assert adapter.validate_json(name) == cls()


@every_component
def test_is_described(kind, cls):
    assert has_one_sentence(cls.__doc__), f"the first line of {cls.__name__}'s docstring is not one sentence"
    unhelped = [name for name, field in properties_of(cls).items() if name != "type" and not field.get("description")]
    assert not unhelped, f"fields without Help in {cls.__name__}"


@pytest.mark.parametrize("cls", [Experiment, Train, EarlyStopping])
def test_the_rest_of_the_file_is_described(cls):
    assert has_one_sentence(cls.__doc__)
    assert not [name for name, field in properties_of(cls).items() if not field.get("description")]


@every_component
def test_the_name_is_lower_case(kind, cls):
    name = registry.type_name(cls)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert properties_of(cls)["type"]["const"] == name, "the Literal and the default of `type` differ"
    assert registry.find(kind, name) is cls


@every_component
def test_is_frozen_and_has_no_room_for_state(kind, cls):
    component = build(cls)
    with pytest.raises(dataclasses.FrozenInstanceError):
        component.type = "other"
    assert not hasattr(component, "__dict__")


@every_component
def test_an_unknown_field_is_refused(kind, cls):
    data = registry.plain(build(cls)) | {"no_such_field": 1}
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(base_of(kind, cls)).validate_json(json.dumps(data))
    (error,) = caught.value.errors()
    assert error["type"] == "unexpected_keyword_argument"
    assert error["loc"][-1] == "no_such_field"


@every_component
def test_no_field_is_converted_and_no_number_is_infinite(kind, cls):
    fields = dataclasses.fields(cls)
    numbers = [field.name for field in fields if isinstance(getattr(build(cls), field.name), int | float)]
    for name in numbers:
        for wrong in ("1", float("nan"), float("inf"), [1]):
            with pytest.raises(ValidationError) as caught:
                build(cls, **{name: wrong})
            assert [error["loc"] for error in caught.value.errors()] == [(name,)]


def test_a_name_cannot_be_taken_twice():
    twin = type("Twin", (Activation,), {"__annotations__": {"type": str}, "type": "linear"})
    with pytest.raises(ValueError, match="linear is the name of two components: Linear and Twin"):
        registry.register(twin)
    assert registry.find("activation", "linear") is Linear


def test_a_component_belongs_to_one_kind():
    stray = dataclasses.make_dataclass("Stray", [("type", str, "stray")], frozen=True)
    with pytest.raises(TypeError, match="Stray must be a subclass of one kind"):
        registry.register(stray)
