"""The colours of objectives: the better, the more they stand out from the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nncli.render.figures import style
from nncli.render.figures.palette import palette
from nncli.render.figures.sweep_trials import needs_log

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ObjectiveColours:
    """A scale of colours for objectives, logarithmic if they have different magnitudes."""

    def __init__(self, objectives: NDArray[np.float64], *, higher_is_better: bool) -> None:
        import matplotlib
        from matplotlib.colors import ListedColormap, LogNorm, Normalize

        shades = np.linspace(*palette().shades, 256)
        viridis = matplotlib.colormaps["viridis"]
        ends = [style.contrast(viridis(shade)[:3], palette().page) for shade in (shades[0], shades[-1])]
        if (ends[0] > ends[1]) == higher_is_better:  # the first colour is that of the least objective
            shades = shades[::-1]
        self.map = ListedColormap(viridis(shades))
        finite = objectives[np.isfinite(objectives)]
        self.exists = bool(len(finite))
        low, high = (float(finite.min()), float(finite.max())) if self.exists else (0.0, 1.0)
        margin = 0.0 if low < high else 0.5 * abs(low) or 0.5
        norm = LogNorm if needs_log(objectives) else Normalize
        self.norm: Any = norm(low - margin, high + margin)

    def of(self, objective: float) -> Any:
        """Return the colour of an objective."""
        return self.map(self.norm(objective))

    def add_bar(self, axes: Axes, label: str) -> None:
        """Add a colour bar beside a panel, if any objective is finite."""
        from matplotlib.cm import ScalarMappable

        if not self.exists:
            return
        bar = axes.figure.colorbar(ScalarMappable(self.norm, self.map), ax=axes, fraction=0.05, pad=0.03)
        bar.outline.set_visible(False)
        bar.set_label(label)
