"""Keep only the icons that the pages use: the theme's own file holds two thousand."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from guide_helpers.errors import GuideError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ICONS = Path("_static", "scripts", "fontawesome.js")
ICON = re.compile(
    r'(?<=[{,])"?([a-z0-9-]+)"?:'  # name
    r'\[\d+,\d+,(\[[^\]]*\]),"[0-9a-f]+",'  # width, height, other names, code point
    r'(?:"[^"]*"|\[[^\]]*\])\],?'  # one path or two
)
USED = re.compile(r"\bfa-([a-z0-9-]+)")


def setup(app: Sphinx) -> None:
    """Shorten the icon file when all pages are written."""
    app.connect("build-finished", keep_used_icons)


def keep_used_icons(app: Sphinx, failure: Exception | None) -> None:
    """Write the theme's icon file again with the icons that pages and scripts name."""
    output = Path(app.outdir)
    if failure or not (output / ICONS).is_file():
        return
    used = icons_named_in(output)
    everything = (theme_folder() / ICONS.relative_to("_static")).read_text(encoding="utf-8")
    (output / ICONS).write_text(only(used, everything), encoding="utf-8")


def theme_folder() -> Path:
    """Return the folder of the theme's static files."""
    theme = find_spec("pydata_sphinx_theme")
    if theme is None or theme.origin is None:
        raise GuideError("pydata_sphinx_theme is not installed; the book needs the extra 'book'")
    return Path(theme.origin).parent / "theme" / "pydata_sphinx_theme" / "static"


def icons_named_in(output: Path) -> set[str]:
    """Return the names of icons in the written pages and scripts; styles use the theme's fonts."""
    own = output / ICONS
    files = (p for kind in ("html", "js") for p in output.rglob(f"*.{kind}") if p != own)
    return {
        name for path in files for name in USED.findall(path.read_text("utf-8", errors="ignore"))
    }


def only(used: set[str], icons: str) -> str:
    """Return the icon file without icons whose name, and other names, are not in `used`."""

    def kept(icon: re.Match[str]) -> str:
        names = {icon[1], *re.findall(r'"([^"]+)"', icon[2])}
        return icon[0] if names & used else ""

    return ICON.sub(kept, icons).replace(",}", "}")
