"""Chapters open their notebook as notebook pages open themselves: download, Binder, JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guide_helpers.site.page_data import EVENT, notebook_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

AFTER_THEME = 502
BINDER_LOGO = "_static/images/logo_binder.svg"


def setup(app: Sphinx) -> None:
    """Add the buttons of chapters, and tell each page which notebook its buttons open."""
    app.connect("html-page-context", add_buttons, priority=AFTER_THEME)
    app.connect(EVENT, tell_notebook)


def notebook_for(app: Sphinx, pagename: str) -> str | None:
    """Return the notebook that a page was made from, or the first that a chapter leads to."""
    return notebook_of(app, pagename) or first_below(app.env, pagename)


def first_below(env: BuildEnvironment, pagename: str) -> str | None:
    """Return the path of the first notebook below a chapter in the table of contents."""
    if pagename == env.config.root_doc:
        return None
    below = env.toctree_includes.get(pagename, [])
    return next((f"{name}.ipynb" for name in below if name.startswith("notebooks/")), None)


def tell_notebook(
    app: Sphinx, pagename: str, context: dict[str, Any], data: dict[str, Any]
) -> None:
    """Put the notebook that a page's buttons open into its data."""
    del context
    data["opens"] = notebook_for(app, pagename)


def add_buttons(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add to a chapter's head what the theme gives to notebook pages only."""
    del templatename
    if doctree is None or notebook_of(app, pagename):
        return
    notebook = first_below(app.env, pagename)
    groups = context.get("header_buttons")
    if not notebook or groups is None:
        return
    groups.insert(0, launch_group(binder(app.config.html_theme_options, notebook)))
    for group in groups:
        if group.get("label") == "download-buttons":
            address = f"{context['pathto']('_sources', 1)}/{notebook}"
            group["buttons"].insert(0, link(address, "Notebook", "fas fa-code"))


def binder(options: dict[str, Any], notebook: str) -> str:
    """Return the address at which Binder opens exactly this notebook."""
    hub = options["launch_buttons"]["binderhub_url"].strip("/")
    place = options["repository_url"].removeprefix("https://github.com/").strip("/")
    branch = options.get("repository_branch") or "main"
    return f"{hub}/v2/gh/{place}/{branch}?urlpath=lab/tree/{notebook}"


def launch_group(address: str) -> dict[str, Any]:
    """Return the theme's group of launch buttons with Binder in it."""
    return {
        "type": "group",
        "tooltip": "Open the notebook of this chapter",
        "icon": "fas fa-rocket",
        "buttons": [link(address, "Binder", BINDER_LOGO)],
        "label": "launch-buttons",
    }


def link(address: str, text: str, icon: str) -> dict[str, Any]:
    """Return one button that is a link."""
    return {
        "type": "link",
        "url": address,
        "text": text,
        "icon": icon,
        "tooltip": f"{text}: the notebook of this chapter",
    }
