"""Write the workshop notebooks of the book from the exercises, as participants get them.

python tools/workshop_notebooks.py
"""

from __future__ import annotations

from pathlib import Path

from guide_helpers.workshop import copies

FOLDER = Path(__file__).resolve().parents[1] / "notebooks" / "wp4_experiments"

if __name__ == "__main__":
    for part in copies.PARTS:
        target = FOLDER / f"workshop_{part}.ipynb"
        target.write_text(copies.notebook(part), encoding="utf-8", newline="\n")
        print(target.name)
