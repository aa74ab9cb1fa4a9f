"""A lab: named controls, and what computes a figure or a text for their values.

On a page without a kernel a lab is an explorer: one plotly figure that carries what all settings
show, which the page's script exchanges. In JupyterLab it is live: what a setting shows is
computed when a control moves. Nothing here knows what is shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

from guide_helpers.errors import GuideError
from guide_helpers.progress import progress
from guide_helpers.widgets.view import View, of_figure, refusal

if TYPE_CHECKING:
    from ipywidgets import Widget
    from plotly.graph_objects import Figure

STILL = "GUIDE_STILL"
"""The environment variable that says that pages are being built, where nothing can be live."""
MOST_SETTINGS = 200


@dataclass(frozen=True)
class Control:
    """One thing to choose: its values, the words for them, and the one to begin with.

    A `scale` has values in an order, and is moved; else one of a list is chosen. Values
    `(False, True)` are a box to tick.
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
        plain = ["no", "yes"] if self.tick else [str(v) for v in self.values]
        return list(self.words) or plain

    @property
    def tick(self) -> bool:
        """Whether it is a box to tick."""
        return [v for v in self.values if isinstance(v, bool)] == [False, True]

    def page(self) -> dict[str, Any]:
        """Return what a page has to know to show it."""
        said = {"name": self.name, "labels": self.labels, "start": self.start}
        return said | {"scale": self.scale, "tick": self.tick}


@dataclass(frozen=True)
class Lab:
    """Controls and the function that returns what to show for one value of each, in their order.

    The function returns a figure, or a `View` of a figure, a text or both. A setting that a verb
    refuses shows the sentence of the refusal.
    """

    controls: tuple[Control, ...]
    figure: Callable[..., Figure | View]
    title: str = ""
    _seen: dict[tuple[int, ...], View] = field(default_factory=dict, compare=False, repr=False)

    def explorer(self) -> Figure:
        """Return the figure of the first setting, with what all others show inside."""
        settings = list(product(*(range(len(c.values)) for c in self.controls)))
        if len(settings) > MOST_SETTINGS:
            raise GuideError(
                f"{len(settings)} settings are too many for a page; leave values out until "
                f"{MOST_SETTINGS} or fewer remain"
            )
        start = tuple(c.start for c in self.controls)
        first = self._computed(start)  # a refusal of the first setting is an error of the page
        states = {"-".join(map(str, s)): _plain(self.view(s)) for s in progress(settings, "lab")}
        explorer = {"controls": [c.page() for c in self.controls], "states": states}
        shown = _figure(first)
        return shown.update_layout(meta={**(shown.layout.meta or {}), "explorer": explorer})

    def live(self) -> Widget:
        """Return the controls above what is computed anew when one of them moves."""
        from guide_helpers.widgets.live import Live

        return Live(self).box

    def view(self, setting: tuple[int, ...]) -> View:
        """Return what the setting with these numbers of values shows, or why a verb refused it."""
        try:
            return self._computed(setting)
        except GuideError as error:
            return self._seen.setdefault(setting, refusal(str(error)))

    def _computed(self, setting: tuple[int, ...]) -> View:
        if setting not in self._seen:
            values = [c.values[i] for c, i in zip(self.controls, setting, strict=True)]
            shown = self.figure(*values)
            self._seen[setting] = shown if isinstance(shown, View) else of_figure(shown)
        return self._seen[setting]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.explorer() if os.environ.get(STILL) else self.live())  # type: ignore[no-untyped-call]


def _figure(view: View) -> Figure:
    """Return a copy of the figure of a view; that of a text alone is empty and has the words."""
    import plotly.graph_objects as go

    figure = go.Figure(view.figure)
    return figure.update_layout(meta={**(figure.layout.meta or {}), "alt": view.words})


def _plain(view: View) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_figure(view).to_json())
    found.get("layout", {}).pop("template", None)
    return {**found, "text": list(view.parts)}
