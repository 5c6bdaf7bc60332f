"""`nncli lr-find`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from nncli.cli.options import Changes, Json, Quiet, Spec, output_option
from nncli.escaping import json_text, printable

if TYPE_CHECKING:
    from nncli.remedies.lr_range import RangeTest

GROUP = "Inspect"

Output: TypeAlias = Annotated[
    Path | None, output_option("Also write a figure of the curves, ending in .png, .svg or .pdf.", default="no figure")
]


def lr_find(
    spec: Spec, changes: Changes = None, output: Output = None, quiet: Quiet = False, json: Json = False
) -> None:
    """Find a learning rate with a range test and short trainings.

    Train three seeds for 100 steps while the learning rate grows from far too small to far too large. Then try the
    optimizer's default rate, and the rate with the lowest loss divided by 1, 3, 10, 30 and 100, in short trainings.
    Print the best rate as an override. The curves and losses go to stderr. No run is written.

    \b
    Examples:
      nncli lr-find configs/sine.yaml
      nncli lr-find configs/iris.yaml optimizer=sgd -o rates.png
      nncli train configs/iris.yaml $(nncli lr-find configs/iris.yaml -q)
    """
    from nncli import config, start_up, threads
    from nncli.render.figures import require_matplotlib
    from nncli.render.figures.save import check_extension

    if output is not None:
        check_extension(output)
        require_matplotlib()
    tree = config.read(spec, changes or [])
    threads.pin(1 if config.uses_book_precision(tree) else None)
    start_up.import_numpy()
    from nncli.remedies.lr_range import range_test

    loaded = config.check(tree)
    test = range_test(loaded.resolved)
    if not (quiet or json):
        _print_curves(test)
    if output is not None:
        from nncli.render.figures.range_test import range_test as draw
        from nncli.render.figures.save import save

        save(draw(test, loaded.experiment.name), output)
    print(json_text(test.as_dict(), indent=2) if json else test.override)


def _print_curves(test: RangeTest) -> None:
    """Print the curves, if uniplot is installed, and a line for each seed on stderr."""
    from nncli.errors import NncliError
    from nncli.render.terminal import require_uniplot
    from nncli.render.terminal.range_test import print_range_test, range_lines

    try:
        require_uniplot()
        print_range_test(test, sys.stderr)
    except NncliError as error:
        print(f"note: {error.message}; {error.hint}", file=sys.stderr)
    for line in range_lines(test):
        print(printable(line), file=sys.stderr)
