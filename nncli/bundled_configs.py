"""The experiments that come with nncli, in the installed package or in a checkout."""

from __future__ import annotations

from pathlib import Path

from nncli.errors import NncliError

SCHEMA = "nncli.schema.json"
FOLDERS = (("configs",), ("configs", "book"))  # as a path has them


def configs() -> Path:
    """The folder `configs`. Raises NncliError where an installation lacks it."""
    package = Path(__file__).resolve().parent
    for folder in (package / "configs", package.parent / "configs"):
        if (folder / "sine.yaml").is_file():
            return folder
    raise NncliError("the experiments that come with nncli are not there", place=str(package / "configs"))


def find(spec: Path) -> Path:
    """The file itself, or, for a `configs/...` that is not below the current folder, the one that comes with nncli."""
    if spec.parts[:1] != ("configs",) or ".." in spec.parts or spec.exists():
        return spec
    bundled_configs = configs().joinpath(*spec.parts[1:])
    return bundled_configs if bundled_configs.is_file() else spec


def experiments() -> list[Path]:
    """Return the experiments that come with nncli, as `configs/...`."""
    return [Path("configs", path.relative_to(configs())) for path in sorted(configs().rglob("*.yaml"))]


def book() -> list[Path]:
    """The files of the book's experiments, in the order of its chapters."""
    return sorted((configs() / "book").glob("*.yaml"))


def schema() -> Path:
    """The JSON Schema of experiment files."""
    return configs() / SCHEMA
