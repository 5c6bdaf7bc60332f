"""Read YAML into a tree with places: in one pass, within size limits, and without running code from the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import TypeGuard

import yaml

from nncli.config import text as texts
from nncli.config.nodes import Entry, Node, Place, Scalar, kind
from nncli.config.number_slips import with_point, with_space
from nncli.config.scalars import MERGE_KEY, resolve
from nncli.config.syntax import At, events, has_comment
from nncli.errors import SpecErrors, UsageError
from nncli.file_limits import MAX_DEPTH, MAX_FILE_SIZE, MAX_VALUES, TOO_LARGE
from nncli.text import shorten

MAX_PROBLEMS = 20  # reported at once

# Control characters, halves of surrogate pairs, and a byte-order mark that is not the first character. A pattern of the
# characters that are allowed would take 5 ms to compile.
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def read_file(path: Path, named_at: Place | None = None) -> Node:
    """Return the tree of a file, or of standard input for `-`. Raises UsageError like `text.read` and `read_text`."""
    return read_text(texts.read(path, named_at), texts.source_of(path))


def read_text(text: str, source: str) -> Node:
    """Return the tree of a file's text. Raises UsageError if it is not a mapping in plain YAML within the limits."""
    root = _read(text.removeprefix("\ufeff"), lambda line, column: Place(source, line + 1, column + 1))
    if root is None:
        raise UsageError("is empty", place=str(Place(source)), hint="give at least data, layers and loss")
    if not isinstance(root.value, dict):
        raise UsageError(f"must be a mapping of keys to values, not {kind(root)}", place=str(root.place))
    return root


@lru_cache(maxsize=256)  # the trials of a sweep have arguments in common
def read_value(text: str, place: Place) -> Node:
    """Return the tree of an argument's value.

    Raises UsageError as for a file, and if the value is empty or contains a comment.
    """
    if has_comment(text):
        hint = """remove the comment, or quote text that contains a #, as in 'data.target="item #3"'"""
        raise UsageError("ends at the #, which begins a comment in YAML", place=str(place), hint=hint)
    root = _read(text, lambda line, column: place)
    if root is None:
        key = place.source.partition("=")[0]
        raise UsageError(f"has no value; write `{shorten(key)}=null` to unset it", place=str(place))
    return root


def _read(text: str, at: At) -> Node | None:
    """Return the tree of a text, or None if it is empty. Raises UsageError, with several problems at once."""
    if len(text) > MAX_FILE_SIZE:
        raise UsageError(TOO_LARGE, place=str(at(0, 0)))
    if match := NOT_TEXT.search(text):
        line, column = text.count("\n", 0, match.start()), match.start() - text.rfind("\n", 0, match.start()) - 1
        message = f"contains U+{ord(match[0]):04X}, which is not a text character; remove it"
        raise UsageError(message, place=str(at(line, column)))
    if text.lstrip().startswith("{"):  # JSON may be indented with tabs, which PyYAML rejects
        text = re.sub(r"^[ \t]+", lambda indent: indent[0].replace("\t", " "), text, flags=re.MULTILINE)
    builder, root = _Builder(events(text, at), at), None
    try:
        root = builder.document()
    except UsageError as last:
        builder.problems.append(last)
    if builder.problems:
        raise SpecErrors(builder.problems) if len(builder.problems) > 1 else builder.problems[0]
    return root


def _is_plain(event: yaml.Event) -> TypeGuard[yaml.ScalarEvent]:
    """Return whether an event is a scalar without quotes and without a tag."""
    return isinstance(event, yaml.ScalarEvent) and event.implicit[0]


# Walking the nodes of `yaml.compose` would be 25 lines shorter, but takes 1.8 times as long, since limits must be
# checked on the events first. It would also lose messages: problems before a syntax error, the place of an alias, and
# the error about the tag `!`.
class _Builder:
    """Build nodes from the events of one document, collecting problems that do not prevent further reading."""

    def __init__(self, events: Iterator[yaml.Event], at: At) -> None:
        self.events, self.at = events, at
        self.problems: list[UsageError] = []
        self.anchors: dict[str, Node | None] = {}  # None while the node is still being read
        self.count = 0

    def document(self) -> Node | None:
        """Return the only document of the text, or None. Raises UsageError if the text cannot be read further."""
        next(self.events)  # the start of the stream
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        node = self.node(next(self.events), 0)
        next(self.events)  # the end of the document
        if not isinstance(after := next(self.events), yaml.StreamEndEvent):
            self.report("a second document begins here; keep one document per file", self.place(after))
        return node

    def place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return self.at(mark.line, mark.column) if mark else self.at(0, 0)

    def node(self, event: yaml.Event, depth: int) -> Node:
        """Return the node that an event starts, at a nesting depth."""
        place = self.place(event)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(str(event.anchor), place, depth)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        self.add(1, place)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.report(f"the tag {shorten(tag)} is not allowed; use plain data only", place)
        if event.anchor:
            self.anchors[event.anchor] = None
        value: Scalar | dict[str, Entry] | list[Node]
        if isinstance(event, yaml.ScalarEvent):
            value = self.scalar(event, place)
        else:
            self.check_depth(depth + 1, place)
            inner = takewhile(lambda event: not isinstance(event, yaml.CollectionEndEvent), self.events)
            is_list = isinstance(event, yaml.SequenceStartEvent)
            value = [self.node(item, depth + 1) for item in inner] if is_list else self.mapping(inner, depth + 1)
        node = Node(value, place)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def scalar(self, event: yaml.ScalarEvent, place: Place) -> Scalar:
        """Return quoted text unchanged, and the value that unquoted text stands for."""
        try:
            if event.implicit[0]:
                return resolve(event.value)
            # JSON writes a character beyond U+FFFF as two escapes, which PyYAML reads as two characters.
            return event.value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            self.report("contains half of a surrogate pair, which is not a character", place)
        except ValueError as error:
            self.report(str(error), place)
        return None

    def mapping(self, keys: Iterable[yaml.Event], depth: int) -> dict[str, Entry]:
        """Return the entries of a mapping; each event of `keys` is followed by those of its value."""
        entries: dict[str, Entry] = {}
        for event in keys:
            place = self.place(event)
            key = self.key(event, place)
            if key in entries:
                first = f", first on line {line}" if (line := entries[key].place.line) else ""
                self.report(f"{shorten(key)} is given twice{first}; remove one", place)
            value = next(self.events)
            if _is_plain(event) and _is_plain(value) and not value.value:
                self.check_alone(event.value, entries, place)
            entries[key] = Entry(place, self.node(value, depth))
        return entries

    def check_alone(self, key: str, before: dict[str, Entry], place: Place) -> None:
        """Report a key without a value if it is a pair without a space, or the digits after a decimal comma."""
        if pair := with_space(key):
            self.report(f"{shorten(key)} needs a space after the colon: {shorten(pair)}", place)
        name, entry = next(reversed(before.items()), ("", None))
        if entry is None or not isinstance(entry.node.value, int | float):
            return
        text, start = f"{entry.node.value},{key}", entry.node.place
        adjacent = place == start or place == start._replace(column=start.column + len(text) - len(key))
        if adjacent and (number := with_point(text)):
            self.report(f"{shorten(name)}: {text} is not a number; write {number}", start)

    def key(self, event: yaml.Event, place: Place) -> str:
        """Return a key as text, as it is written. Raises UsageError if it is a list, a mapping or an alias."""
        if not isinstance(event, yaml.ScalarEvent):
            raise UsageError("a key must be text, not a list, a mapping or an alias", place=str(place))
        if event.implicit[0] and event.value == MERGE_KEY:
            self.report("YAML merge keys are not supported; use `extends: base.yaml` to build on another file", place)
        node = self.node(event, 0)
        return node.value if isinstance(node.value, str) else event.value

    def alias(self, name: str, place: Place, depth: int) -> Node:
        """Return the node that an alias stands for.

        Raises UsageError if the anchor is missing, or if the node exceeds the limits when written out.
        """
        if name not in self.anchors:
            message = f"the alias *{shorten(name)} has no anchor &{shorten(name)} before it; define the anchor first"
            raise UsageError(message, place=str(place))
        node = self.anchors[name]
        if node is None:
            message = f"the alias *{shorten(name)} is inside its own anchor &{shorten(name)}; write the value out"
            raise UsageError(message, place=str(place))
        self.add_written_out(node, place, depth)
        return node

    def add_written_out(self, node: Node, place: Place, depth: int) -> None:
        """Count a node and everything in it again, in at most as many steps as the limit on nodes."""
        keys = len(node.value) if isinstance(node.value, dict) else 0
        self.add(1 + keys, place)
        if isinstance(node.value, dict | list):
            self.check_depth(depth + 1, place)
            for item in node.value if isinstance(node.value, list) else node.value.values():
                self.add_written_out(item.node if isinstance(item, Entry) else item, place, depth + 1)

    def add(self, nodes: int, place: Place) -> None:
        self.count += nodes
        if self.count > MAX_VALUES:
            message = f"contains more than {MAX_VALUES:,} values, counting what each alias repeats"
            raise UsageError(message, place=str(place))

    def check_depth(self, depth: int, place: Place) -> None:
        if depth > MAX_DEPTH:
            raise UsageError(f"is nested more than {MAX_DEPTH} lists and mappings deep", place=str(place))

    def report(self, message: str, place: Place) -> None:
        """Collect a problem and continue, or raise it if it reaches MAX_PROBLEMS."""
        problem = UsageError(message, place=str(place))
        if len(self.problems) == MAX_PROBLEMS - 1:
            raise problem
        self.problems.append(problem)
