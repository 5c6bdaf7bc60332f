"""A first experiment: a commented file that trains well as it stands, for a task or for a table of one's own."""

from nncli.starter.spec import for_table, for_task

__all__ = ["for_table", "for_task"]
