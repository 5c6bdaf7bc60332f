"""`nncli list`."""

from __future__ import annotations

import json as json_
import sys
from difflib import get_close_matches
from typing import Annotated

from typer import Argument

from nncli.cli.app import command
from nncli.cli.options import Json


@command
def list_(
    what: Annotated[str | None, Argument(metavar="KIND|NAME", help="A kind, as optimizer, or a name, as adam.")] = None,
    json: Json = False,
) -> None:
    """List what an experiment can be made of: every component with its fields, limits and defaults.

    \b
    Examples:
      nncli list
      nncli list optimizer
      nncli list adam
    """
    import nncli.experiment  # noqa: F401  fills the registry
    from nncli import registry
    from nncli.errors import UsageError
    from nncli.render import components

    kinds = registry.kinds()
    chosen = [kind for kind in kinds if what in (None, kind, f"{kind}s")]
    named = [] if chosen else [(kind, cls) for kind in kinds if (cls := registry.find(kind, what or ""))]
    if not chosen and not named:
        names = [registry.type_name(cls) for kind in kinds for cls in registry.components(kind)]
        close = get_close_matches(what or "", [*kinds, *names], 1)
        hint = f"did you mean {close[0]}?" if close else f"the kinds are {', '.join(kinds)}"
        raise UsageError(f'there is no kind or component "{what}"', hint=hint)
    pairs = named or [(kind, cls) for kind in chosen for cls in registry.components(kind)]
    described = [components.describe(kind, cls) for kind, cls in pairs]
    if json:
        print(json_.dumps(described, indent=2))
    elif named:
        for each in described:
            components.print_component(each, sys.stdout)
    else:
        components.print_kinds(chosen, sys.stdout)
