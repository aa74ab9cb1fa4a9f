"""A lab: named controls, and what computes a figure for their values.

On a page without a kernel a lab is an explorer: one plotly figure that carries the figures of all
settings, which the page's script exchanges. In JupyterLab it is live: the figure is computed
when a control moves. Nothing here knows what the figure shows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from guide_helpers.errors import GuideError
from guide_helpers.progress import progress

if TYPE_CHECKING:
    from ipywidgets import Widget
    from plotly.graph_objects import Figure

STILL = "GUIDE_STILL"
"""The environment variable that says that pages are being built, where nothing can be live."""
PLOTLY = "application/vnd.plotly.v1+json"
MOST_SETTINGS = 200


@dataclass(frozen=True)
class Control:
    """One thing to choose: its values, the words for them, and the one to begin with.

    A `scale` has values in an order, and is moved; else one of a list is chosen.
    """

    name: str
    values: Sequence[Hashable]
    words: Sequence[str] = ()
    start: int = 0
    scale: bool = True

    def __post_init__(self) -> None:
        if not self.values or not 0 <= self.start < len(self.values):
            raise GuideError(f"control {self.name!r} has no value number {self.start}")
        if self.words and len(self.words) != len(self.values):
            raise GuideError(f"control {self.name!r} has {len(self.values)} values, other words")

    @property
    def labels(self) -> list[str]:
        """The words for the values."""
        return list(self.words) or [str(v) for v in self.values]


@dataclass(frozen=True)
class Lab:
    """Controls and the function that returns the figure for one value of each, in their order."""

    controls: tuple[Control, ...]
    figure: Callable[..., Figure]
    title: str = ""
    _drawn: dict[tuple[int, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    def explorer(self) -> Figure:
        """Return the figure of the first setting, with those of all others inside."""
        settings = list(product(*(range(len(c.values)) for c in self.controls)))
        if len(settings) > MOST_SETTINGS:
            raise GuideError(
                f"{len(settings)} settings are too many for a page; leave values out until "
                f"{MOST_SETTINGS} or fewer remain"
            )
        start = tuple(c.start for c in self.controls)
        first = self._at(start)
        states = {"-".join(map(str, s)): _plain(self._at(s)) for s in progress(settings, "lab")}
        meta = dict(first.layout.meta or {})
        meta["explorer"] = {
            "controls": [
                {"name": c.name, "labels": c.labels, "start": c.start, "scale": c.scale}
                for c in self.controls
            ],
            "states": states,
        }
        shown = type(first)(first)
        return shown.update_layout(meta=meta)

    def live(self) -> Widget:
        """Return the controls above a figure that is computed anew when one of them moves."""
        import ipywidgets as w

        moved = [_control(c) for c in self.controls]
        place = w.Output()

        def show(_: object = None) -> None:
            figure = self._at(tuple(m.index for m in moved))
            text = (figure.layout.meta or {}).get("alt", "")
            data = {PLOTLY: json.loads(figure.to_json()), "text/plain": text}
            place.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)

        for control in moved:
            control.observe(show, names="index")
        show()
        heading = [w.HTML(f"<strong>{self.title}</strong>")] if self.title else []
        return w.VBox([*heading, *moved, place])

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.explorer() if os.environ.get(STILL) else self.live())  # type: ignore[no-untyped-call]

    def _at(self, setting: tuple[int, ...]) -> Any:
        """Return the figure of a setting, computed once."""
        if setting not in self._drawn:
            values = [c.values[i] for c, i in zip(self.controls, setting, strict=True)]
            self._drawn[setting] = self.figure(*values)
        return self._drawn[setting]


def _control(control: Control) -> Any:
    import ipywidgets as w

    said: dict[str, Any] = {
        "options": list(zip(control.labels, control.values, strict=True)),
        "index": control.start,
        "description": control.name,
        "style": {"description_width": "initial"},
        "layout": {"width": "90%"},
    }
    if control.scale:
        return w.SelectionSlider(continuous_update=False, **said)
    return w.Dropdown(**said)


def _plain(figure: Any) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(figure.to_json())
    found.get("layout", {}).pop("template", None)
    return found
