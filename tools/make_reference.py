"""Write docs/reference/ from the docstrings and help texts of components and commands.

python tools/make_reference.py
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, get_type_hints

import typer

from nncli.cli.app import app
from nncli.cli.lazy_group import groups
from nncli.config.markdown import is_formula
from nncli.errors import ExitCode
from nncli.render.components import HEADER, MAPPING, components_and_mappings, describe, describe_type, field_rows

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
NOTE = "`python tools/make_reference.py` writes this page from docstrings and help texts; edit those instead."
TITLES = {MAPPING: "Mappings", "data": "Data sets", "loss": "Losses"}  # other kinds take an s


def components_page() -> Iterator[str]:
    """Yield the blocks of the page of components: an index, then a section for each kind, mappings first."""
    entries = [
        describe(kind, name, cls) | {"heading": f"{name} ({kind})"} for kind, name, cls in components_and_mappings()
    ]
    entries.sort(key=lambda entry: entry["kind"] != MAPPING)
    kinds = {kind: list(group) for kind, group in groupby(entries, lambda entry: str(entry["kind"]))}
    titles = {kind: TITLES.get(kind, f"{kind.capitalize()}s") for kind in kinds}
    links = {kind: ", ".join(link(entry["heading"], entry["name"]) for entry in kinds[kind]) for kind in kinds}
    yield f"# Components\n\nEverything an experiment file can hold. `nncli list NAME` prints the same.\n\n{NOTE}"
    yield table(("kind", "names"), ((link(titles[kind]), links[kind]) for kind in kinds))
    for kind in kinds:
        yield f"## {titles[kind]}"
        for entry in kinds[kind]:
            yield from component(entry)


def component(entry: dict[str, Any]) -> Iterator[str]:
    """Yield the blocks of a component or mapping: its name, sentence, formula, source and fields."""
    yield f"### {entry['heading']}\n\n{entry['summary']}"
    paragraphs = filter(None, entry["description"].split("\n\n"))
    for fenced, group in groupby(paragraphs, is_formula):
        text = "\n\n".join(group)
        yield fence(text) if fenced else text
    if rows := field_rows(entry):
        yield table(HEADER, ((f"`{name}`", *others) for name, *others in rows))


def commands_page() -> Iterator[str]:
    """Yield the blocks of the page of commands: an index, then a section for each group."""
    program: Any = typer.main.get_command(app)
    commands = {name: program.get_command(None, name) for name in program.commands}
    yield f"# Commands\n\n{program.help}\n\n{program.epilog} `nncli COMMAND --help` prints the same.\n\n{NOTE}"
    yield table(("command", "what it does"), ((link(f"nncli {name}"), commands[name].short_help) for name in commands))
    for group, names in groups().items():
        yield f"## {group}"
        for name in names:
            yield from command(name, commands[name])
    yield f"## Options of nncli itself\n\n{parameters(program)}"
    yield f"## Exit codes\n\n{table(('code', 'meaning'), ((str(int(code)), code.meaning) for code in ExitCode))}"


def command(name: str, built: Any) -> Iterator[str]:
    """Yield the blocks of a command: its name, sentences, usage, parameters and examples."""
    text, _, examples = built.help.partition("\n\n\b\nExamples:\n")
    usage = [label(p) if p.required else f"[{label(p)}]" for p in built.params if p.param_type_name == "argument"]
    yield f"### nncli {name}\n\n{text}\n\n{fence(' '.join(['nncli', name, '[OPTIONS]', *usage]))}"
    yield f"{parameters(built)}\n\nExamples:\n\n{fence(examples)}"


def parameters(built: Any) -> str:
    """Return the table of a command's arguments and options."""
    hints = get_type_hints(built.callback)
    rows = ((f"`{label(p)}`", value(p, hints[p.name]), default(p), p.help) for p in built.params)
    return table(("argument or option", "value", "default", "what it is"), rows)


def label(parameter: Any) -> str:
    if parameter.param_type_name == "option":
        return ", ".join(sorted(parameter.opts, key=len))
    return f"{parameter.metavar}{'...' if parameter.nargs == -1 else ''}"


def value(parameter: Any, hint: Any) -> str:
    """Return what an option takes; nothing for an argument or a flag."""
    if parameter.param_type_name == "argument" or parameter.is_flag:
        return ""
    limits = [f"{sign} {bound:g}" for sign, bound in (("≥", parameter.min), ("≤", parameter.max)) if bound is not None]
    return " ".join([parameter.metavar or describe_type(hint), ", ".join(limits)]).rstrip()


def default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
    return " or $".join(str(source) for source in (value, parameter.envvar) if source)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; in its cells, escape `|` and the start of an HTML tag."""
    cells = ([re.sub(r"\||<(?=\w)", r"\\\g<0>", cell) for cell in row] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *cells))


def fence(text: str) -> str:
    return f"```\n{textwrap.dedent(text)}\n```"


def link(title: str, text: str = "") -> str:
    anchor = re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
    return f"[{text or title}](#{anchor})"


if __name__ == "__main__":
    for name, blocks in {"components": components_page(), "commands": commands_page()}.items():
        (FOLDER / f"{name}.md").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
