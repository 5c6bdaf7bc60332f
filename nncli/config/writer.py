"""Write plain data as YAML that reads back as the same data."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from nncli.config.scalars import MERGE_KEY, PLAIN_SCALARS

WIDTH = 120
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")  # a number that Python writes like YAML, unlike 1e-07


def dump(data: Any) -> str:
    """Return data as YAML in the same order, with a mapping or list of scalars on one line if it fits."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=None)


def dump_field(name: str, value: Any) -> str:
    """Return `dump({name: value})` for a field of an experiment, in a fifth of the time if it is a short mapping."""
    if isinstance(value, dict) and all(map(_is_plain, value.items())):
        line = f"{name}: {{{', '.join(f'{_scalar(key)}: {_scalar(item)}' for key, item in value.items())}}}\n"
        if len(line) < WIDTH:
            return line
    return dump({name: value})


def _is_plain(entry: tuple[str, Any]) -> bool:
    """Return whether an entry of a mapping is a scalar that can be on one line with others."""
    key, value = entry
    is_scalar = value.isprintable() if isinstance(value, str) else not isinstance(value, dict | list)
    return is_scalar and key.isidentifier()


def override(path: str, value: Any) -> str:
    """Return the argument that sets a value on the command line, as in `init.scale=0.1`."""
    return f"{path}={_inline(value) if isinstance(value, dict | list) else _scalar(value)}"


def _scalar(value: str | float | bool | None) -> str:
    """Return a scalar as it is written in a list on one line."""
    text = repr(value)
    return text if type(value) in (int, float) and NUMBER.fullmatch(text) else _inline_scalar(value)


@lru_cache(maxsize=256, typed=True)
def _inline_scalar(value: str | float | bool | None) -> str:
    return _inline(value)


def _inline(value: Any) -> str:
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": float("inf")}
    listed: str = yaml.dump([value], Dumper=_Inline, default_flow_style=True, **options)  # a scalar alone gets a `...`
    return listed.strip()[1:-1]


class _Dumper(yaml.SafeDumper):
    """PyYAML's dumper, quoting the text that our reader would not read as text."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that occurs twice in full, since an alias is harder to read."""
        return True

    def represent(self, data: Any) -> None:
        """Start each entry of the outermost mapping on a new line, whatever its value."""
        node: Any = self.represent_data(data)
        node.flow_style = False
        self.serialize(node)

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Escape line breaks and invisible characters; in single quotes, some breaks would be read as others."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


class _Inline(_Dumper):
    """The same on one line."""

    represent = yaml.SafeDumper.represent


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.yaml_implicit_resolvers = {  # None: for any first character
    None: [
        *((f"tag:yaml.org,2002:{name}", pattern) for name, (pattern, _) in PLAIN_SCALARS.items()),
        ("tag:yaml.org,2002:merge", re.compile(rf"{MERGE_KEY}\Z")),
    ]
}
