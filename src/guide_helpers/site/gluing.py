"""Put a notebook's results where a chapter can pick them up, so that no number is typed."""

from __future__ import annotations

import json
from typing import Any

from guide_helpers.errors import GuideError

PREFIX = "application/papermill.record/"


def glue(name: str, result: Any) -> None:
    """Keep a number, a text, a table or a plotly figure under a name; show nothing here.

    A chapter shows it with the `glue` roles of MyST-NB. Numbers keep full precision; the
    chapter chooses the format.
    """
    from IPython.display import display

    bundle = {PREFIX + kind: content for kind, content in _bundle(result).items()}
    mark = {"scrapbook": {"name": name, "mime_prefix": PREFIX}}
    display(bundle, raw=True, metadata=mark)  # type: ignore[no-untyped-call]


def _bundle(result: Any) -> dict[str, str]:
    if hasattr(result, "to_plotly_json"):
        from guide_helpers.site.plotly_figure import figure_html

        return {"text/html": figure_html(json.loads(result.to_json()))}
    if hasattr(result, "to_html"):
        return {"text/html": result.to_html()}
    plain = result.item() if hasattr(result, "item") else result
    if not isinstance(plain, int | float | str):
        kind = type(result).__name__
        raise GuideError(f"cannot glue a {kind}; give a number, a text, a table or a figure")
    return {"text/plain": repr(plain)}
