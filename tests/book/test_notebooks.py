"""Facts about the notebooks as they are stored: thin, clean, and part of the book."""

from __future__ import annotations

import ast
import re

LONGEST_CELL = 15
READERS = {"open", "Path", "read_csv", "read_parquet", "read_excel", "read_json", "glob"}
PATH_LIKE = re.compile(r"^(\.{0,2}/|~/|[A-Za-z]:\\)|\.(csv|gz|parquet|json|xlsx|ya?ml|zip)$")


def code_cells(notebook):
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "code":
            yield number, "".join(cell["source"]), cell


def test_notebooks_are_stored_without_outputs(notebooks):
    held = [
        f"{name}, cell {number}"
        for name, notebook in notebooks.items()
        for number, _, cell in code_cells(notebook)
        if cell["outputs"] or cell["execution_count"] is not None
    ]
    assert held == []


def test_code_cells_are_short(notebooks):
    long = [
        f"{name}, cell {number}: {len(source.splitlines())} lines"
        for name, notebook in notebooks.items()
        for number, source, _ in code_cells(notebook)
        if len(source.splitlines()) > LONGEST_CELL
    ]
    assert long == []


def test_every_cell_has_an_id_of_its_own(notebooks):
    ids = {name: [c["id"] for c in notebook["cells"]] for name, notebook in notebooks.items()}
    assert [name for name, found in ids.items() if len(set(found)) < len(found)] == []


def test_notebooks_define_nothing_and_read_no_file_by_path(notebooks):
    found = [
        f"{name}, cell {number}: {problem}"
        for name, notebook in notebooks.items()
        for number, source, _ in code_cells(notebook)
        for problem in problems(source)
    ]
    assert found == []


def problems(source):
    """Yield what a thin notebook leaves to the package."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield f"defines {name}"
            case ast.ClassDef(name=name):
                yield f"defines {name}"
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                if name in READERS:
                    yield f"calls {name}"
            case ast.Constant(value=str(text)) if PATH_LIKE.search(text):
                yield f"names the path {text}"


def test_the_checks_above_find_what_they_look_for():
    cell = "def f(): pass\nclass G: pass\npd.read_csv('x.csv')\nload('cps95')"
    assert list(problems(cell)) == [
        "defines f",
        "defines G",
        "calls read_csv",
        "names the path x.csv",
    ]


def test_every_notebook_is_in_the_table_of_contents(notebooks, toc_files):
    assert [n for n in notebooks if n.removesuffix(".ipynb") not in toc_files] == []


def test_every_notebook_starts_with_a_title_and_names_the_kernel_that_binder_has(notebooks):
    wrong = [
        name
        for name, notebook in notebooks.items()
        if not "".join(notebook["cells"][0]["source"]).startswith("# ")
        or notebook["metadata"].get("kernelspec", {}).get("name") != "python3"
    ]
    assert wrong == []
