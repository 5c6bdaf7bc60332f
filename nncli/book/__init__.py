"""The book: its printed lines, and a second implementation of its algorithm to compare with."""

from nncli.book.compare import Comparison, compare
from nncli.book.printed import Line, experiments, printed_lines

__all__ = ["Comparison", "Line", "compare", "experiments", "printed_lines"]
