"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import (
    around,
    command,
    engine,
    figures,
    growth,
    lr_find,
    page,
    probes,
    scores,
    speed,
    sweep,
    sweep_peers,
    tables,
)
from benchmarks.contestants import CONTESTANTS, packages
from benchmarks.machine import installed, machine
from benchmarks.nets import NETS
from benchmarks.why.case import CAUSES
from benchmarks.why.families import FAMILIES


def main() -> None:
    """Run the named benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time nncli against alternatives.")
    commands = parser.add_subparsers(dest="benchmark", required=True)
    for name, summary, rounds in (
        ("speed", "time an epoch of nncli and of the alternatives", 5),
        ("command", "time the whole command, from start to end", 1),
        ("around", "time what `train` adds to its bare loop, and its start", 5),
        ("growth", "time epochs of growing size, and their matrix products alone", 5),
        ("engine", "time an epoch without each pass of the planner, and of another checkout", 3),
        ("probes", "time the whole command with and without probes", 15),
        ("figures", "time plots, a film and a report, with targets", 3),
        ("tables", "measure whole commands on a big table and big arrays", 3),
        ("sweep", "time sweeps of short trainings, against other ways to run them", 3),
        ("scores", "compare test scores with those of scikit-learn's MLP, on its data sets", 5),
        ("lr-find", "compare the rates of lr-find with the defaults and with those of the specs", 5),
    ):
        subparser = commands.add_parser(name, help=summary)
        subparser.add_argument("--write", action="store_true", help="write the result into the docs, and as JSON")
        subparser.add_argument(
            "--seeds" if name in ("scores", "lr-find") else "--rounds", type=int, default=rounds, dest="rounds"
        )
        if name in ("speed", "command"):
            nets = NETS if name == "speed" else command.COMMAND_NETS
            subparser.add_argument("--only", choices=list(nets), action="append", help="one net; may be repeated")
            subparser.add_argument(
                "--contestant",
                choices=list(CONTESTANTS),
                action="append",
                help=f"one contestant besides {speed.OURS}; may be repeated",
            )
        if name == "engine":
            subparser.add_argument("--against", type=Path, help="another checkout of nncli to compare with")
        if name in ("command", "probes"):
            subparser.add_argument("--epochs", type=int, default=10001)
        if name == "probes":
            subparser.add_argument(
                "--only", choices=probes.PROBED_NETS, action="append", help="one net; may be repeated"
            )
        if name == "tables":
            subparser.add_argument("--rows", type=int, default=tables.ROWS, help="of the table")
            subparser.add_argument("--array-rows", type=int, default=tables.ROWS, help="of the arrays, each 0.5 kB")
        if name == "sweep":
            subparser.add_argument("--trials", type=int, default=60, help="of each sweep; 8 for a quick look")
        if name == "scores":
            subparser.add_argument("--only", choices=list(scores.SETS), help="one data set")
        if name == "lr-find":
            subparser.add_argument("--only", help="specs whose name contains this")
    commands.add_parser("page", help="write docs/benchmarks.md again from the saved results")
    _add_why(commands.add_parser("why", help="judge `nncli why` on a folder of cases, which --make generates"))
    _run(parser.parse_args())


def _add_why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="generated cases, or cases.yaml with specs/")
    parser.add_argument("--make", choices=list(FAMILIES), help="generate the cases of a family instead of judging")
    parser.add_argument("--seed", type=int, default=1, help="of the generated set")
    parser.add_argument("--cases", type=int, default=99, help="to generate")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each case to diagnose")
    parser.add_argument("--only", choices=[*CAUSES, "healthy"], action="append", default=[], help="may be repeated")
    parser.add_argument("--try", type=float, metavar="SECONDS", dest="budget", help="judge remedies, with this budget")
    parser.add_argument("--json", action="store_true", help="print all runs as JSON")
    parser.add_argument("--write", type=Path, metavar="FILE", help="also write the result as a page of the docs")


def _run_why(options: argparse.Namespace) -> None:
    if options.make:
        from benchmarks.why.generate import make

        made = make(options.folder, options.make, options.seed, options.cases)
        print(f"{options.folder}: {len(made)} cases")
        return
    if options.budget is not None:
        from benchmarks.why import remedy

        remedy.run(options.folder, options.budget, only=options.only, as_json=options.json)
        return
    from benchmarks.why.judge import run

    run(options.folder, options.seeds, only=options.only, as_json=options.json, write=options.write)


def _run(options: argparse.Namespace) -> None:
    if options.benchmark == "why":
        _run_why(options)
        return
    if options.benchmark == "page":
        page.write()
        return
    if options.benchmark == "scores":
        scores.run(options.rounds, [options.only] if options.only else list(scores.SETS), write=options.write)
        return
    if options.benchmark == "lr-find":
        lr_find.run(options.rounds, options.only, write=options.write)
        return
    if options.benchmark in ("speed", "command"):
        chosen = [*(options.contestant or CONTESTANTS), speed.OURS]
        names = [name for name in CONTESTANTS if name in chosen]
        nets = options.only or list(NETS if options.benchmark == "speed" else command.COMMAND_NETS)
        if options.benchmark == "speed":
            result = speed.measure(nets, names, options.rounds)
        else:
            result = command.measure(nets, names, options.rounds, options.epochs)
        used = {package for name in names for package in packages(name)}
    elif options.benchmark == "probes":
        nets = options.only or probes.PROBED_NETS
        result, used = probes.measure(nets, options.rounds, options.epochs), {"numpy", "typer", "pydantic"}
    elif options.benchmark == "sweep":
        result, used = sweep.measure(options.rounds, options.trials), set(sweep_peers.PACKAGES)
    elif options.benchmark == "engine":
        if options.write and options.against is None:
            raise SystemExit("--write needs another checkout to compare with: add --against CHECKOUT")
        result, used = engine.measure(options.rounds, options.against), {"numpy"}
    elif options.benchmark == "tables":
        result = tables.measure(options.rounds, options.rows, options.array_rows)
        used = {"numpy", *tables.PACKAGES}
    else:
        result = {"around": around, "growth": growth, "figures": figures}[options.benchmark].measure(options.rounds)
        used = {"numpy", "typer", "pydantic", "matplotlib"}
    result["machine"] = machine() | {"threads": "1"} | installed(*sorted(used | {"numpy", "nnfs-cli"}))
    print("\n".join(page.BENCHMARKS[options.benchmark].table(result)))
    print(", ".join(f"{name} {value}" for name, value in result["machine"].items()))
    for name, package in result.get("missing", {}).items():
        print(f"skipped {name}: {package} is not installed")
    if options.write:
        page.save(options.benchmark, result)
