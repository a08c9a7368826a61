"""The repository's own source, read once, as the tests of the house look at it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_OTHERS = {"results", "build", "dist", "node_modules"}
_BINARY = {".gz", ".png", ".pdf", ".parquet", ".npz", ".woff2", ".zip"}


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Path from the root, with slashes."""
        return self.path.relative_to(ROOT).as_posix()

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def place(self, node: ast.AST) -> str:
        """File and line of a node, as an editor opens it."""
        return f"{self.name}:{getattr(node, 'lineno', 1)}"


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """The Python files under folders of the root, sorted."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    read = [(path, path.read_text(encoding="utf-8")) for path in paths]
    return tuple(Module(path, text, ast.parse(text)) for path, text in read)


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file of the repository that holds text."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        is_ours = not any(_is_foreign(part) for part in parts)
        if is_ours and path.is_file() and path.suffix not in _BINARY:
            yield "/".join(parts), path.read_text(encoding="utf-8")


def _is_foreign(part: str) -> bool:
    if part in (".ci", ".github", ".gitignore", ".pre-commit-config.yaml"):
        return False
    is_generated = part.endswith((".egg-info", ".pyc", ".nbi", ".nbc", ".ipynb"))
    return part.startswith(".") or part in _OTHERS or part == "__pycache__" or is_generated
