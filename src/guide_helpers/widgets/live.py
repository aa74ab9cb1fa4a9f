"""The live form of a lab: widgets, and one worker that computes what they ask for last."""

from __future__ import annotations

import json
from html import escape
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from guide_helpers.site.plotly_figure import MIME, data_table
from guide_helpers.widgets.view import View

if TYPE_CHECKING:
    from ipywidgets import Widget

    from guide_helpers.widgets.lab import Control, Lab

COMPUTING = "Computing …"


class Live:
    """Controls above a figure and its text.

    The kernel stays free while the worker computes, so a control can be moved again: what is no
    longer asked for is kept for later, and not shown.
    """

    def __init__(self, lab: Lab) -> None:
        import ipywidgets as w

        self.lab = lab
        self.controls = [_control(c) for c in lab.controls]
        self.status, self.place, self.text = w.HTML(), w.Output(), w.HTML()
        title = [w.HTML(f"<strong>{escape(lab.title)}</strong>")] if lab.title else []
        self.box = w.VBox([*title, *self.controls, self.status, self.place, self.text])
        self.settled = Event()
        """Set while what is shown is what was asked for."""
        self._lock, self._busy = Lock(), False
        for control in self.controls:
            control.observe(self._ask, names="value")
        self._ask()

    def _ask(self, _: object = None) -> None:
        """Let the worker know what is wanted now, and start it where it rests."""
        with self._lock:
            self._wanted = tuple(_index(c) for c in self.controls)
            self.settled.clear()
            self._say(COMPUTING)
            if self._busy:
                return
            self._busy = True
        worker = Thread(target=self._work, daemon=True)
        try:
            worker.start()
        except RuntimeError:  # a kernel in a browser has no threads
            self._work()

    def _work(self) -> None:
        while True:
            setting = self._wanted
            shown = self._computed(setting)
            with self._lock:
                if setting == self._wanted:
                    self._show(shown)
                    self._busy = False
                    self.settled.set()
                    return

    def _computed(self, setting: tuple[int, ...]) -> View | str:
        """Return what a setting shows, or the sentence that says what went wrong."""
        try:
            return self.lab.view(setting)
        except Exception as error:  # an error in a thread would be seen by nobody
            return f"This setting could not be computed ({type(error).__name__}: {error})."

    def _show(self, shown: View | str) -> None:
        if isinstance(shown, str):
            self._say(shown)
            self.place.outputs, self.text.value = (), ""
            return
        self._say("")
        self.place.outputs = _outputs(shown)
        self.text.value = text_html(shown)

    def _say(self, words: str) -> None:
        self.status.value = f'<p role="status">{escape(words)}</p>' if words else ""


def text_html(view: View) -> str:
    """Return the words, the text and the data of a view, in the order of a page."""
    text = "".join(view.parts)
    if view.figure is None:
        return text
    figure = json.loads(view.figure.to_json())
    return "".join(
        (
            f'<p class="guide-finding">{escape(view.words)}</p>',
            text,
            data_table(figure),
        )
    )


def _outputs(view: View) -> tuple[dict[str, Any], ...]:
    if view.figure is None:
        return ()
    data = {MIME: json.loads(view.figure.to_json()), "text/plain": view.words}
    return ({"output_type": "display_data", "data": data, "metadata": {}},)


def _control(control: Control) -> Widget:
    import ipywidgets as w

    said: dict[str, Any] = {
        "description": control.name,
        "style": {"description_width": "initial"},
        "layout": {"width": "90%"},
    }
    if control.tick:
        return w.Checkbox(value=bool(control.values[control.start]), indent=False, **said)
    said |= {"options": [(t, i) for i, t in enumerate(control.labels)], "value": control.start}
    return (
        w.SelectionSlider(continuous_update=False, **said) if control.scale else w.Dropdown(**said)
    )


def _index(widget: Any) -> int:
    return int(widget.value)
