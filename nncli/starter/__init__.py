"""Write a commented starter experiment for a task or for the user's table."""

from nncli.starter.spec import for_table, for_task

__all__ = ["for_table", "for_task"]
