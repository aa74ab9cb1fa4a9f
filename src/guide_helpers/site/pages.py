"""Pages that are fresh and that load nothing from another site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from guide_helpers.site.freshness import cache_folder, drop_old_caches, page_key, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

ASSETS = Path(__file__).parent / "assets"
TEMPLATES = Path(__file__).parent / "templates"
KERNEL_NAME = "<script>kernelName"
SETTING = "DOCUMENTATION_OPTIONS."


def setup(app: Sphinx) -> None:
    """Add the guide's script and style, and keep pages fresh and self-contained."""
    app.connect("config-inited", use_matching_cache, priority=100)
    app.connect("builder-inited", add_assets)
    app.connect("env-purge-doc", remove_page)
    app.connect("doctree-read", note_glued_notebooks)
    app.connect("env-get-outdated", reread_after_change)
    app.connect("env-updated", keep_page_key)
    app.connect("doctree-resolved", drop_outside_settings, priority=900)
    app.connect("html-page-context", trim_assets, priority=999)
    app.add_css_file("guide/guide.css", priority=900)
    for name, order in {"guide": 900, "figures": 901, "inventory": 902}.items():
        app.add_js_file(f"guide/{name}.js", loading_method="defer", priority=order)


def use_matching_cache(app: Sphinx, config: Config) -> None:
    """Take executed notebooks from the folder that matches package, data and lock."""
    stamp(Path(app.outdir)).unlink(missing_ok=True)
    folder = cache_folder(Path(app.srcdir), Path(app.outdir))
    drop_old_caches(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config.nb_execution_cache_path = str(folder)
    config.templates_path.append(str(TEMPLATES))


def add_assets(app: Sphinx) -> None:
    """Let Sphinx copy the guide's own files to `_static/guide`."""
    app.config.html_static_path.append(str(ASSETS))


def remove_page(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Remove the page of a chapter that is gone, or about to be written again."""
    del env
    (Path(app.outdir) / f"{docname}.html").unlink(missing_ok=True)


def note_glued_notebooks(app: Sphinx, doctree: nodes.document) -> None:
    """Read a chapter again when a notebook has changed whose numbers it shows."""
    from myst_nb.ext.glue.utils import PendingGlueReference

    for reference in doctree.findall(PendingGlueReference):
        app.env.note_dependency(str(app.env.doc2path(reference.refdoc)))


def reread_after_change(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> Sequence[str]:
    """Return all pages when the package, the data, the lock or this extension changed."""
    del added, changed, removed
    current = page_key(Path(app.srcdir))
    return [] if getattr(env, "guide_page_key", None) == current else list(env.found_docs)


def keep_page_key(app: Sphinx, env: BuildEnvironment) -> Sequence[str]:
    """Remember what the pages were made from."""
    env.guide_page_key = page_key(Path(app.srcdir))  # type: ignore[attr-defined]
    return []


def drop_outside_settings(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Drop the settings of the theme's live-code scripts, which name a stranger's repository."""
    del app, docname
    from docutils import nodes

    for block in list(doctree.findall(nodes.raw)):
        if "text/x-thebe-config" in block.astext() or block.astext().startswith(KERNEL_NAME):
            block.parent.remove(block)


def trim_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Keep the scripts and styles that a page uses, and let none hold up what is first seen.

    The theme's live-code scripts come from another site and raise errors; its other settings
    that stand between the scripts are for parts that the guide does not use.
    """
    del templatename, doctree
    scripts = [s for s in context.get("script_files", ()) if not _is_unused(s)]
    if pagename != "search":  # what it adds at its end wants the others there
        scripts = [_waiting(s) for s in scripts]
    context["script_files"] = scripts
    context["css_files"] = [s for s in context.get("css_files", ()) if not _is_unused(s)]
    context["guide_version"] = app.env.guide_page_key[8:24]  # type: ignore[attr-defined]


def _is_unused(asset: Any) -> bool:
    name = str(getattr(asset, "filename", None) or asset)
    body = (getattr(asset, "attributes", None) or {}).get("body") or ""
    return "sphinx-thebe" in name or "THEBE_JS_URL" in body or body.startswith(SETTING)


def _waiting(script: Any) -> Any:
    """Return the script, run after the page is read rather than before it is shown."""
    if not getattr(script, "filename", None) or {"async", "defer"} & set(script.attributes):
        return script
    return type(script)(
        script.filename, priority=script.priority, **script.attributes, defer="defer"
    )
