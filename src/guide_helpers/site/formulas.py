"""Formulas as MathML, made when the pages are written: they need no script in the browser.

docutils turns TeX into MathML; what follows mends its spacing, and a font of ours (cut from Noto
Sans Math by `tools/fonts.py`) draws it alike everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

STYLE = "guide/formulas.css"
NAMESPACE = "http://www.w3.org/1998/Math/MathML"
APPLY = "\u2061"
ACCENTS = set("ˆˇ˜ˉ´`˘˙¨→")
THIN = {"width": "0.1667em"}


def setup(app: Sphinx) -> None:
    """Make MathML the way of all formulas, with its style on the pages that have one."""
    app.add_html_math_renderer("mathml", (write_inline, None), (write_block, None))
    app.connect("html-page-context", add_style, priority=800)


def add_style(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Load the style, and so the font, on pages with a formula."""
    del pagename, templatename, context
    if doctree is not None and has_formula(doctree):
        app.add_css_file(STYLE)


def has_formula(doctree: nodes.document) -> bool:
    """Tell whether a page has a formula."""
    return any(True for kind in (nodes.math, nodes.math_block) for _ in doctree.findall(kind))


def write_inline(translator: Any, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    attributes = {"CLASS": "math notranslate nohighlight"}
    translator.body.append(translator.starttag(node, "span", "", **attributes))
    translator.body.append(mathml(node.astext(), node) + "</span>")
    raise nodes.SkipNode


def write_block(translator: Any, node: nodes.math_block) -> None:
    """Write a formula on its own line, in a box that scrolls where it is wider than the screen."""
    classes = "math notranslate nohighlight guide-formula"
    translator.body.append(translator.starttag(node, "div", CLASS=classes))
    translator.body.append(_number(translator, node))
    parts = [part for part in node.astext().split("\n\n") if part.strip()]
    translator.body += [mathml(part, node, block=True) for part in parts]
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def _number(translator: Any, node: nodes.math_block) -> str:
    if not node.get("number"):
        return ""
    from sphinx.util.math import get_node_equation_number

    return f'<span class="eqno">({get_node_equation_number(translator, node)})</span>'


def mathml(tex: str, node: nodes.Node | None = None, *, block: bool = False) -> str:
    """Return the MathML of a formula in TeX; one that docutils cannot read is a warning."""
    from docutils.utils.math import MathError
    from docutils.utils.math.latex2mathml import tex2mathml
    from sphinx.util import logging

    try:
        written = tex2mathml(tex, as_block=block)
    except MathError as problem:
        told = "the formula %r cannot be turned into MathML: %s"
        logging.getLogger(__name__).warning(told, tex, problem, location=node)
        return f"<code>{nodes.Text(tex)}</code>"
    written = written.replace("&ApplyFunction;", APPLY).replace(f' xmlns="{NAMESPACE}"', "")
    formula = ET.fromstring(written)
    mend(formula)
    return ET.tostring(formula, encoding="unicode", short_empty_elements=False)


def mend(formula: ET.Element) -> None:
    """Space a formula as a printer would, and put indices beside a letter with an accent."""
    for element in formula.iter():
        if len(element):
            element.text = None
        element.tail = None
        if element.tag == "mo" and element.text == "/":
            element.attrib |= {"lspace": "0", "rspace": "0"}
    for element in list(formula.iter()):
        _index_beside_accent(element)
        _space_after_function(element)


def _index_beside_accent(element: ET.Element) -> None:
    """Turn a letter with an accent above and an index below into an accented letter with one."""
    if element.tag != "munderover" or (element[2].text or "") not in ACCENTS:
        return
    letter, index, accent = list(element)
    accented = ET.Element("mover", accent="true")
    accented.extend([letter, accent])
    element[:] = [accented, index]
    element.tag = "msub"


def _space_after_function(element: ET.Element) -> None:
    """Leave a thin space between the name of a function and what has no bracket."""
    children = list(element)
    for place in range(len(children) - 2, -1, -1):
        following = children[place + 1]
        if children[place].text == APPLY and not _opens(following):
            element.insert(place + 1, ET.Element("mspace", THIN))


def _opens(element: ET.Element) -> bool:
    first = next((e for e in element.iter() if e.text), element)
    return element.tag in {"mo", "mrow"} and (first.text or "") in set("([{|‖⟨")
