"""Data of generated specs, with the score that the best possible model reaches on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.why.families import CURVES, SURFACES, Array, Family

Random = np.random.Generator
RANGES = ((0, 1, "none"), (-1, 1, "none"), (-3, 3, "none"), (10, 60, "standard"))  # of a single input, and its scaling
TOY_CEILINGS = {"spiral": 0.97, "vertical": 0.97, "blobs": 0.97, "circles": 0.97, "moons": 0.99, "xor": 0.98}


@dataclass(frozen=True)
class Source:
    """Samples, drawn by nncli (`toy`) or written to a file; scores are r2, or the accuracy for classes."""

    name: str
    ceiling: float  # score of the best possible model
    baseline: float  # score of the best constant
    outputs: int  # 1 for regression and two classes
    classes: bool
    nonlinear: bool  # a linear model fails
    toy: dict[str, Any] | None = None
    x: Array | None = None
    y: Array | None = None
    layout: str = "npz"
    scale: str = "standard"
    scale_target: str = "standard"

    def level(self, part: float) -> float:
        """Return the score at a part of the way from the baseline to the ceiling."""
        return self.baseline + part * (self.ceiling - self.baseline)

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        if self.x is not None:
            return int(self.x.shape[1])
        return 1 if not self.classes else 2

    def data(self, name: str) -> dict[str, Any]:
        """Return the section `data` of a spec whose file, if any, is called `name`."""
        if self.toy is not None:
            return dict(self.toy)
        fields: dict[str, Any] = {"type": self.layout, "path": f"data/{name}.{self.layout}", "scale": self.scale}
        if self.layout == "csv":
            fields["target"] = "target"
        fields["task"] = "classes" if self.classes else "regression"
        if not self.classes:
            fields["scale_target"] = self.scale_target
        return fields

    def write(self, folder: Path, name: str) -> None:
        """Write the file that `data` names."""
        if self.x is None or self.y is None:
            return
        path = folder / "data" / f"{name}.{self.layout}"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(path, self.x, self.y)

    def shuffled(self, random: Random) -> Source:
        """Return the samples with targets that belong to other samples."""
        assert self.y is not None
        return replace(self, y=random.permutation(self.y))


def write_table(path: Path, x: Array, y: Array) -> None:
    """Write samples as arrays, or as CSV with 7 digits."""
    if path.suffix == ".npz":
        np.savez(path, x=x, y=y)
        return
    names = [*(f"x{i}" for i in range(x.shape[1])), "target"]
    target = "%d" if y.dtype.kind in "iu" else "%.7g"
    rows = np.column_stack([x, y])
    np.savetxt(path, rows, ["%.7g"] * x.shape[1] + [target], ",", header=",".join(names), comments="")


def draw_curve(
    random: Random,
    family: Family,
    noise: float | None = None,
    only: tuple[str, ...] = (),
    ranges: tuple[tuple[float, float, str], ...] = RANGES,
) -> Source:
    """Return samples of a function of one input, as a user would write them: x in 0..1, in -1..1, or natural units."""
    name = str(random.choice(only or family.curves))
    periods = int(random.integers(1, family.period_limit + 1))
    x = np.sort(random.uniform(0, 1, int(random.integers(*family.samples))))
    truth = _standardized(CURVES[name](x, periods))
    y, ceiling = _noisy(truth, random, noise)
    start, end, scale = ranges[random.integers(len(ranges))]
    return Source(
        name=f"{name}{periods}" if name in ("sine", "wave", "chirp", "decay", "sawtooth") else name,
        ceiling=ceiling,
        baseline=0.0,
        outputs=1,
        classes=False,
        nonlinear=True,
        x=(start + (end - start) * x).reshape(-1, 1),
        y=y,
        scale=scale,
        scale_target="none",
    )


def draw_surface(random: Random, family: Family, noise: float | None = None, linear: bool = False) -> Source:
    """Return a table of numbers with a target in natural units; columns differ in scale and offset."""
    dimensions = int(random.integers(family.dimensions[0], family.dimensions[1] + 1))
    z = random.normal(size=(int(random.integers(*family.samples)), dimensions))
    name = "linear" if linear else str(random.choice(family.surfaces))
    truth = z @ random.normal(size=dimensions) if linear else SURFACES[name](z)
    y, ceiling = _noisy(_standardized(truth), random, noise)
    x = z * 10 ** random.uniform(-1, 2, dimensions) + random.normal(size=dimensions) * 20
    y = y * 10 ** random.uniform(0, 3) + random.uniform(-50, 200)
    layout, scale = str(random.choice(family.layouts)), str(random.choice(family.scales))
    return Source(f"{name}{dimensions}d", ceiling, 0.0, 1, False, not linear, x=x, y=y, layout=layout, scale=scale)


def draw_clusters(
    random: Random, family: Family, overlap: float | None = None, share: float | None = None, flips: float = 0.0
) -> Source:
    """Return a table with classes around centres; `share`: of the second of two classes; `flips`: wrong labels."""
    dimensions = int(random.integers(family.dimensions[0], family.dimensions[1] + 1))
    count = 2 if share is not None else int(random.choice(family.classes))
    samples = int(random.integers(*family.samples))
    odds = [1 / count] * count if share is None else [1 - share, share]
    y = random.choice(count, samples, p=odds)
    directions = np.linalg.qr(random.normal(size=(max(dimensions, count), max(dimensions, count))))[0]
    spread = float(random.uniform(3, 4.5)) if overlap is None else overlap  # distance between centres over noise
    centres = directions[:count, :dimensions] * spread / np.sqrt(2)
    z = centres[y] + random.normal(size=(samples, dimensions))
    odds_of = -((z[:, None, :] - centres) ** 2).sum(2) / 2 + np.log(odds)
    right = float((odds_of.argmax(1) == y).mean())
    if flips:
        wrong = random.random(samples) < flips
        y = np.where(wrong, (y + random.integers(1, count, samples)) % count, y)
        right *= 1 - flips
    x = z * 10 ** random.uniform(-1, 2, dimensions) + random.normal(size=dimensions) * 20
    baseline = float(np.bincount(y).max() / samples)
    layout, scale = str(random.choice(family.layouts)), str(random.choice(family.scales))
    name = f"clusters{count}of{dimensions}d"
    return Source(name, right, baseline, 1 if count == 2 else count, True, False, x=x, y=y, layout=layout, scale=scale)


def draw_rings(random: Random, family: Family, flips: float = 0.0) -> Source:
    """Return a table with two classes that only a curved boundary separates."""
    dimensions = int(random.integers(family.dimensions[0], family.dimensions[1] + 1))
    samples = int(random.integers(*family.samples))
    z = random.normal(size=(samples, dimensions))
    radius = z[:, 0] ** 2 + z[:, 1] ** 2
    y = (radius > np.median(radius)).astype(np.int64)
    y = np.where(random.random(samples) < flips, 1 - y, y)
    x = z * 10 ** random.uniform(-1, 2, dimensions) + random.normal(size=dimensions) * 20
    layout, scale = str(random.choice(family.layouts)), str(random.choice(family.scales))
    return Source(f"rings{dimensions}d", 0.99 - flips, 0.5, 1, True, True, x=x, y=y, layout=layout, scale=scale)


def draw_toy(random: Random, family: Family, only: tuple[str, ...] = ()) -> Source:
    """Return one of nncli's own data sets with classes."""
    kind = str(random.choice(only or family.toys))
    classes = int(random.choice([count for count in family.classes if count <= 5]))
    samples = int(random.integers(*family.samples))
    toy: dict[str, Any] = {"type": kind, "samples": samples}
    if kind in ("spiral", "vertical", "blobs"):
        classes = min(classes, 3) if kind == "spiral" else classes
        toy |= {"classes": classes}
        toy["samples"] = samples if kind == "blobs" else max(samples // classes, 50)
        outputs = 1 if classes == 2 else classes
    else:
        classes, outputs = 2, 1
        toy["noise"] = round(float(random.uniform(0.03, 0.12)), 2) if kind != "xor" else 0.0
    if kind == "blobs":
        toy["noise"] = round(float(random.uniform(0.3, 0.6)) * 3 / max(classes, 3), 2)
    nonlinear = kind in ("spiral", "circles", "xor")
    return Source(kind, TOY_CEILINGS[kind], 1 / classes, outputs, True, nonlinear, toy=toy)


def draw_toy_values(random: Random, family: Family) -> Source:
    """Return one of nncli's own data sets with values."""
    samples = int(random.integers(*family.samples))
    kind = str(random.choice(["sine", "polynomial", "step"]))
    if kind == "sine":
        return Source(kind, 1.0, 0.0, 1, False, True, toy={"type": kind, "samples": samples})
    if kind == "step":
        return Source(kind, 0.99, 0.0, 1, False, True, toy={"type": kind, "samples": samples})
    toy = {"type": kind, "samples": samples, "noise": 0.05}
    toy["coefficients"] = [round(float(each), 1) for each in random.uniform(-2, 2, 2)] + [2.0, -1.0]
    return Source(kind, 0.97, 0.0, 1, False, True, toy=toy)


def _standardized(values: Array) -> Array:
    return np.asarray((values - values.mean()) / values.std())


def _noisy(truth: Array, random: Random, noise: float | None) -> tuple[Array, float]:
    """Return values with noise, and the r2 of the values without it."""
    noise = float(random.choice([0.0, 0.05, 0.1, 0.2])) if noise is None else noise
    error = random.normal(size=len(truth)) * noise
    y = truth + error
    return y, float(1 - (error**2).mean() / y.var())
