"""The walk-through, a notebook in the percent format: run and written with its outputs as a page and as .ipynb.

``python docs/book/notebook.py`` writes docs/walkthrough.ipynb, without outputs, for Colab and Kaggle.
"""

from __future__ import annotations

import ast
import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

WALKTHROUGH = Path(__file__).resolve().parents[1] / "walkthrough.py"
ELSEWHERE = """In Colab and Kaggle: upload the wheel of leafgraft, name it in the next cell, and run that first \
(docs/how-to/install.md). Once the project is on GitHub, this notebook opens at \
`https://colab.research.google.com/github/OWNER/leafgraft/blob/main/docs/walkthrough.ipynb`."""
INSTALL = """WHEEL = "leafgraft-0.1.0-py3-none-any.whl"
try:
    import leafgraft
except ModuleNotFoundError:
    %pip install -q "{WHEEL}[train,web,paper]\""""


def to_notebook(path: Path) -> str:
    """The text of the .ipynb without outputs, with a first cell that installs leafgraft where it is missing."""
    notebook = jupytext.read(path, fmt="py:percent")
    notebook.cells[1:1] = [new_markdown_cell(ELSEWHERE), new_code_cell(INSTALL)]
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return str(jupytext.writes(notebook, fmt="ipynb"))


def run_notebook(path: Path) -> NotebookNode:
    """Run every cell in an empty folder, one after the other, and keep what each shows.

    Raises:
        Exception: What a cell raises.
    """
    cells = jupytext.read(path, fmt="py:percent")
    names: dict[str, Any] = {"__name__": "__main__"}
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        for cell in cells.cells:
            if cell.cell_type == "code":
                cell.outputs = run_cell(cell.source, names)
    return cells


def run_cell(source: str, names: dict[str, Any]) -> list[NotebookNode]:
    """Run a cell: what it prints, then its last expression as a notebook shows it."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)  # noqa: S102 - our own notebook
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None  # noqa: S307
    outputs = [new_output("stream", name="stdout", text=printed.getvalue())] if printed.getvalue() else []
    if value is not None:
        shown = {"text/plain": repr(value)}
        if hasattr(value, "_repr_html_"):
            shown["text/html"] = value._repr_html_()
        outputs.append(new_output("execute_result", data=shown))
    return outputs


def to_markdown(cells: NotebookNode) -> str:
    """The notebook as a page."""
    parts = []
    for cell in cells.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        elif cell.cell_type == "code":
            parts.append(f"```python\n{cell.source}\n```")
            parts += [_to_markdown(output) for output in cell.outputs]
    return "\n\n".join(parts) + "\n"


def _to_markdown(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return f"```text\n{output.text.rstrip()}\n```"
    html = output.data.get("text/html")
    return f'<div class="output">{html}</div>' if html else f"```text\n{output.data['text/plain']}\n```"


def write(path: Path, pages: Path) -> None:
    """Run `path` and write walkthrough.md and walkthrough.ipynb into `pages`."""
    cells = run_notebook(path)
    (pages / f"{path.stem}.md").write_text(to_markdown(cells), encoding="utf-8")
    jupytext.write(cells, pages / f"{path.stem}.ipynb", fmt="ipynb")


if __name__ == "__main__":
    WALKTHROUGH.with_suffix(".ipynb").write_text(to_notebook(WALKTHROUGH), encoding="utf-8")
