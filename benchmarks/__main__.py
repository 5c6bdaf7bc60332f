"""`python -m benchmarks scores [--write]`."""

from __future__ import annotations

import argparse

from benchmarks import scores


def main() -> None:
    """Runs the benchmark that is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Benchmarks of nncli against its peers.")
    commands = parser.add_subparsers(dest="benchmark", required=True)
    found = commands.add_parser("scores", help="test scores on scikit-learn's data sets, beside its own MLP")
    found.add_argument("--write", action="store_true", help="into docs/scores.md and benchmarks/scores.json")
    found.add_argument("--seeds", type=int, default=5, help="how many splits and first weights")
    found.add_argument("--only", choices=list(scores.SETS), help="one data set")
    given = parser.parse_args()
    scores.run(given.seeds, [given.only] if given.only else list(scores.SETS), write=given.write)


if __name__ == "__main__":
    main()
