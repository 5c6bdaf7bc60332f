"""The registry of components by kind and name, used by validation, `nncli list`, the schema and the docs.

A kind is an abstract class decorated with `@kind`. A component is a subclass decorated with `@register` whose field
`type: Literal["name"] = "name"` gives its name. The class alone declares its fields, limits and help; fields shared by
all components of a kind are declared in the kind. If the type of a field is a kind, a file may give
`{type: name, ...}` or just the name.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints

from nncli.start_up.fast_dataclass import fast_dataclass

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar("T", bound=type)

# Pydantic's configuration of all spec classes: no unknown fields, no conversions, no infinite numbers.
STRICT = {"extra": "forbid", "strict": True, "allow_inf_nan": False}
# A union puts its tag into the path of an error; the mark distinguishes a tag from a key.
TAG_MARK, BARE_MARK = "<", "<bare "
LIST, MAPPING = f"{TAG_MARK}list", f"{TAG_MARK}mapping"

_kinds: dict[str, type] = {}
_tables: dict[str, dict[str, type]] = {}
_limited_names: ContextVar[Collection[str] | None] = ContextVar("limited_names", default=None)


class Help(str):
    """The help of a field, as in `Annotated[int, Gt(0), Help("columns of the output")]`."""

    __slots__ = ()

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), "description": str(self)}


class OneOf:
    """Mark a field that takes components of several kinds, as `layers` takes layers and activations."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _union(self.kinds, handler)


class WordOr:
    """Mark a field that takes one word, a list or a mapping, as in `Literal["balanced"] | tuple[...] | dict[...]`.

    For a wrong value, pydantic would report the errors of all three choices of a plain union.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import PydanticCustomError, core_schema

        literal, *others = get_args(source)
        (word,) = get_args(literal)

        def check(value: Any, inner: Any) -> Any:
            if value == word:
                return value
            if not isinstance(value, list | tuple | dict):
                raise PydanticCustomError("no_word", "must be {word}, a list or a mapping", {"word": word})
            return inner(tuple(value) if isinstance(value, list) else value)

        def tag(value: Any) -> str:
            return MAPPING if isinstance(value, dict) else LIST

        choices = dict(zip((LIST, MAPPING), map(handler.generate_schema, others), strict=True))
        inner = core_schema.tagged_union_schema(choices, tag)
        metadata = {"word": word, "choices": list(choices.values())}
        return core_schema.no_info_wrap_validator_function(check, inner, metadata=metadata)

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        word, choices = core["metadata"]["word"], core["metadata"]["choices"]
        return {"anyOf": [{"const": word}, *map(handler, choices)]}


class OneError:
    """Mark a field that takes several types, so that pydantic reports one error of this kind for all of them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        choices = map(handler.generate_schema, get_args(source))
        return core_schema.union_schema([*choices], custom_error_type=self.kind, custom_error_message=self.kind)


def kind(cls: T) -> T:
    """Register an abstract class as a kind of component, with the name of the class in lower case."""
    name = cls.__name__.lower()
    _kinds[name] = cls
    _tables[name] = {}

    def core_schema(source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _union((name,), handler) if source is cls else handler(source)

    cls.__get_pydantic_core_schema__ = staticmethod(core_schema)  # type: ignore[attr-defined]
    return cls


@dataclass_transform(kw_only_default=True, frozen_default=True)
def spec_class(cls: T) -> T:
    """Make a class of the spec a frozen dataclass that pydantic validates strictly."""
    cls.__pydantic_config__ = STRICT  # type: ignore[attr-defined]
    return fast_dataclass(cls)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def register(cls: T) -> T:
    """Register a class as a component: a frozen dataclass with its fields, followed by those of its kind.

    Raises TypeError if the class does not belong to exactly one kind, and ValueError if its name is taken.
    """
    kinds = [name for name, base in _kinds.items() if base in cls.__mro__]  # issubclass of an ABC would be slower
    if len(kinds) != 1:
        raise TypeError(f"{cls.__name__} must be a subclass of one kind of component, not of {kinds or 'none'}")
    own = cls.__annotations__
    cls.__annotations__ = own | _shared_fields(_kinds[kinds[0]]) | own  # own fields come first and override shared ones
    component = spec_class(cls)
    table, name = _tables[kinds[0]], type_name(component)
    if name in table:
        raise ValueError(f"{name} is the name of two components: {table[name].__name__} and {cls.__name__}")
    table[name] = component
    return component


@cache
def _shared_fields(base: type) -> dict[str, Any]:
    """Return the fields with a default in the abstract class of a kind, by name.

    Empty for a kind that is a dataclass: its components inherit its fields, before their own.
    """
    if dataclasses.is_dataclass(base):
        return {}
    hints = get_type_hints(base, include_extras=True).items()
    return {name: hint for name, hint in hints if name in vars(base) and get_origin(hint) is not ClassVar}


def discover(package: str, path: Iterable[str]) -> None:
    """Import every module of a package, so that adding a file registers its component."""
    for module in pkgutil.iter_modules(path):
        importlib.import_module(f"{package}.{module.name}")


@contextmanager
def limit_components(names: Collection[str]) -> Iterator[None]:
    """Within the context, limit new pydantic schemas to the named components, if a kind has any of them."""
    token = _limited_names.set(names)
    try:
        yield
    finally:
        _limited_names.reset(token)


def kinds() -> list[str]:
    """Return the names of all kinds, sorted."""
    return sorted(_kinds)


def components(kind: str) -> list[type]:
    """Return the registered classes of a kind, sorted by name."""
    return [_tables[kind][name] for name in sorted(_tables[kind])]


def find(kind: str, name: str) -> type | None:
    """Return the component of a kind by name, or None."""
    return _tables[kind].get(name)


def type_name(cls: type) -> str:
    """Return the name of a component in files, which is the default of its field `type`."""
    return str(cls.__dataclass_fields__["type"].default)  # type: ignore[attr-defined]


def required_fields(cls: type) -> list[str]:
    """Return the names of the fields without a default."""
    missing = dataclasses.MISSING
    return [f.name for f in dataclasses.fields(cls) if f.default is missing and f.default_factory is missing]


def plain(value: Any) -> Any:
    """Return a spec or component as mappings, lists and scalars without unset fields, as a file would have it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if names := _field_names(value.__class__):
        return {name: plain(field) for name in names if (field := getattr(value, name)) is not None}
    return value


@cache
def _field_names(cls: type) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass; none for another class."""
    return tuple(field.name for field in dataclasses.fields(cls)) if dataclasses.is_dataclass(cls) else ()


def _union(kinds: Sequence[str], handler: GetCoreSchemaHandler) -> CoreSchema:
    """Return a schema for `{type: name, ...}` or a bare name; the tag of each choice is its marked name."""
    from pydantic_core import core_schema

    choices: dict[Any, CoreSchema] = {}
    known = [cls for kind in kinds for cls in components(kind)]
    limited_names = _limited_names.get()
    for cls in (
        known if limited_names is None else [cls for cls in known if type_name(cls) in limited_names] or known[:1]
    ):
        name = type_name(cls)
        choices[f"{TAG_MARK}{name}"] = handler.generate_schema(cls)
        choices[f"{BARE_MARK}{name}"] = _bare_name_schema(name, cls)

    def tag(value: Any) -> str | None:
        if isinstance(value, str):
            return f"{BARE_MARK}{value}"
        name = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
        return f"{TAG_MARK}{name}" if isinstance(name, str) else None

    return core_schema.tagged_union_schema(choices, tag, metadata={"kinds": list(kinds)})


def _bare_name_schema(name: str, cls: type) -> CoreSchema:
    """Return the schema for a bare name, with an error that lists the fields if the component needs any."""
    from pydantic_core import PydanticCustomError, core_schema

    def build(value: str) -> Any:
        if needed := required_fields(cls):
            fields = ", ".join(f"{field}: ..." for field in needed)
            raise PydanticCustomError(
                "bare_name",
                "{name} needs more than its name: {{type: {name}, {fields}}}",
                {"name": name, "fields": fields},
            )
        return cls()

    return core_schema.no_info_after_validator_function(build, core_schema.literal_schema([name]))
