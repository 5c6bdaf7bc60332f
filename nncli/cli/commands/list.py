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

What: TypeAlias = Annotated[
    str | None,
    Argument(
        metavar="KIND|NAME",
        help="A kind, as optimizer, or a name, as adam or train.",
        autocompletion=values.components,
    ),
]


def list_(
    what: What = None,
    json: Json = False,
) -> None:
    """List what an experiment is made of: every component and mapping with its fields, limits and defaults.

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

    every = components.registered()
    last = (what or "").rpartition(".")[2]  # as `schedule` of `optimizer.schedule`
    of_kinds = {last, last.removesuffix("s"), *experiment.kinds_of(last)}
    chosen = [one for one in every if what is None or one[0] in of_kinds]
    named = [] if chosen else [one for one in every if what in (one[1], one[1].rpartition(".")[2])]
    if not chosen and not named:
        kinds, names = registry.kinds(), [name for _, name, _ in every]
        close = get_close_matches(what or "", [*kinds, *names], 1)
        hint = f"did you mean {close[0]}?" if close else f"the kinds are {', '.join([*kinds, components.MAPPING])}"
        raise UsageError(f"there is no kind or component {quote(what or '')}", hint=hint)
    described = [components.describe(*one) for one in named or chosen]
    if json:
        print(json_.dumps(described, indent=2))
    elif named:
        for each in described:
            components.print_component(each, sys.stdout)
    else:
        components.print_all(described, sys.stdout)
