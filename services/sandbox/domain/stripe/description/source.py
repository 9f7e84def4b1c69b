"""The source of the installed `stripe` package, read without running it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final


def _folder() -> Path:
    found = find_spec("stripe")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the package stripe is not installed")
    return Path(found.origin).parent


_PACKAGE: Final = _folder()
_PATH: Final = re.compile(r'"(/v\d/[^"]+)"')


class Module:
    """One file of the package: its classes and what its other names stand for."""

    def __init__(self, name: str) -> None:
        self.name = name
        path = _PACKAGE.joinpath(*name.split(".")[1:])
        file = path.with_suffix(".py")
        tree = ast.parse((file if file.exists() else path / "__init__.py").read_text(encoding="utf-8"))
        self.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        # Of TypedDicts written as calls, because a key is a word of Python: `from`.
        self.dictionaries: dict[str, ast.Dict] = {}
        self.aliases: dict[str, ast.expr] = {}
        self.imports = {
            alias.asname or alias.name: (node.module, alias.name)
            for node in _outermost(tree)
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stripe")
            for alias in node.names
        }
        for node in tree.body:
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            match node.value:
                case ast.Call(func=ast.Name(id="TypedDict"), args=[_, ast.Dict() as keys]):
                    self.dictionaries[node.targets[0].id] = keys
                case value:
                    self.aliases[node.targets[0].id] = value

    def home_of(self, name: str) -> tuple["Module", str]:
        """Where the class that goes by this name here is written, and its name there."""
        if name in self.classes or name not in self.imports:
            return self, name
        module, original = self.imports[name]
        return read(module).home_of(original)


def _outermost(tree: ast.Module) -> Iterator[ast.stmt]:
    """What stands at the left edge, also what only a type checker reads."""
    for node in tree.body:
        yield from node.body if isinstance(node, ast.If) else [node]


@cache
def read(name: str) -> Module:
    return Module(name)


def constant(module: str, name: str) -> str:
    """The text that is given to this name anywhere in the module, as `VERSION = "16.1.0"`."""
    tree = ast.parse((_PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=str() as text)) if found == name:
                return text
    raise LookupError(f"{module} has no {name}")


def unquoted(annotation: ast.expr) -> ast.expr:
    """An annotation in quotes is one all the same."""
    while isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    return annotation


@dataclass(frozen=True, slots=True)
class Method:
    """A method of one of the package's services, which is an operation of the interface."""

    verb: str
    path: str
    params: ast.expr | None
    returns: ast.expr
    module: Module


def methods(wanted: re.Pattern[str]) -> Iterator[Method]:
    """Those that ask for a path that is wanted."""
    for file in sorted(_PACKAGE.rglob("*_service.py")):
        # Most of the package is about other things, and need not be understood.
        if not any(map(wanted.match, _PATH.findall(file.read_text(encoding="utf-8")))):
            continue
        module = read(".".join(["stripe", *file.relative_to(_PACKAGE).with_suffix("").parts]))
        for holder in module.classes.values():
            for function in holder.body:
                if isinstance(function, ast.FunctionDef):
                    yield from (method for method in _requests(function, module) if wanted.match(method.path))


def _requests(function: ast.FunctionDef, module: Module) -> Iterator[Method]:
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(attr="_request"), args=[verb, path, *_]) if function.returns is not None:
                # With ids in it the path is written "…".format(…).
                if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute):
                    path = path.func.value
                params = next((each.annotation for each in function.args.args if each.arg == "params"), None)
                yield Method(ast.literal_eval(verb), ast.literal_eval(path), params, unquoted(function.returns), module)
