"""`nncli init-scan`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, TypeAlias

from nncli.cli.options import Changes, Json, Spec, output_option
from nncli.escaping import json_text

GROUP = "Inspect"

Output: TypeAlias = Annotated[
    Path | None, output_option("Also write a figure of the scales, ending in .png, .svg or .pdf.", default="no figure")
]


def init_scan(spec: Spec, changes: Changes = None, output: Output = None, json: Json = False) -> None:
    """Compare initial weights: signal and gradient in each layer.

    Measure both before any training, with the experiment's own initializer and with six others. Print a row for each
    layer with a verdict: healthy, or which scale is too small or too large.

    \b
    Examples:
      nncli init-scan configs/book/ch17-sine-2x64.yaml
      nncli init-scan configs/digits.yaml seed=1 -o scales.png
      nncli init-scan configs/sine.yaml --json | jq -c '.[] | select(.healthy) | .overrides'
    """
    from nncli import config, start_up, threads
    from nncli.render.figures import require_matplotlib
    from nncli.render.figures.save import check_extension

    if output is not None:
        check_extension(output)
        require_matplotlib()
    tree = config.read(spec, changes or [])
    threads.pin(1 if config.uses_book_precision(tree) else None)
    start_up.import_numpy()
    from nncli.remedies import init_scan as remedy
    from nncli.render.init_scan import print_init_scan

    loaded = config.check(tree)
    scans = remedy.init_scan(loaded.resolved)
    if output is not None:
        from nncli.render.figures.init_scan import init_scan as draw
        from nncli.render.figures.save import save

        save(draw(scans, loaded.experiment.name), output)
    if json:
        print(json_text([scan.as_dict() for scan in scans], indent=2))
    else:
        print_init_scan(scans, sys.stdout)
