"""`nncli schema`."""

from __future__ import annotations

import json

from nncli.cli.app import command


@command
def schema() -> None:
    """Print the JSON Schema of experiment files, for editors that complete and check as one types.

    \b
    Example:
      nncli schema > experiment.schema.json
    """
    from nncli.config import schema as of_files

    print(json.dumps(of_files.schema(), indent=2))
