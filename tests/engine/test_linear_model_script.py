"""The script to take away runs in an empty folder and prints what the engine computes."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.datasets.table import Table
from engine.errors import InvalidInput, ShapeError
from engine.linear_model.experiment import METHODS, Experiment, branch, prepare, table_for
from engine.linear_model.script import needs_data_file, standalone_script, table_csv
from engine.linear_model.trace import picture, trace

HOSTILE = (
    'x"""\nimport os',
    "'] + [__import__('os')] + ['",
    "\\",
    "{e} {0} %s",
    "a\r\nimport os\x0cimport os\x85import os\u2028import os",
    "\x1b[31m\u202e\ud800\x00",
    "# -*- coding: utf-7 -*- +AAo-",
    "sqft  #@ closed",
    '=cmd|"/c calc"!A1, b',
    "n" * 100_000,
)


def _table(m: int, names: tuple[str, ...], target: str = "y", unit: str = "") -> Table:
    generator = torch.Generator().manual_seed(2)
    n = len(names)
    X = torch.randn(m, n, generator=generator, dtype=torch.float64) * torch.linspace(0.5, 3, n) + 1
    y = 2 + X @ torch.linspace(-1, 2, n, dtype=torch.float64)
    noise = 0.3 * torch.randn(m, generator=generator, dtype=torch.float64)
    return Table(X, y + noise, names, target, (unit,) * n, unit)


# name: settings, table (None is that of the settings), start (None likewise)
CASES = {
    "from another start": (Experiment(alpha=0.2, steps=60), None, (5.0, -2.5)),
    "momentum": (Experiment(method="momentum", momentum=0.8, scaling="std", theta0=2.0, theta1=-3.0), None, None),
    "minibatch": (Experiment(method="minibatch", data="polynomial", degree=2, scaling="std", ridge=3.0), None, None),
    "ridge, degree 3, std": (
        Experiment(method="conjugate_gradient", data="polynomial", degree=3, ridge=1.0, scaling="std"),
        None,
        None,
    ),
    "houses": (Experiment(method="bfgs", data="houses", outliers=2), None, None),
    "hostile names": (
        Experiment(method="lbfgs", scaling="range", validation=0.0),
        _table(50, HOSTILE, HOSTILE[0]),
        None,
    ),
    "closed form": (Experiment(method="normal_equation", data="polynomial", degree=9), None, None),
    "diverging": (Experiment(data="houses", degree=2, scaling="range", alpha=10.0), None, None),
    "data.csv": (
        Experiment(method="minibatch", batch=256, alpha=0.01, steps=50, seed=7),
        _table(5001, ('a "quoted",\nname', 'a "quoted", name', "c"), "-1+cmd", "m\n²"),
        None,
    ),
}


def _shown(text: str, scaled: bool) -> dict:
    """Read what a script printed."""
    number = r"(\S+)"
    status, steps, cost = re.search(rf"^status: (\w+), steps: (\d+), J\(θ\) = {number}$", text, re.MULTILINE).groups()
    lines = [re.split(r" = | \| ", line, maxsplit=3 if scaled else 2) for line in re.findall("^θ_[0-9].*", text, re.M)]
    found = {"status": status, "steps": int(steps), "cost": float(cost), "terms": [line[-1] for line in lines]}
    found["theta"] = [float(line[1]) for line in lines]
    found["original"] = [float(line[2 if scaled else 1]) for line in lines]
    for part in ("training", "validation"):
        errors = re.search(rf"^{part}: RMSE = {number}, R² = {number}$", text, re.MULTILINE)
        found[part] = tuple(map(float, errors.groups())) if errors else None
    return found


def _check(shown: dict, experiment: Experiment, table: Table, theta: torch.Tensor | None) -> None:
    """Hold what was printed to what the engine computes, which is what the page shows."""
    problem = prepare(experiment, table)
    *_, last = branch(problem, experiment, problem.start if theta is None else theta)
    page = trace(picture(problem), [last])
    close = lambda value: pytest.approx(value, rel=1e-9, abs=0.0, nan_ok=True)  # noqa: E731
    assert (shown["status"], shown["steps"]) == (last.status, last.step)
    assert shown["cost"] == close(last.cost)
    assert shown["theta"] == close(last.theta.tolist())
    assert shown["original"] == close(page.original[0].tolist())
    assert shown["training"] == close((page.rmse_train.item(), page.r2_train.item()))
    if problem.validation is None:
        assert shown["validation"] is None
    else:
        assert shown["validation"] == close((page.rmse_validation.item(), page.r2_validation.item()))


@pytest.mark.parametrize("case", CASES)
def test_it_prints_the_numbers_of_the_page(case, tmp_path):
    experiment, table, start = CASES[case]
    table = table or table_for(experiment)
    theta = None if start is None else torch.tensor(start, dtype=torch.float64)
    (tmp_path / "regression.py").write_bytes(standalone_script(experiment, table, theta).encode())
    assert needs_data_file(table) is (case == "data.csv")
    if needs_data_file(table):
        (tmp_path / "data.csv").write_bytes(table_csv(table))
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-I", "regression.py"]
    ran = subprocess.run(command, cwd=tmp_path, env=outside, capture_output=True, encoding="utf-8", timeout=120)
    assert (ran.returncode, ran.stderr) == (0, "")
    _check(_shown(ran.stdout, experiment.scaling != "none"), experiment, table, theta)


def test_the_cases_are_what_they_are_for():
    assert {experiment.method for experiment, *_ in CASES.values()} == set(METHODS)
    experiment, *_ = CASES["diverging"]
    problem = prepare(experiment, table_for(experiment))
    *_, last = branch(problem, experiment, problem.start)
    assert last.status == "diverged"


@pytest.fixture
def run_here(capsys):
    """Run a script in this process, which is quicker than a new one."""
    dtype = torch.get_default_dtype()

    def run(script: str) -> str:
        capsys.readouterr()
        exec(compile(script, "regression.py", "exec"), {"__name__": "__main__"})
        return capsys.readouterr().out

    yield run
    torch.set_default_dtype(dtype)


@pytest.mark.parametrize("scaling", ["none", "range", "std"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_on_every_scaling(method, scaling, run_here):
    for changes in (
        {"data": "line", "tolerance": 1e-3},
        {"data": "polynomial", "degree": 4, "ridge": 0.5, "alpha": 1e-4, "batch": 7, "seed": 3},
        {"data": "houses", "degree": 2, "alpha": 0.01, "validation": 0.0, "theta0": 1.0},
        {"data": "diabetes", "alpha": 1.0, "steps": 40, "batch": 30, "ridge": 10.0},
    ):
        experiment = Experiment(method=method, scaling=scaling, **changes)
        table = table_for(experiment)
        _check(_shown(run_here(standalone_script(experiment, table)), scaling != "none"), experiment, table, None)


@pytest.mark.parametrize(
    ("experiment", "status"),
    [
        (Experiment(alpha=0.1, tolerance=0.01), "converged"),
        (Experiment(alpha=0.4, method="momentum", tolerance=0.01), "converged"),
        (Experiment(method="minibatch", batch=10, tolerance=0.1), "converged"),
        (Experiment(alpha=0.55, n=20), "diverged"),  # by its rises
        (Experiment(alpha=2.0, method="momentum", momentum=0.5), "diverged"),
        (Experiment(alpha=1.0, method="minibatch", batch=4), "diverged"),
        (Experiment(method="minibatch", batch=256), "converged"),  # more rows than there are
        (Experiment(method="momentum", momentum=0.0), "converged"),
        (Experiment(method="conjugate_gradient", tolerance=0.0, data="polynomial", degree=8), "converged"),
        (Experiment(method="bfgs", steps=2, data="houses"), "exhausted"),
        (Experiment(method="lbfgs", tolerance=0.0, data="diabetes", scaling="std"), "converged"),
        (Experiment(method="normal_equation", degree=12, data="line", n=10), "converged"),  # fewer rows than terms
    ],
)
def test_it_ends_as_the_page_does(experiment, status, run_here):
    table = table_for(experiment)
    shown = _shown(run_here(standalone_script(experiment, table)), experiment.scaling != "none")
    assert shown["status"] == status
    if experiment.degree < 8:  # of more, rounding decides the last steps
        _check(shown, experiment, table, None)


def test_numbers_too_large_to_compute_with(run_here):
    table = _table(20, ("x",))
    table = replace(table, X=table.X * 1e70, y=table.y * 1e70)
    shown = _shown(run_here(standalone_script(Experiment(alpha=10.0), table)), False)
    assert (shown["status"], shown["steps"], shown["theta"]) == ("diverged", 1, [0.0, 0.0])
    _check(shown, Experiment(alpha=10.0), table, None)


def test_a_single_validation_row_has_no_r2(run_here):
    experiment = Experiment(validation=0.1, n=10)
    table = table_for(experiment)
    shown = _shown(run_here(standalone_script(experiment, table)), False)
    assert np.isnan(shown["validation"][1])
    _check(shown, experiment, table, None)


@pytest.mark.parametrize("names", [HOSTILE, *((name,) for name in HOSTILE)])
@pytest.mark.parametrize("m", [12, 10_001])
def test_names_never_become_code(names, m):
    experiment = Experiment(degree=2 if len(names) == 1 else 1)
    hostile = _table(m, names, names[-1], names[0])
    plain = replace(hostile, feature_names=tuple(f"x{j}" for j in range(len(names))), target_name="y")
    trees = [ast.parse(standalone_script(experiment, table).encode()) for table in (hostile, plain)]
    for tree in trees:
        (terms,) = (n for n in tree.body if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "TERMS")
        assert all(isinstance(term, ast.Constant) and isinstance(term.value, str) for term in terms.value.elts)
        terms.value.elts.clear()
    assert ast.dump(trees[0]) == ast.dump(trees[1])


def test_names_are_printed_as_one_short_line(run_here):
    text = run_here(standalone_script(Experiment(alpha=1e-7), _table(30, HOSTILE)))
    terms = _shown(text, False)["terms"]
    assert terms[:3] == ["1", 'x""" import os', "'] + [__import__('os')] + ['"]
    assert len(terms) == len(HOSTILE) + 1 and max(map(len, terms)) == 40
    assert "\x1b" not in text and "\u202e" not in text


def test_it_brings_nothing_of_this_project_and_nothing_it_does_not_use():
    texts = {}
    for method in METHODS:
        experiment = Experiment(method=method)
        texts[method] = standalone_script(experiment, table_for(experiment))
        tree = ast.parse(texts[method])
        imported = {getattr(n, "module", None) or n.names[0].name for n in tree.body if "Import" in type(n).__name__}
        assert imported <= {"math", "sys", "torch", "collections", "collections.abc", "dataclasses"}
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        settings = set(re.findall(r"^([A-Z][A-Z_0-9]+)(?:, C2)? =", texts[method], re.MULTILINE))
        assert defined | settings <= used
        assert "#@" not in texts[method] and max(map(len, texts[method].splitlines())) <= 120
    assert "BETA" not in texts["gradient_descent"] and "LAMBDA" not in texts["gradient_descent"]
    assert len(texts["gradient_descent"].splitlines()) < 120


def test_the_limit_of_what_stands_in_the_script():
    at_most, more = _table(10_000, ("x",)), _table(10_001, ("x",))
    assert not needs_data_file(at_most) and needs_data_file(more)
    assert "loadtxt" not in standalone_script(Experiment(), at_most)
    assert "loadtxt" in standalone_script(Experiment(), more)


def test_the_data_file_holds_every_number_exactly(tmp_path):
    table = _table(30, ("b\nb", "b b", ""), "=y")
    content = table_csv(table)
    (tmp_path / "data.csv").write_bytes(content)
    read = np.loadtxt(tmp_path / "data.csv", delimiter=",", skiprows=1)
    assert np.array_equal(read, torch.cat([table.X, table.y[:, None]], 1).numpy())
    assert content.decode().splitlines()[0] == "b b,b b (2),column 3,'=y"
    assert "\x1b" not in table_csv(_table(5, HOSTILE)).decode()


def test_a_start_of_another_length_is_refused():
    experiment = Experiment()
    with pytest.raises(ShapeError, match=r"start θ must be \(2,\)"):
        standalone_script(experiment, table_for(experiment), torch.zeros(3))
    with pytest.raises(InvalidInput):
        table_for(Experiment(data="upload"))
