"""A script to take away, with everything it needs beside it: `python <script>.py` prints the page's numbers again.

    <script>.py        from engine/scripts, as it stands there
    settings.json      what it is set to, beside the files it reads
    engine/…           the modules of this package that it imports, directly or not, and no others
    requirements.txt   the public packages that these import, in the versions at hand

The imports are read from the sources; what stands under `if TYPE_CHECKING` is left out.
"""

from __future__ import annotations

import ast
import functools
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = "engine"


def pack(script: str, settings: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> bytes:
    """Return a zip with the script of this name, its settings and modules, and `files` by their paths in the zip."""
    sources, packages = closure(f"{PACKAGE}.scripts.{script}")
    own = sources.pop(f"{PACKAGE}/scripts/{script}.py")
    texts = {
        f"{script}.py": own,
        "settings.json": json.dumps(settings, indent=1, allow_nan=False) + "\n",
        "requirements.txt": "".join(f"{line}\n" for line in requirements(packages)),
        **sources,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**texts, **(files or {})}.items():
            archive.writestr(f"{script}/{name}", content)
    return buffer.getvalue()


@functools.cache
def _closure(module: str) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    waiting, sources, packages = [module], {}, set()
    while waiting:
        path = _path_of(waiting.pop())
        name = path.relative_to(ROOT).as_posix() if path else None
        if name is None or name in sources:
            continue
        sources[name] = path.read_text(encoding="utf-8")
        for imported in _imports(ast.parse(sources[name])):
            if imported.split(".")[0] == PACKAGE:
                waiting += _with_parents(imported)
            else:
                packages.add(imported.split(".")[0])
    return tuple(sorted(sources.items())), frozenset(packages)


def closure(module: str) -> tuple[dict[str, str], frozenset[str]]:
    """Return path → source of a module and of all of this package that it imports, and the other packages' names."""
    sources, packages = _closure(module)
    return dict(sources), packages - sys.stdlib_module_names


def requirements(packages: frozenset[str]) -> list[str]:
    """Return "name==version" of the distributions that hold these packages, by name."""
    holders = metadata.packages_distributions()
    names = {holders[package][0] for package in packages if package in holders}
    return sorted(f"{name.lower()}=={metadata.version(name).split('+')[0]}" for name in names)


def _imports(tree: ast.AST) -> Iterator[str]:
    """Yield what a source imports, a.b.c for `from a.b import c` too, which may be a module or not."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from _imports(node)


def _with_parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def _path_of(module: str) -> Path | None:
    """Return a module's file, or None for a name that is no module."""
    path = ROOT.joinpath(*module.split("."))
    return next((one for one in (path.with_suffix(".py"), path / "__init__.py") if one.is_file()), None)
