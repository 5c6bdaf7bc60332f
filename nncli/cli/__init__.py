"""The commands, a thin file each: parse, call one function, render."""

from nncli.cli import (  # noqa: F401, I001  in help's order
    new,
    train,
    resume,
    eval,
    predict,
    plot,
    film,
    report,
    runs,
    show,
    diff,
    repeat,
    rm,
    clean,
    check,
    list,
    schema,
    book,
)
from nncli.cli.app import app, main

__all__ = ["app", "main"]
