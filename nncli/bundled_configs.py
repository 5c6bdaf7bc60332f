"""Find the experiments that come with nncli, in the installed package or in a checkout."""

from __future__ import annotations

from pathlib import Path

from nncli.errors import NncliError

SCHEMA = "nncli.schema.json"
FOLDERS = (("configs",), ("configs", "book"))  # as parts of paths


def configs() -> Path:
    """Return the folder `configs`. Raises NncliError if the installation lacks it."""
    package = Path(__file__).resolve().parent
    for folder in (package / "configs", package.parent / "configs"):
        if (folder / "sine.yaml").is_file():
            return folder
    raise NncliError("the bundled experiments are missing; reinstall nncli", place=str(package / "configs"))


def find(spec: Path) -> Path:
    """Return the file itself, or the bundled one for a `configs/...` that does not exist in the current folder."""
    if spec.parts[:1] != ("configs",) or ".." in spec.parts or spec.exists():
        return spec
    bundled = configs().joinpath(*spec.parts[1:])
    return bundled if bundled.is_file() else spec


def experiments() -> list[Path]:
    """Return the paths of the bundled experiments, as `configs/...`."""
    return [Path("configs", path.relative_to(configs())) for path in sorted(configs().rglob("*.yaml"))]


def book() -> list[Path]:
    """Return the files of the book's experiments, in the order of its chapters, without sweeps over several of them."""
    return sorted(path for path in (configs() / "book").glob("*.yaml") if not path.stem.endswith("-sweep"))


def schema() -> Path:
    """Return the path of the JSON Schema of experiment files."""
    return configs() / SCHEMA
