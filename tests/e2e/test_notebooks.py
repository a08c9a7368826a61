"""Every notebook runs from top to bottom, and its generated form is current."""

from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.parametrize("name", sorted(p.stem for p in NOTEBOOKS.glob("*.py")))
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_notebook_runs(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The notebook executes on twenty minutes of traffic and shows tables and pictures."""
    monkeypatch.setenv("LMISIM_NOTEBOOK_DURATION", "20m")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    notebook = jupytext.read(NOTEBOOKS / f"{name}.py")
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    ).execute()
    shown = [
        kind
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for kind in output.get("data", ())
    ]
    assert "text/html" in shown
    assert "image/png" in shown


@pytest.mark.parametrize("name", sorted(p.stem for p in NOTEBOOKS.glob("*.py")))
def test_generated_notebook_is_current(name: str) -> None:
    """The `.ipynb` beside a notebook has the cells of its `.py` form: `make notebooks` was run."""
    written = jupytext.read(NOTEBOOKS / f"{name}.py")
    generated = jupytext.read(NOTEBOOKS / f"{name}.ipynb")
    assert [c.source for c in generated.cells] == [c.source for c in written.cells]
