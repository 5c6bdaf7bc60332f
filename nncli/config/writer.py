"""Writes plain data as YAML that reads back as the same data."""

from __future__ import annotations

import re
from typing import Any

import yaml

from nncli.config.scalars import MERGE_KEY, PLAIN_SCALARS


def dump(data: Any) -> str:
    """YAML in the order of the data, a mapping or list of nothing but scalars in one line where it fits."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


class _Dumper(yaml.SafeDumper):
    """PyYAML's own dumper, but with the reader's idea of which text needs quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        """Writes out twice what stands at two places, since an alias helps no reader."""
        return True

    def represent(self, data: Any) -> None:
        """Gives each entry of the outermost mapping its own line, whatever it holds."""
        node: Any = self.represent_data(data)
        node.flow_style = False
        self.serialize(node)

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Escapes line breaks and what cannot be seen; in single quotes, some breaks would be read as others."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.yaml_implicit_resolvers = {  # None: whatever the first character is
    None: [
        *((f"tag:yaml.org,2002:{name}", pattern) for name, (pattern, _) in PLAIN_SCALARS.items()),
        ("tag:yaml.org,2002:merge", re.compile(rf"{MERGE_KEY}\Z")),
    ]
}
