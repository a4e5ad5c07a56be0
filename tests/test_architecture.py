"""The project's rules of form: which way imports go, how long a module may be, what stands where."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE = sorted((ROOT / "engine").rglob("*.py"))
UI = sorted((ROOT / "pages" / "_ui").rglob("*.py"))
PAGES = sorted(set((ROOT / "pages").rglob("*.py")) - set(UI))
# What every task package may import; the other packages of the engine are task packages. Recipes train them; scripts,
# which visitors take away, run them. Both stand above all and speak on a command line.
SHARED = {"datasets", "errors", "io", "metrics", "runtime", "settings", "weights"}
ABOVE = {"recipes", "scripts"}
TOP_LEVEL = {"app.py", "pages", "engine", "assets", "tests", "requirements.txt", "README.md"}
TOOLS_INSIST = {"pyproject.toml", "LICENSE", "Dockerfile"}
NO_NAME = {"utils", "util", "helpers", "helper", "common", "misc"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, at any depth of it, `from a import b` as "a" and "a.b"."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} has a relative import"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def within(modules: set[str], *packages: str) -> set[str]:
    return {module for module in modules if any(f"{module}.".startswith(f"{package}.") for package in packages)}


def tracked() -> list[str]:
    """Return the files that git tracks or would, or skip outside a repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git repository")
    return [path for path in listed.stdout.splitlines() if (ROOT / path).exists()]


def test_the_engine_never_brings_in_streamlit():
    modules = [name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in ENGINE]
    script = (
        f"import importlib, sys\nfor name in {[m for m in modules if not m.endswith('__main__')]}:\n"
        "    importlib.import_module(name)\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('streamlit', 'pages')))"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"


def test_importing_what_the_shell_needs_brings_no_torch():
    script = (
        "import sys, pages._ui.gallery, pages._ui.style, engine.runtime, engine.weights; print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert (ran.stdout.strip(), ran.stderr) == ("False", "")


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_the_engine_imports_downwards(path):
    used = imports(path)
    assert not within(used, "streamlit", "pages", "app", "tests")
    package = path.relative_to(ROOT / "engine").parts[0].removesuffix(".py")
    engine_packages = {module.split(".")[1] for module in within(used, "engine") if "." in module}
    if package in ABOVE:
        return
    others = engine_packages - SHARED - {package}
    assert not others, f"{name(path)} imports the task package {others}"
    if package in SHARED:
        assert not engine_packages & ABOVE


@pytest.mark.parametrize("path", UI, ids=name)
def test_what_pages_share_imports_no_page(path):
    pages = within(imports(path), "pages") - within(imports(path), "pages._ui") - {"pages"}
    assert not pages


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_imports_neither_torch_nor_another_page(path):
    used = imports(path)
    assert not within(used, "torch", "torchvision", "torchaudio")
    parts = path.parent if path.parent.name.startswith("_") else path.parent / f"_{path.stem}"
    package = name(parts).replace("/", ".")
    others = within(used, "pages") - within(used, "pages._ui", package) - {"pages", package.rpartition(".")[0]}
    assert not others


@pytest.mark.parametrize("path", [*ENGINE, *UI, *PAGES], ids=name)
def test_a_module_is_short_and_has_a_name(path):
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    limit = 60 if path.name == "shell.py" else 200 if path in PAGES else 400
    assert n_lines <= limit, f"{name(path)} has {n_lines} lines, {limit} is the end"
    assert path.stem not in NO_NAME


def test_app_is_short():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("path", [path for path in ENGINE if path.stem != "__init__" or path.stat().st_size], ids=name)
def test_public_names_of_the_engine_say_what_they_do(path):
    module = tree(path)
    assert ast.get_docstring(module), f"{name(path)} does not open with what it is"
    classes = [node for node in module.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    own = [node for kind in classes if not kind.bases for node in kind.body]  # others may inherit their docstrings
    silent = [
        node.name
        for node in [*module.body, *own]
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent, f"{name(path)}: {silent}"


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_the_engine_refuses_without_assert_or_print(path):
    nodes = list(ast.walk(tree(path)))
    assert not any(isinstance(node, ast.Assert) for node in nodes)
    if path.stem != "__main__":  # a command line speaks
        calls = [node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        assert "print" not in calls or ABOVE & set(path.parts)


def test_nothing_unexpected_at_the_top():
    top = {path.split("/")[0] for path in tracked()}
    assert {entry for entry in top if not entry.startswith(".")} <= TOP_LEVEL | TOOLS_INSIST
    assert top >= TOP_LEVEL


def test_no_large_files():
    large = [path for path in tracked() if (ROOT / path).stat().st_size > 25 * 2**20]
    assert not large


@pytest.mark.parametrize("path", ["requirements.txt", "tests/requirements.txt"])
def test_requirements_are_pinned_and_explained(path):
    for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-r ")):
            assert re.fullmatch(r"[a-z0-9][a-z0-9.\-_]*(\[[a-z,]+\])?==[0-9][0-9.]*\s+# \S.*", line), line
