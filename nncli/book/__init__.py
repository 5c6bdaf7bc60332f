"""The book: the lines that it prints, and a second implementation of its algorithm to hold ours against."""

from nncli.book.compare import Comparison, compare
from nncli.book.printed import Line, experiments, printed_lines

__all__ = ["Comparison", "Line", "compare", "experiments", "printed_lines"]
