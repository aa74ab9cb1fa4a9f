"""The frame of a page that is one file: it loads nothing, and can be printed and sent on."""

from __future__ import annotations

from html import escape


def whole_page(title: str, inside: str, style: str) -> str:
    """Return a page of its own; `inside` is HTML whose words are escaped already."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><main>{inside}</main></body></html>\n"
    )
