"""Let methods of components take `ops` only if they need it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def accept_ops(cls: type, *names: str) -> None:
    """Make the named methods of a class callable with `ops` as the last argument, whether they take it or not.

    A method requests `ops` by a parameter of that name; its signature is read once, when the class is created.
    """
    for name in names:
        method = vars(cls).get(name)
        if method is not None and not _takes_ops(method):
            setattr(cls, name, _without_ops(method))


def _takes_ops(method: Any) -> bool:
    code = method.__code__
    return "ops" in code.co_varnames[: code.co_argcount] or code.co_flags & 0x04 != 0  # *args, in an abstract class


def _without_ops(method: Callable[..., Any]) -> Callable[..., Any]:
    count = method.__code__.co_argcount

    @functools.wraps(method)
    def call(*args: Any) -> Any:
        return method(*args[:count])

    return call
