"""The book: the lines that it prints, and a second implementation of its algorithm to hold ours against."""

from nncli.book.compare import Comparison, compare
from nncli.book.printed import Line, errata, experiments, printed_lines

__all__ = ["Comparison", "Line", "compare", "errata", "experiments", "printed_lines"]
