"""`nncli book`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

from typer import Argument, Option

from nncli.cli.completion import values
from nncli.cli.options import Json
from nncli.text import quote

GROUP = "Reference"


class Against(StrEnum):
    """The reference that nncli is compared with."""

    book = "book"
    nnfs = "nnfs"


Experiments: TypeAlias = Annotated[
    list[str] | None,
    Argument(
        metavar="EXPERIMENT",
        help="Name of a file in configs/book, without .yaml.",
        show_default="all with output in the book",
        autocompletion=values.experiments,
    ),
]
AgainstOption: TypeAlias = Annotated[
    Against,
    Option(
        help="book: the output printed in the book; nnfs: a training loop with the nnfs package, to the last digit."
    ),
]
Epochs: TypeAlias = Annotated[int | None, Option(help="Train only this many epochs and compare their output.", min=1)]


def book(
    experiments: Experiments = None, against: AgainstOption = Against.book, epochs: Epochs = None, json: Json = False
) -> int:
    """Compare nncli with the output printed in the book.

    Print the lines of the book's output beside those of nncli; exit with 4 if a line differs.

    \b
    Examples:
      nncli book ch17-sine-1x64
      nncli book ch16-spiral --epochs 201 --against nnfs
    """
    import sys

    from nncli import threads

    threads.pin(1)
    from nncli.book import printed
    from nncli.book.compare import compare
    from nncli.errors import UsageError
    from nncli.render import book as lines

    chosen = printed.select_experiments(experiments or [])
    for name in chosen:
        if against is Against.book and not printed.printed_lines(name):
            hint = "add --against nnfs to compare it with the book's code"
            raise UsageError(f"the book prints no output of {quote(name)}", hint=hint)
    against_nnfs, changes = against is Against.nnfs, [f"train.epochs={epochs}"] if epochs else []
    results = {
        name: lines.print_comparisons(
            name,
            compare(path, changes, against_nnfs=against_nnfs),
            None if json else sys.stdout,
            "" if against_nnfs else printed.erratum(name),
        )
        for name, path in chosen.items()
    }
    return lines.print_summary(results, sys.stdout, json)
