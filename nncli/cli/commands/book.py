"""`nncli book`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

from typer import Argument, Option

from nncli.cli.completion import values
from nncli.cli.options import Json
from nncli.text import quote


class Against(StrEnum):
    """What is held against nncli's figures."""

    book = "book"
    nnfs = "nnfs"


Experiments: TypeAlias = Annotated[
    list[str] | None,
    Argument(
        metavar="EXPERIMENT",
        help="By the name of its file in configs/book; all with lines by default.",
        autocompletion=values.experiments,
    ),
]
AgainstOption: TypeAlias = Annotated[
    Against, Option(help="book: the printed lines; nnfs: a plain loop with the nnfs package, all digits.")
]
Epochs: TypeAlias = Annotated[int | None, Option(help="Stop early, and compare the lines up to there.", min=1)]


def book(
    experiments: Experiments = None,
    against: AgainstOption = Against.book,
    epochs: Epochs = None,
    json: Json = False,
) -> int:
    """Run the book's experiments and print each line that the book prints beside nncli's; exit 4 where one differs.

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

    chosen = printed.chosen(experiments or [])
    for name in chosen:
        if against is Against.book and not printed.printed_lines(name):
            hint = "compare it with the nnfs package, which runs the book's code: --against nnfs"
            raise UsageError(f"the book prints no line of {quote(name)}", hint=hint)
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
