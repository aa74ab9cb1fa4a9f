"""Cut the fonts of the book down to the signs that formulas and icons need.

    python tools/fonts.py           fetch the pinned fonts with npm, cut them, replace the files
    python tools/fonts.py --check   only compare the files in the repository with their pins

A whole font of mathematics weighs 270 KB, one of icons 156 KB; a page shows a few hundred and a
few dozen signs. Needs npm, and pip for fonttools, which goes into a folder that is deleted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from vendor import PAGES, Package, fetch, sha256

from guide_helpers.site.icons import BRANDS, SOLID

FONTS = PAGES / "fonts"
CUTTERS = ("fonttools==4.68.0", "brotli==1.2.1")
# Letters, Greek, accents, operators, arrows, brackets, italic and script capitals.
MATHS = """
20-7E A0 AC AF B0 B1 B7 D7 F7 131 237 2C6 2C7 2C9 2D8-2DC 300-304 306-308 30C 332 338 391-3A9
3B1-3C9 3D1 3D5 3D6 3F0 3F1 3F5 2010-2016 2018 2019 2022 2026 2032-2034 203E 20D7 2061-2064 2102
210B 210E 2112 2113 2115 2119-211D 2124 2130 2131 2190-2194 21A6 21D0-21D4 2200 2202-2205
2207-220B 220F 2211-2213 2215-221E 2223-222E 223C 2243 2245 2248 2250 2254 2260 2261 2264 2265
226A 226B 227A 227B 2282-2287 2295 2297 22A2 22A4 22A5 22C0-22C5 22EE-22F1 2308-230B 23B4 23B5
23DC-23DF 27E8 27E9 2A7D 2A7E 1D400-1D467 1D49C-1D4B5 1D538-1D550 1D6A4 1D6A5 1D6E2-1D71B
"""
# Chromium leaves room for the widest root that a font has, so each root is followed by a gap.
TALLEST_ROOT = 4
NOTO = Package(
    name="@fontsource/noto-sans-math",
    version="5.3.0",
    licence="OFL-1.1",
    integrity="sha512-CzodkZ4R2VC73rqbNbVpiI94fXZJLFEMNBTAM3DFadjAKrjLQ2Fr+s2yM2c5uS+frBZ2IM+"
    "LyMo6COhAzV7hCA==",
    folder="fonts",
    files={
        "files/noto-sans-math-latin-400-normal.woff2": (
            "c39a9444f95747345dcbde1032ec0ea2af1db63dccf53a31b38a957bdcf4a01f"
        ),
        "LICENSE": "14526a1947ee905c1d4e9d8f4bbd1356d2c19362e62e1387ae35a8c797efe5e0",
    },
)
AWESOME = Package(
    name="@fortawesome/fontawesome-free",
    version="6.5.2",
    licence="OFL-1.1",
    integrity="sha512-hRILoInAx8GNT5IMkrtIt9blOdrqHOnPBH+k70aWUAqPZPgopb9G5EQJFpaBx/S8zp2fC+"
    "mPW349Bziuk1o28Q==",
    folder="fonts",
    files={
        "webfonts/fa-solid-900.woff2": (
            "ae17c16afbea216707b2203ea1cf9bdb45b9bfe47d0f4ae3258ddbc6294dd02f"
        ),
        "webfonts/fa-brands-400.woff2": (
            "232c6f6a7678304f9efaa26f30b1610debc2ba9f4cd636b5e6751c8d73761b92"
        ),
        "LICENSE.txt": "9b914eae88817d63b576eab5aafde7068c7a1abae125d7cdfb034f1da43a9afc",
    },
)


@dataclass(frozen=True)
class Cut:
    """A font that we cut: from which file, the signs that stay, and the sha256 of the result."""

    package: Package
    source: str
    name: str
    signs: tuple[int, ...]
    sha256: str


def signs(ranges: str) -> tuple[int, ...]:
    """Return the code points of hexadecimal ranges."""
    ends = [[int(end, 16) for end in part.split("-")] for part in ranges.split()]
    return tuple(sign for end in ends for sign in range(end[0], end[-1] + 1))


PIN_MATHS = "cd3b5f2e5364608be0977d1f372d0dc995be5605bd8cc4681ad46f8d615503c0"
PIN_ICONS = "f8a29a641cfd5e01f83e1b427f818ea7f491cc5379b8440e5ec2e9cd956ee620"
PIN_BRANDS = "3f38a7fb5b37852deff01d9e9a3a090d3a2a0e2cc2b5353e8e1a50dac60371d3"
CUTS = (
    Cut(NOTO, "noto-sans-math-latin-400-normal.woff2", "guide-maths", signs(MATHS), PIN_MATHS),
    Cut(AWESOME, "fa-solid-900.woff2", "guide-icons", tuple(sorted(SOLID.values())), PIN_ICONS),
    Cut(AWESOME, "fa-brands-400.woff2", "guide-brands", tuple(sorted(BRANDS.values())), PIN_BRANDS),
)
LICENCES = {"LICENSE-maths.txt": (NOTO, "LICENSE"), "LICENSE-icons.txt": (AWESOME, "LICENSE.txt")}


def wrong_files() -> list[str]:
    """Return one sentence for each font or licence that is missing or not as pinned."""
    pins = {f"{cut.name}.woff2": cut.sha256 for cut in CUTS}
    pins |= {name: package.files[member] for name, (package, member) in LICENCES.items()}
    problems = []
    for name, pin in pins.items():
        path = FONTS / name
        if not path.is_file():
            problems.append(f"{name} is missing; run tools/fonts.py")
        elif (found := sha256(path.read_bytes())) != pin:
            problems.append(f"{name} has the sha256 {found}, which is not the pinned one")
    return problems


def cut_font(source: Path, cut: Cut, target: Path) -> None:
    """Write a font with the signs of `cut` alone, under a name of ours, as its licence asks."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(source, recalcTimestamp=False)
    if "MATH" in font:
        lower_roots(font)
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = ["ssty", "dtls", "flac", "kern", "ccmp"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=cut.signs)
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in {1, 3, 4, 6, 16}:
            record.string = cut.name
    subset.save_font(font, str(target), options)


def lower_roots(font: Any) -> None:
    """Drop the tallest root signs."""
    variants = font["MATH"].table.MathVariants
    place = variants.VertGlyphCoverage.glyphs.index(font.getBestCmap()[ord("√")])
    root = variants.VertGlyphConstruction[place]
    root.MathGlyphVariantRecord = root.MathGlyphVariantRecord[:TALLEST_ROOT]
    root.GlyphAssembly = None


def make(scratch: Path) -> None:
    """Fetch, cut and write everything."""
    library = scratch / "library"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(library)]
    subprocess.run([*pip, *CUTTERS], check=True)
    sys.path.insert(0, str(library))
    FONTS.mkdir(exist_ok=True)
    fetched = {package.name: fetch(package, scratch) for package in (NOTO, AWESOME)}
    for name, (package, member) in LICENCES.items():
        (FONTS / name).write_bytes(fetched[package.name][Path(member).name])
    for cut in CUTS:
        source = scratch / cut.source
        source.write_bytes(fetched[cut.package.name][cut.source])
        cut_font(source, cut, FONTS / f"{cut.name}.woff2")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, fetch nothing")
    if not parser.parse_args().check:
        with tempfile.TemporaryDirectory() as scratch:
            make(Path(scratch))
    problems = wrong_files()
    if problems:
        sys.exit("\n".join(problems))
    print("fonts are as pinned")


if __name__ == "__main__":
    main()
