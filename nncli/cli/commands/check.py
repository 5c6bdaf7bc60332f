"""`nncli check`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from typer import Option

from nncli.cli.options import Changes, Json, Spec
from nncli.errors import ExitCode
from nncli.escaping import json_text

if TYPE_CHECKING:
    from nncli.config import Loaded

GROUP = "Train"


def check(
    spec: Spec,
    changes: Changes = None,
    resolved: Annotated[bool, Option("--resolved", help="Print the experiment with all defaults filled in.")] = False,
    json: Json = False,
) -> int:
    """Check an experiment without training it.

    Print its layers with their shapes, numbers of parameters and initial scales, and the class weights, if any. Of a
    sweep, print its space, its trials and how long they are expected to take.

    \b
    Examples:
      nncli check configs/sine.yaml
      nncli check configs/sine.yaml init.scale=0.01 --resolved
    """
    from nncli import config, threads

    threads.pin()  # before NumPy is imported
    tree = config.read(spec, changes or [])
    if tree.sweep is not None and not resolved:
        from nncli.cli.run_sweep import print_plan_of

        return print_plan_of(spec, changes or [], tree, json=json)
    loaded = config.check(tree)
    _print_experiment(loaded, resolved=resolved, json=json)
    return ExitCode.DONE


def _print_experiment(loaded: Loaded, *, resolved: bool, json: bool) -> None:
    """Print warnings, then layers and class weights, or all settings."""
    from nncli import config
    from nncli.diagnosis.setup_warnings import preview_of_experiment
    from nncli.registry import plain
    from nncli.render import layers

    preview = preview_of_experiment(loaded.resolved)
    warnings = [*loaded.warnings, *preview.warnings]
    format_notes = [f"data: {note}" for note in loaded.experiment.data.format_notes()]
    for line in [*loaded.notes, *format_notes, *(f"warning: {warning}" for warning in warnings)]:
        print(line, file=sys.stderr)
    if json:
        rows = layers.layer_table(loaded.experiment, loaded.resolved.description)
        result = {"experiment": plain(loaded.experiment), "layers": rows, "warnings": warnings}
        if preview.class_weights:
            result["class_weights"] = preview.class_weights
        print(json_text(result, indent=2))
    elif resolved:
        print(config.dump(loaded.experiment), end="")
    else:
        layers.print_layers(loaded.resolved, sys.stdout)
        if preview.class_weights:
            layers.print_class_weights(preview.class_weights, sys.stdout)
