"""`nncli list`."""

from __future__ import annotations

import json as json_
import sys
from difflib import get_close_matches
from typing import Annotated, TypeAlias

from typer import Argument

from nncli.cli.completion import values
from nncli.cli.options import Json
from nncli.text import quote

GROUP = "Reference"

KindOrName: TypeAlias = Annotated[
    str | None,
    Argument(
        metavar="KIND|NAME",
        help="Kind (optimizer), component (adam) or mapping (train) to list.",
        autocompletion=values.components,
    ),
]


def list_(
    what: KindOrName = None,
    json: Json = False,
) -> None:
    """List components and settings with their limits and defaults.

    \b
    Examples:
      nncli list
      nncli list optimizer
      nncli list adam
      nncli list early_stopping
    """
    from nncli import experiment, registry
    from nncli.errors import UsageError
    from nncli.render import components

    entries = components.components_and_mappings()
    last = (what or "").rpartition(".")[2]  # for example `schedule` in `optimizer.schedule`
    kinds_named = {last, last.removesuffix("s"), *experiment.kinds_of(last)}
    chosen = [entry for entry in entries if what is None or entry[0] in kinds_named]
    named = [] if chosen else [entry for entry in entries if what in (entry[1], entry[1].rpartition(".")[2])]
    if not chosen and not named:
        kinds, names = registry.kinds(), [name for _, name, _ in entries]
        close = get_close_matches(what or "", [*kinds, *names], 1)
        hint = f"did you mean {close[0]}?" if close else f"choose one of {', '.join([*kinds, components.MAPPING])}"
        raise UsageError(f"no such kind or component: {quote(what or '')}", hint=hint)
    described = [components.describe(*entry) for entry in named or chosen]
    if json:
        print(json_.dumps(described, indent=2))
    elif named:
        for each in described:
            components.print_component(each, sys.stdout)
    else:
        components.print_all(described, sys.stdout)
