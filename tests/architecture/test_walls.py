"""What must hold of the code itself, beyond what the import linter and ruff can say."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import CONTEXTS

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
_SQL = re.compile(r"^\s*(?:SELECT\s|INSERT INTO\s|UPDATE\s+\w+\s+SET|DELETE FROM\s|WITH\s+\w+\s+AS)", re.MULTILINE)
_HOSTS = re.compile(r"pythonhosted|pypi\.org|npmjs|deb\.debian|registry\.", re.IGNORECASE)


def _python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def _texts(path: Path) -> Iterator[str]:
    """The text literals of a module, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def test_only_stores_and_the_kernel_speak_sql() -> None:
    speaking = [
        str(path.relative_to(ROOT))
        for context in CONTEXTS
        for path in (SERVICES / context).rglob("*.py")
        if not {"store", "migrations"} & {path.stem, *path.relative_to(SERVICES).parts}
        and any(_SQL.search(text) for text in _texts(path))
    ]
    assert speaking == []


def test_only_the_clock_asks_what_time_it_is() -> None:
    asking = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _python_files("services")
        if path != SERVICES / "kernel" / "clock.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    ]
    assert asking == []


def test_nobody_stands_in_for_our_own_code() -> None:
    mocking = [
        str(path.relative_to(ROOT))
        for path in _python_files("tests", "services", "stack")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any("mock" in name.name for name in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module and "mock" in node.module)
    ]
    assert mocking == []


@pytest.mark.parametrize("place", [*CONTEXTS, "kernel", "contracts"])
def test_a_card_says_in_forty_lines_what_a_context_is(place: str) -> None:
    lines = (SERVICES / place / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {place}"
    assert len(lines) <= 40


def test_no_registry_is_named() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in _tracked()
        if path.is_file()
        and path != Path(__file__).resolve()
        and _HOSTS.search(path.read_bytes().decode("utf-8", "replace"))
    ]
    assert naming == []


def test_every_kind_of_file_has_its_name() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    named = [str(path.relative_to(ROOT)) for path in _python_files("services", "stack") if path.stem in vague]
    assert named == []


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("notify/consumers.py", "import services.auth.store", "Contexts never import one another"),
        ("kernel/ids.py", "import services.contracts.auth", "The kernel lies below"),
        ("auth/domain/slugs.py", "import asyncpg", "The domain is plain Python"),
        ("auth/store/users.py", "import services.auth.use_cases.accounts", "Inside a context, imports point down"),
        ("auth/use_cases/login.py", "import litestar", "Use cases know no transport"),
        ("auth/leftovers.py", "", "Inside a context, imports point down"),
    ],
)
def test_the_walls_hold_against(tmp_path: Path, module: str, line: str, contract: str) -> None:
    """A wall that nothing can break is no wall: each is broken once in a copy."""
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("services", "stack"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    broken = tmp_path / "services" / module
    text = broken.read_text(encoding="utf-8") if broken.exists() else '"""Nobody asked for this file."""\n'
    broken.write_text(f"{text}\n{line}\n", encoding="utf-8")
    linter = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run(
        [sys.executable, "-c", linter, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
    )
    assert done.returncode != 0
    assert re.search(rf"{contract}.* BROKEN|exhaustive", done.stdout + done.stderr, re.DOTALL)
