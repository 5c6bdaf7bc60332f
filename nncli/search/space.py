"""The space of a sweep: the settings that its trials change, and the values that they take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from nncli.search.domains import Choice, Domain, Range, count_values, matches
from nncli.settings import compact, differences, join_path

Settings: TypeAlias = dict[str, Any]  # the value of each setting of a trial, by path


class Parameter(NamedTuple):
    """A domain at its place in a space: the path of the setting, and a key that no other parameter has."""

    path: str
    key: str
    domain: Domain


# Returns the value of a parameter; of a Choice, the number of an option.
Choose: TypeAlias = Callable[[Parameter], Any]


@dataclass(frozen=True)
class Space:
    """Templates of settings by path: domains, or mappings and lists that contain domains.

    An option of a Choice can be a template itself: its parameters exist only in the trials that take this option.
    """

    templates: Mapping[str, Any]

    def settings(self, choose: Choose) -> Settings:
        """Return the settings of a trial, asking `choose` for the value of each parameter that exists in it."""
        return {path: _fill(template, path, path, choose) for path, template in self.templates.items()}

    def contains(self, settings: Settings) -> bool:
        """Return whether a trial with these settings is in the space."""
        return matches(dict(self.templates), settings)

    def values(self, settings: Settings) -> dict[str, Any]:
        """Return the value of each parameter in a trial by its key; of a Choice, the number of an option."""
        values = dict[str, Any]()
        for path, template in self.templates.items():
            _read(template, settings[path], path, path, values)
        return values

    def parameters(self) -> list[Parameter]:
        """Return every parameter, outer before inner."""
        return [found for path, template in self.templates.items() for found in _parameters(template, path, path)]

    @cached_property
    def size(self) -> int | None:
        """The number of different trials, None if a parameter has a range."""
        has_range = any(isinstance(each.domain, Range) for each in self.parameters())
        return None if has_range else count_values(dict(self.templates))

    def point(self, number: int) -> Settings:
        """Return a trial of a finite space by its number from 0; the last setting changes fastest."""
        return dict(_pick(dict(self.templates), number))


def labels(choice: Choice) -> list[str]:
    """Return a short text for each option, as in `adam` for {type: adam, learning_rate: ...}.

    Mappings with the same text have the fields in which all options differ instead, as in `learning_rate=0.01`.
    """
    options = [_without_domains(option) for option in choice.options]
    texts = list(map(compact, options))
    if len(set(texts)) < len(texts) and all(isinstance(option, dict) for option in options):
        texts = [fields or text for fields, text in zip(_differing_fields(options), texts, strict=True)]
    return [text if texts.count(text) == 1 else f"{text} #{number}" for number, text in enumerate(texts)]


def _differing_fields(options: list[dict[str, Any]]) -> list[str]:
    """Return the fields of each option in which the options differ, without those that it does not have."""
    fields = list(differences(options))
    texts = list[str]()
    for number in range(len(options)):
        own = [(path, values[number]) for path, values in fields if values[number] is not None]
        texts.append(" ".join(f"{path}={compact(value)}" if path else compact(value) for path, value in own))
    return texts


def _fill(template: Any, path: str, key: str, choose: Choose) -> Any:
    match template:
        case Choice():
            number = choose(Parameter(path, key, template))
            return _fill(template.options[number], path, f"{key}[{number}]", choose)
        case Range():
            return choose(Parameter(path, key, template))
        case dict():
            return {k: _fill(item, join_path(path, k), join_path(key, k), choose) for k, item in template.items()}
        case list():
            return [_fill(item, f"{path}.{i}", f"{key}.{i}", choose) for i, item in enumerate(template)]
        case _:
            return template


def _read(template: Any, value: Any, path: str, key: str, values: dict[str, Any]) -> None:
    match template:
        case Choice():
            number = template.option_of(value)
            assert number is not None, "the settings are not in the space"
            values[key] = number
            _read(template.options[number], value, path, f"{key}[{number}]", values)
        case Range():
            values[key] = value
        case dict():
            for k, item in template.items():
                _read(item, value[k], join_path(path, k), join_path(key, k), values)
        case list():
            for i, item in enumerate(template):
                _read(item, value[i], f"{path}.{i}", f"{key}.{i}", values)


def _parameters(template: Any, path: str, key: str) -> Iterator[Parameter]:
    match template:
        case Choice():
            yield Parameter(path, key, template)
            for number, option in enumerate(template.options):
                yield from _parameters(option, path, f"{key}[{number}]")
        case Range():
            yield Parameter(path, key, template)
        case dict():
            for k, item in template.items():
                yield from _parameters(item, join_path(path, k), join_path(key, k))
        case list():
            for i, item in enumerate(template):
                yield from _parameters(item, f"{path}.{i}", f"{key}.{i}")


def _pick(template: Any, number: int) -> Any:
    """Return a value of a template without ranges by its number."""
    match template:
        case Choice():
            if template.count == len(template.options):
                return _pick(template.options[number], 0)
            for option in template.options:
                if number < (count := count_values(option)):
                    return _pick(option, number)
                number -= count
            raise IndexError(number)
        case dict() | list():
            items = template if isinstance(template, dict) else dict(enumerate(template))
            picked = dict[Any, Any]()
            for key in reversed(items):
                number, index = divmod(number, count_values(items[key]))
                picked[key] = _pick(items[key], index)
            ordered = {key: picked[key] for key in items}
            return ordered if isinstance(template, dict) else list(ordered.values())
        case _:
            return template


def _without_domains(template: Any) -> Any:
    """Return a template without its domains, for a label."""
    match template:
        case dict():
            return {
                key: _without_domains(item) for key, item in template.items() if not isinstance(item, Choice | Range)
            }
        case list():
            return [_without_domains(item) for item in template if not isinstance(item, Choice | Range)]
        case _:
            return template
