"""What the benchmarks are called by."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import around, engine, figures, growth, page, scores, speed, whole
from benchmarks.contestants import CONTESTANTS, packages
from benchmarks.machine import installed, machine
from benchmarks.nets import NETS


def main() -> None:
    """Runs the benchmark that is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Benchmarks of nncli against its peers.")
    commands = parser.add_subparsers(dest="benchmark", required=True)
    for name, told, rounds in (
        ("speed", "an epoch, beside what people would pick instead", 5),
        ("command", "the whole command, from start to end", 1),
        ("around", "what `train` adds to its bare loop, and its start", 5),
        ("growth", "an epoch against sizes, beside its matrix products", 5),
        ("engine", "an epoch without each pass of the planner, and beside another checkout", 3),
        ("figures", "plots, a film and a report, beside the times that they may take", 3),
        ("scores", "test scores on scikit-learn's data sets, beside its own MLP", 5),
    ):
        found = commands.add_parser(name, help=told)
        found.add_argument("--write", action="store_true", help="into the docs, and as JSON beside this")
        found.add_argument("--rounds" if name != "scores" else "--seeds", type=int, default=rounds, dest="rounds")
        if name in ("speed", "command"):
            nets = NETS if name == "speed" else whole.WHOLE_NETS
            found.add_argument("--only", choices=list(nets), action="append", help="one net; may be given again")
            found.add_argument(
                "--contestant", choices=list(CONTESTANTS), action="append", help="likewise; ours is always there"
            )
        if name == "engine":
            found.add_argument("--against", type=Path, help="a checkout of nncli to compare with")
        if name == "command":
            found.add_argument("--epochs", type=int, default=10001)
        if name == "scores":
            found.add_argument("--only", choices=list(scores.SETS), help="one data set")
    commands.add_parser("page", help="makes docs/benchmarks.md anew of what was measured")
    _run(parser.parse_args())


def _run(given: argparse.Namespace) -> None:
    if given.benchmark == "page":
        page.write()
        return
    if given.benchmark == "scores":
        scores.run(given.rounds, [given.only] if given.only else list(scores.SETS), write=given.write)
        return
    if given.benchmark in ("speed", "command"):
        names = [name for name in CONTESTANTS if not given.contestant or name in given.contestant or name == speed.OURS]
        nets = given.only or list(NETS if given.benchmark == "speed" else whole.WHOLE_NETS)
        if given.benchmark == "speed":
            result = speed.measure(nets, names, given.rounds)
        else:
            result = whole.measure(nets, names, given.rounds, given.epochs)
        used = {package for name in names for package in packages(name)}
    elif given.benchmark == "engine":
        if given.write and given.against is None:
            raise SystemExit("the page shows both: add --against CHECKOUT to --write")
        result, used = engine.measure(given.rounds, given.against), {"numpy"}
    else:
        result = {"around": around, "growth": growth, "figures": figures}[given.benchmark].measure(given.rounds)
        used = {"numpy", "typer", "pydantic", "matplotlib"}
    result["machine"] = machine() | {"threads": "1"} | installed(*sorted(used | {"numpy", "nnfs-cli"}))
    tables = {"speed": speed, "command": whole, "around": around, "growth": growth, "figures": figures}
    tables["engine"] = engine
    print("\n".join(tables[given.benchmark].table(result)))
    print(", ".join(f"{name} {value}" for name, value in result["machine"].items()))
    for name, package in result.get("missing", {}).items():
        print(f"left out: {name} ({package} is not installed)")
    if given.write:
        page.save(given.benchmark, result)
