"""Run the commands of docs/tutorial.md at full length, and replace the pictures of the page.

    python tools/make_tutorial.py

The page's commands write sine.gif, and NAME.png for docs/images/tutorial-NAME.png. The script copies them, with fewer
colours to make PNG files small. It takes about five minutes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "tutorial.md"
FOLDER = ROOT / "docs" / "images"
COLOURS = 64


def main() -> None:
    """Run all bash blocks of the page in one folder, and copy the pictures that the page shows."""
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "configs", Path(folder, "configs"))
        for block in re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
            print(block, flush=True)
            subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=folder, check=True)
        for name in re.findall(r"\(images/([\w.-]+)\)", page):
            copy(Path(folder, name.removeprefix("tutorial-")), FOLDER / name)


def copy(drawn: Path, path: Path) -> None:
    """Copy a picture; reduce the colours of a PNG file."""
    if drawn.suffix != ".png":
        shutil.copy(drawn, path)
        return
    with Image.open(drawn) as picture:
        image = picture.convert("RGB")
    image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
