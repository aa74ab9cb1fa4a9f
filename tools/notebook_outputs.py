"""Check that notebooks are stored without outputs, so that changes can be read.

    python tools/notebook_outputs.py [FILES]           name the notebooks that hold outputs
    python tools/notebook_outputs.py --clear [FILES]   remove them

Without FILES: all of notebooks/. Standard library only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def cleared(notebook: dict[str, Any]) -> bool:
    """Remove outputs, counters and widget states; tell whether there were any."""
    found = notebook.get("metadata", {}).pop("widgets", None) is not None
    for cell in notebook.get("cells", []):
        if cell.get("outputs") or cell.get("execution_count") is not None:
            cell.update(outputs=[], execution_count=None)
            found = True
    return found


def main(arguments: list[str]) -> None:
    """Check or clear the notebooks."""
    clear = "--clear" in arguments
    files = [Path(name) for name in arguments if name != "--clear"]
    held = []
    for path in files or sorted(ROOT.glob("notebooks/**/*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if cleared(notebook):
            held.append(str(path))
            if clear:
                text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
                path.write_text(text, encoding="utf-8", newline="\n")
    if held and not clear:
        sys.exit(
            f"stored with outputs: {', '.join(held)}; "
            "clear them with: python tools/notebook_outputs.py --clear"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
