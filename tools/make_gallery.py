"""Draw the pictures of docs/figures.md with nncli, from runs of `configs/`, and update the page's list of figures.

    python tools/make_gallery.py [FIGURE ...]

Without names, it draws all pictures, which takes about five minutes, most of them for chapter 17. The list of figures,
and a first section for each new figure, come from the registry of figures. Runs are renamed so that no picture contains
the time of its training, and the number of colours is reduced to keep files small.
"""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

import nncli
from nncli.render.figures import registry

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "figures.md"
FOLDER = ROOT / "docs" / "images"
LARGEST = 60_000  # bytes
COLOURS = (64, 32, 16)  # the first number that makes a picture small enough
HEAD = ("| `--what` | shows | needs |", "|---|---|---|")
TABLE = re.compile(rf"^{re.escape(HEAD[0])}\n(\|.*\n)+", re.MULTILINE)

RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    **{f"{config}/default": (config, {}) for config in ("sine", "spiral", "spiral3", "iris", "digits", "houses")},
    "ch17-sine-2x64/small": ("book/ch17-sine-2x64", {"init.scale": 0.01}),
    "ch17-sine-2x64/large": ("book/ch17-sine-2x64", {"init.scale": 0.1}),
    "spiral/few": ("spiral", {"layers.0.units": 20}),
    "iris/few": ("iris", {"layers.0.units": 6}),
    **{
        f"houses/{rate}-seed-{seed}": (
            "houses",
            {"seed": seed, "optimizer.learning_rate": rate, "train.epochs": 60, "train.early_stopping": None},
        )
        for rate in (0.001, 0.01)
        for seed in range(5)
    },
}

SWEEPS: dict[str, tuple[str, list[str]]] = {
    "ch17-sweep/sweep": ("book/ch17-sweep", []),
    "sine/sweep": (
        "sine",
        [
            "train.epochs=300",
            "precision=float32",
            "sweep.trials=60",
            "init.scale={log_uniform: [1e-3, 1.0]}",
            "optimizer.learning_rate={log_uniform: [1e-4, 1.0]}",
            "layers.0.units=8,16,32,64",
            "layers.0.activation=relu,tanh",
        ],
    ),
}


class Picture(NamedTuple):
    """A picture of the gallery: the figure, the runs that it shows, and options of `nncli plot`."""

    figure: str
    runs: list[str]
    options: list[str]


def pictures() -> dict[str, Picture]:
    """Return all pictures that figures declare, by name, in the order of the page."""
    by_name = {}
    for figure, declaration in registry.declarations().items():
        for name, arguments in declaration.pictures.items():
            patterns = [word for word in arguments.split() if "/" in word]
            runs = [run for pattern in patterns for run in (*RUNS, *SWEEPS) if fnmatch(run, pattern)]
            by_name[name] = Picture(figure, runs, [word for word in arguments.split() if "/" not in word])
    return by_name


PICTURES = pictures()


def train(runs: Path, name: str) -> None:
    """Train a run or a sweep for the pictures, and rename it."""
    if name in SWEEPS:
        config, choices = SWEEPS[name]
        words = ["sweep", str(ROOT / "configs" / f"{config}.yaml"), *choices, "-q", "--runs-dir", str(runs)]
        command = [sys.executable, "-m", "nncli", *words]
        path = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        Path(path).rename(runs / name)
        return
    config, changes = RUNS[name]
    run = nncli.train(ROOT / "configs" / f"{config}.yaml", changes, runs_dir=runs)
    run.path.rename(runs / name)


def draw(runs: Path, folder: Path, name: str) -> None:
    """Draw one picture and reduce its file size."""
    path, picture = folder / f"figure-{name}.png", PICTURES[name]
    words = [*(str(runs / run) for run in picture.runs), "--what", picture.figure, *picture.options]
    subprocess.run([sys.executable, "-m", "nncli", "plot", *words, "-o", str(path)], check=True)
    with Image.open(path) as original:
        image = original.convert("RGB")
    for colours in COLOURS:
        image.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < LARGEST:
            return
    raise ValueError(f"{path} has {path.stat().st_size:,} bytes, more than {LARGEST:,}; simplify the picture")


def update_page(page: str) -> str:
    """Return the page with an updated list of figures, and a first section for each figure without one."""
    declarations = registry.declarations()
    rows = [
        f"| [`{name}`](#{name}) | {each.shows} | {f'{each.needs} '.lstrip()}|" for name, each in declarations.items()
    ]
    page = TABLE.sub(lambda match: "\n".join([*HEAD, *rows, ""]), page, count=1)
    names = list(declarations)
    for index, name in enumerate(names):
        if f"\n## {name}\n" not in page:
            following = (f"\n## {other}\n" for other in names[index + 1 :])
            place = next((page.index(head) for head in following if head in page), page.index("\n`python tools/"))
            page = f"{page[:place]}\n{section(name)}{page[place:]}"
    return page


def section(figure: str) -> str:
    """Return a first section for a figure: its pictures, the commands that draw one, and its description."""
    text = registry.declarations()[figure].shows
    text = text[:1].upper() + text[1:]
    own_pictures = {name: picture for name, picture in PICTURES.items() if picture.figure == figure}
    images = "".join(f"![{text}](images/figure-{name}.png)\n\n" for name in own_pictures)
    picture = next(iter(own_pictures.values()))
    run = picture.runs[0]
    config, choices = SWEEPS[run] if run in SWEEPS else (RUNS[run][0], [])
    make = shlex.join(["nncli", "sweep" if run in SWEEPS else "train", f"configs/{config}.yaml", *choices, "-q"])
    command = " ".join(["nncli plot", Path(config).name, "--what", figure, *picture.options])
    return f"## {figure}\n\n{images}```bash\n{make}\n{command}\n```\n\n{text}.\n"


def main(figures: list[str], folder: Path = FOLDER) -> None:
    """Train the runs for the pictures of some figures, draw the pictures, and update the page."""
    chosen = {name: picture for name, picture in PICTURES.items() if picture.figure in figures}
    with tempfile.TemporaryDirectory() as runs:
        for run in dict.fromkeys(run for picture in chosen.values() for run in picture.runs):
            train(Path(runs), run)
        for name in chosen:
            draw(Path(runs), folder, name)
    PAGE.write_text(update_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("figures", nargs="*", metavar="FIGURE", choices=[*registry.names(), []])
    main(parser.parse_args().figures or registry.names())
