"""The explorer of margins and relations: one variable or two, in the original and a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from guide_helpers import figures
from guide_helpers.errors import GuideError
from guide_helpers.results import Synthetic
from guide_helpers.schema import Dataset
from guide_helpers.widgets.lab import Control, Lab
from guide_helpers.widgets.recipes import Recipe, made

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ALONE = "nothing: on its own"
File = Dataset | Synthetic | Recipe
"""A file, or the method that makes one."""


def relations(
    original: Dataset,
    files: Mapping[str, File],
    *,
    variables: Sequence[str] | None = None,
    start: tuple[str, str | None, str] | None = None,
    smallest: int = 10,
    note: str = "",
    seed: int = 1,
) -> Lab:
    """Return a lab that shows one variable, or how a second goes with it, in a file.

    `files` are synthetic files by name, or methods that make them when they are asked for. Of the
    original and the files, cells and groups with fewer than `smallest` records are left out.
    `start` is what to show first: a variable, a second one or None, a file. `note` is said below
    the figure, for instance which file plays the confidential one.
    """
    names = tuple(variables or original.schema.names)
    for name in names:
        if name not in original.schema:
            raise GuideError(f"no variable {name!r}; known: {', '.join(original.schema.names)}")
    first, second, shown = start or (names[0], None, next(iter(files)))
    hidden = f"Cells and groups with fewer than {smallest} records are left out."

    @cache
    def file(name: str) -> Dataset | Synthetic:
        given = files[name]
        if isinstance(given, Dataset | Synthetic):
            return given
        return made(original, given, seed=seed)

    def figure(x: str, y: str, name: str) -> Figure:
        said: dict[str, Any] = {"smallest": smallest, "caption": f"{note} {hidden}".strip()}
        pair = (original, {name: file(name)})
        drawn = (
            figures.margin(*pair, x, **said)
            if y in (ALONE, x)
            else figures.relation(*pair, x, y, **said)
        )
        words = f"{name}. {drawn.layout.meta['alt']} {hidden}"
        return drawn.update_layout(meta={**drawn.layout.meta, "alt": words})

    labels = [_label(original, n) for n in names]
    return Lab(
        (
            Control("Variable", names, labels, names.index(first), scale=False),
            Control(
                "Together with",
                (ALONE, *names),
                [ALONE, *labels],
                0 if second is None else 1 + names.index(second),
                scale=False,
            ),
            Control("File", tuple(files), start=list(files).index(shown)),
        ),
        figure,
        "What did the file keep?",
    )


def _label(data: Dataset, name: str) -> str:
    return data.schema[name].label or name.replace("_", " ")
