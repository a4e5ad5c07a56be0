"""A fit as a Python script to take away: it needs public packages alone and prints the numbers that the page shows.

    opening, settings, data, features, J(θ), the chosen method, results

The script repeats the engine's operations in their order, so that ill-conditioned and diverging runs come out the same
too. The closed form, the line search, and what CG, BFGS and L-BFGS add to it, are this package's own source; the rest
is written out below, and the tests hold its numbers to the engine's.

Conventions: the rows stand in the script, already split, unless they are more than `MAX_INLINE` numbers; then the
script reads data.csv beside it, which `table_csv` writes, and splits it itself. Names come from visitors' files: they
are cut to one short line of printable letters, and stand in comments and string literals alone. In a template, a line
that ends in "#@ a -b" is kept where the tag a holds and b does not.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Iterable

from torch import Tensor

from engine.datasets.table import Split, Table, split, stream
from engine.errors import ShapeError, constraint
from engine.io.csv_text import unique_names
from engine.io.tables import write_csv
from engine.linear_model import closed_form, conjugate_gradient, line_search, optimiser, quasi_newton
from engine.linear_model.experiment import METHODS, Experiment
from engine.linear_model.features import polynomial_names
from engine.linear_model.gradient_descent import GradientDescent

MAX_INLINE = 20_000
MAX_NAME_CHARS = 40
LINE_CHARS = 110

_OPENING = '''
"""Linear regression by {method}: a fit made with Tangent, computed again.

    h(x) = θᵀx with x₀ = 1,   J(θ) = 1/(2m) Σ (h(x⁽ⁱ⁾) − y⁽ⁱ⁾)²  #@ -ridge
    h(x) = θᵀx with x₀ = 1,   J(θ) = 1/(2m) [ Σ (h(x⁽ⁱ⁾) − y⁽ⁱ⁾)² + λ (θ₁² + θ₂² + …) ]  #@ ridge

Run it with `python regression.py`. It needs PyTorch: pip install torch  #@ -file
Run it with `python regression.py` beside data.csv. It needs PyTorch and NumPy: pip install torch numpy  #@ file
"""

import math
import sys
from collections import deque  #@ lbfgs
from collections.abc import Callable  #@ search
from collections.abc import Iterable, Iterator  #@ closed
from dataclasses import dataclass  #@ search
from itertools import combinations_with_replacement  #@ polynomial
from pathlib import Path  #@ file

import numpy as np  #@ file
import torch
from torch import Tensor  #@ -descent

torch.set_default_dtype(torch.float64)
'''

_SETTINGS = f"""
DEGREE = {{e.degree}}  # d: the features' products of up to d factors are features too  #@ polynomial
LAMBDA = {{e.ridge!r}}  # λ: ridge, which keeps θ small  #@ ridge
ALPHA = {{e.alpha!r}}  # α: learning rate  #@ descent
BETA = {{e.momentum!r}}  # β: how much of the last step is made again  #@ momentum
BATCH = {{e.batch}}  # b: rows in one update  #@ minibatch
SEED = {{e.seed}}  # of the order of the rows  #@ minibatch
STEPS = {{e.steps}}  # the most steps  #@ -closed
EPSILON = {{e.tolerance!r}}  # ε: converged when J falls by less in one step  #@ -closed
PATIENCE = {optimiser.PATIENCE_WITH_MOMENTUM}  # … so often in succession: J also stands still at a turn  #@ momentum
EXPLOSION = {optimiser.EXPLOSION!r}  # diverged when J rises by so many times 1 + J at the start …  #@ descent
MOST_RISES = {{most_rises}}  # … or so often in succession, and is more than twice what it was at the start  #@ descent
HISTORY = {quasi_newton.LBFGS().history}  # so many pairs (s, t) are kept  #@ lbfgs
C1, C2 = {line_search.C1!r}, {{c2!r}}  # how low and how flat the end of a line search is to be  #@ search
GROWTH = {line_search.GROWTH!r}  # factor from one trial step to the next  #@ search
EDGE = {line_search.EDGE!r}  # share of a bracket at either end where an interpolated step is not believed  #@ search
SLACK = {line_search.SLACK!r}  # a few units in the last place  #@ search
ROUNDING = {quasi_newton.ROUNDING!r}  # a gradient this much smaller than the first one is rounding  #@ search
BLOCK_ROWS = {closed_form.BLOCK_ROWS}  # taken at a time, to bound the memory  #@ closed
N_VALIDATION = {{parts.validation.n_samples}}  # rows that are kept aside  #@ file validation
SPLIT_SEED = {{split_seed}}  # draws them  #@ file validation
"""

_READ = """
table = torch.from_numpy(np.loadtxt(Path(__file__).with_name("data.csv"), delimiter=",", skiprows=1, encoding="utf-8"))
X, y = table[:, :-1], table[:, -1]
order = torch.rand(len(y), generator=torch.Generator().manual_seed(SPLIT_SEED)).argsort()  #@ validation
held = torch.isin(torch.arange(len(y)), order[:N_VALIDATION])  #@ validation
X_validation, y_validation = X[held], y[held]  #@ validation
X, y = X[~held], y[~held]  #@ validation
"""

_POLYNOMIAL = '''
def polynomial(X):
    """Return every product of 1 to d columns: x₁, x₂ …, x₁², x₁x₂ …"""
    products = [p for d in range(1, DEGREE + 1) for p in combinations_with_replacement(range(X.shape[1]), d)]
    return torch.stack([math.prod(X[:, j] for j in p) for p in products], 1)
'''

_SCALING = """
# Feature scaling: x_j := (x_j − μ_j) / s_j, with μ_j and s_j measured on the training rows.
features = polynomial(X)  #@ polynomial
features = X  #@ -polynomial
spread = features.amax(0) - features.amin(0)
mean, scale = features.mean(0), features.std(0, correction=0)  #@ std
mean, scale = features.mean(0), spread  #@ range
scale = torch.where(spread > 0, scale, 1.0)  # a constant column is only moved
"""

_MODEL = '''
def design_matrix(X):
    """Return the rows as the model sees them, with x₀ = 1 in front."""
    X = polynomial(X)  #@ polynomial
    X = (X - mean) / scale  #@ scaled
    return torch.cat([torch.ones(1, len(X)), X.T]).T  # each column in one piece in memory, which is fast


A = design_matrix(X)
m = len(y)


def cost(theta, A=A, y=y):
    """Return J(θ) and its gradient, on all rows or on some."""
    errors = torch.addmv(y, A, theta, beta=-1)  # A θ − y: how far h(x) is from y
    return (errors @ errors / (2 * len(y))).item(), errors @ A / len(y)  #@ -ridge
    penalty = LAMBDA * (len(y) / m) * theta  #@ ridge
    penalty[0] = 0.0  # θ₀ is not penalised  #@ ridge
    J = (errors @ errors + penalty @ theta) / (2 * len(y))  #@ ridge
    return J.item(), (errors @ A + penalty) / len(y)  #@ ridge
'''

_BATCHES = '''
def batches():
    """Yield b rows at a time without end, and whether they end an epoch: each epoch takes all rows in a new order."""
    generator = torch.Generator().manual_seed(SEED)
    while True:
        parts = torch.randperm(m, generator=generator).split(BATCH)
        for k, rows in enumerate(parts, start=1):
            yield rows, k == len(parts)
'''

_DESCENT = """
# The descent: all θ_j at once go down their slopes.
J, gradient = cost(theta)
J_start, rises = J, 0
J_epoch = J  #@ minibatch
velocity, small_changes = torch.zeros_like(theta), 0  #@ momentum
status = "exhausted"  # out of steps, unless one of the tests below ends the loop
for step, (rows, ends_epoch) in zip(range(1, STEPS + 1), batches()):  #@ minibatch
    _, gradient = cost(theta, A[rows], y[rows])  #@ minibatch
for step in range(1, STEPS + 1):  #@ -minibatch
    velocity = BETA * velocity - ALPHA * gradient  #@ momentum
    new_theta = theta + velocity  #@ momentum
    new_theta = theta - ALPHA * gradient  #@ -momentum
    new_J, new_gradient = cost(new_theta)
    if not (math.isfinite(new_J) and math.isfinite(new_gradient.norm())):
        status = "diverged"  # too large to compute with: θ stays at its last value
        break
    fall = J - new_J  #@ -minibatch
    theta, J, gradient = new_theta, new_J, new_gradient
    if J - J_start > EXPLOSION * (1 + J_start):
        status = "diverged"
        break
    if not ends_epoch:  #@ minibatch
        continue  #@ minibatch
    fall, J_epoch = J_epoch - J, J  #@ minibatch
    rises = rises + 1 if fall < 0 else 0
    small_changes = small_changes + 1 if abs(fall) < EPSILON else 0  #@ momentum
    if rises >= MOST_RISES and J - J_start > J_start:
        status = "diverged"
        break
    if fall >= 0 and small_changes >= PATIENCE:  #@ momentum
    if 0 <= fall < EPSILON:  #@ -momentum
        status = "converged"
        break
"""

_OBJECTIVE = '''
class Objective:
    """J(θ) as the line search asks for it."""

    value_and_gradient = staticmethod(cost)
'''

_SEARCH = """
# The descent: one line search after another, until J falls by less than ε or no fall can be computed.
J, gradient = cost(theta)
norm = gradient.norm().item()
smallest_norm, guess = ROUNDING * norm, 1.0 / max(norm, 1.0)
direction = -gradient  #@ conjugate_gradient
inverse = DenseInverse(len(theta))  # of the Hessian  #@ bfgs
inverse = LimitedInverse(HISTORY)  # of the Hessian  #@ lbfgs
step, status = 0, "running"
while status == "running":
    line = Line(Objective(), theta, J, gradient, direction)  #@ conjugate_gradient
    trial = search(line, guess)  #@ conjugate_gradient
    line = Line(Objective(), theta, J, gradient, -inverse.times(gradient))  #@ -conjugate_gradient
    if step > 0:  #@ bfgs
        guess = step_for_fall(fall, line.start.slope)  #@ bfgs
    trial = strong_wolfe(line, guess, C2)  #@ -conjugate_gradient
    step += 1
    if trial is None:
        status = "converged"
        break
    fall, norm_before, norm = J - trial.value, norm, trial.gradient.norm().item()
    stuck = fall <= 0 and norm >= norm_before
    if norm <= smallest_norm or 0 <= fall < EPSILON or stuck:
        status = "converged"
    elif step == STEPS:
        status = "exhausted"
    guess = trial.step  #@ conjugate_gradient
    direction = next_direction(direction, gradient, trial.gradient)  #@ conjugate_gradient
    guess = 1.0  #@ lbfgs
    inverse.learn(trial.theta - theta, trial.gradient - gradient)  #@ -conjugate_gradient
    theta, J, gradient = trial.theta, trial.value, trial.gradient
"""

_SOLUTION = """
# The lowest J in closed form: θ = (AᵀA + λL)⁻¹ Aᵀy, without forming AᵀA, which squares what rounding does.
theta = least_squares(A, y)  #@ -ridge
theta = least_squares(A, y, LAMBDA)  #@ ridge
J, step, status = cost(theta)[0], 1, "converged"
"""

_RESULTS = '''
def measure(name, X, y):
    """Print how far h(x) is from y, and the share of the variance of y that h explains."""
    mean_square = (design_matrix(X) @ theta - y).square().mean().item()
    variance = y.var(correction=0).item()
    r2 = 1 - mean_square / variance if variance > 0 else math.nan
    print(f"{name}: RMSE = {math.sqrt(mean_square):.12g}, R² = {r2:.12g}")


if hasattr(sys.stdout, "reconfigure"):
    sys.stdout.reconfigure(encoding="utf-8")  # for θ and ², also where the system has another habit
print(f"status: {status}, steps: {step}, J(θ) = {J:.12g}")
measure("training", X, y)
measure("validation", X_validation, y_validation)  #@ validation
slopes = theta[1:] / scale  #@ scaled
original = [theta[0] - slopes @ mean, *slopes]  #@ scaled
print("θ_j on scaled columns | on original columns | the term it multiplies")  #@ scaled
print("θ_j | the term it multiplies")  #@ -scaled
for j, term in enumerate(TERMS):
    print(f"θ_{j} = {theta[j]:.12g} | {original[j]:.12g} | {term}")  #@ scaled
    print(f"θ_{j} = {theta[j]:.12g} | {term}")  #@ -scaled
'''

_CLOSED_FORM = ("least_squares", "_equilibrating", "_blocks", "_stacked_qr")
_LINE_SEARCH = ("Trial", "Line", "strong_wolfe", "_zoom", "_sufficient_fall", "_flat_end", "_interpolated")
_SEARCHES = {
    "conjugate_gradient": (conjugate_gradient._search, conjugate_gradient._next_direction),
    "bfgs": (quasi_newton._DenseInverse, quasi_newton._step_for_fall),
    "lbfgs": (quasi_newton._LimitedInverse,),
}


def standalone_script(experiment: Experiment, table: Table, theta: Tensor | None = None) -> str:
    """Return the text of regression.py.

    Args:
        experiment: the page's settings.
        table: the data they are applied to.
        theta: (n+1,) the start on the scaled features; None begins where the settings say.

    Raises:
        ShapeError: θ does not have the model's length.
    """
    terms = ["1", *polynomial_names(_names(table)[:-1], experiment.degree)]
    if theta is not None and theta.shape != (len(terms),):
        raise ShapeError(constraint("start θ", f"({len(terms)},)", tuple(theta.shape)))
    parts = split(table, experiment.validation, experiment.seed)
    tags = _tags(experiment, table, parts)
    blocks = [
        _pick(_OPENING, tags).format(method=METHODS[experiment.method]),
        _settings(experiment, parts, tags),
        _columns(table) + (_pick(_READ, tags) if "file" in tags else _rows(parts)),
        f"TERMS = [  # what each θ_j multiplies\n{_filled(map(repr, terms))}\n]",
        _POLYNOMIAL if "polynomial" in tags else "",
        _pick(_SCALING, tags) if "scaled" in tags else "",
        _pick(_MODEL, tags),
        *_method(experiment, theta, tags),
        _pick(_RESULTS, tags),
    ]
    return _joined(block.strip("\n") for block in blocks)


def needs_data_file(table: Table) -> bool:
    """Return whether the script reads data.csv, because the table has too many numbers to stand in it."""
    return table.n_samples * (table.n_features + 1) > MAX_INLINE


def table_csv(table: Table) -> bytes:
    """Return data.csv: a header line, then the features and the target of each row, exact."""
    return write_csv(dict(zip(unique_names(_names(table)), [*table.X.T, table.y], strict=True)))


def _tags(experiment: Experiment, table: Table, parts: Split) -> set[str]:
    found = experiment.optimiser()
    descends = isinstance(found, GradientDescent)
    holds = {
        "file": needs_data_file(table),
        "validation": parts.validation is not None,
        "polynomial": experiment.degree > 1,
        "scaled": experiment.scaling != "none",
        "ridge": experiment.ridge > 0,
        "closed": found is None,
        "descent": descends,
        "momentum": descends and found.momentum > 0,
        "minibatch": descends and 0 < found.batch_size < parts.train.n_samples,
        "search": experiment.method in _SEARCHES,
    }
    tags = {tag for tag, value in holds.items() if value}
    return tags | {experiment.scaling} | ({experiment.method} & set(_SEARCHES))


def _pick(template: str, tags: set[str]) -> str:
    """Return the template's lines whose marks hold, without the marks."""
    lines = (line.partition("  #@ ") for line in template.splitlines())
    kept = [text for text, _, marks in lines if all((m.lstrip("-") in tags) != (m[0] == "-") for m in marks.split())]
    return "\n".join(kept)


def _settings(experiment: Experiment, parts: Split, tags: set[str]) -> str:
    most_rises = math.ceil(optimiser.RISES / (1 - (experiment.momentum if "momentum" in tags else 0.0)))
    c2 = conjugate_gradient.C2 if "conjugate_gradient" in tags else quasi_newton.C2
    split_seed = stream(experiment.seed, "split").initial_seed()
    values = {"e": experiment, "parts": parts, "most_rises": most_rises, "c2": c2, "split_seed": split_seed}
    return _pick(_SETTINGS, tags).format(**values)


def _method(experiment: Experiment, theta: Tensor | None, tags: set[str]) -> list[str]:
    if "closed" in tags:
        return [*(_source(getattr(closed_form, name)) for name in _CLOSED_FORM), _pick(_SOLUTION, tags)]
    if "descent" in tags:
        batches = [_BATCHES] if "minibatch" in tags else []
        return [*batches, _start(experiment, theta) + _pick(_DESCENT, tags)]
    search = [*(getattr(line_search, name) for name in _LINE_SEARCH), *_SEARCHES[experiment.method]]
    return [_OBJECTIVE, *map(_source, search), _start(experiment, theta) + _pick(_SEARCH, tags)]


def _start(experiment: Experiment, theta: Tensor | None) -> str:
    if theta is not None:
        return f"theta = torch.tensor([\n{_filled(map(repr, theta.tolist()))}\n])  # the start\n"
    start = (float(experiment.theta0), float(experiment.theta1))
    return "theta = torch.zeros(A.shape[1])  # the start\n" + (f"theta[0], theta[1] = {start}\n" if any(start) else "")


def _source(part: object) -> str:
    """Return a part of this package as it stands, with public names and without the check of its input."""
    text = re.sub(r"^ *_check\(.*\)\n", "", inspect.getsource(part), flags=re.MULTILINE)
    return re.sub(r"\b_(?=[A-Za-z])", "", text)


def _names(table: Table) -> list[str]:
    return [_one_line(name) for name in (*table.feature_names, table.target_name)]


def _one_line(text: str) -> str:
    """Return visitor's text as one short line without control characters: safe in a comment and on a terminal."""
    letters = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(letters.split())[:MAX_NAME_CHARS]


def _columns(table: Table) -> str:
    named = zip(_names(table), (*table.feature_units, table.target_unit), strict=True)
    *features, target = [f"{name} ({_one_line(unit)})" if unit else name for name, unit in named]
    return f"# The data: y is {target}, and the columns of X are\n{_filled(features, '#   ').rstrip(',')}\n"


def _rows(parts: Split) -> str:
    text = ""
    for table, suffix in ((parts.train, ""), (parts.validation, "_validation")):
        if table is not None:
            text += f"X{suffix} = torch.tensor([\n{_filled(map(str, table.X.tolist()))}\n])\n"
            text += f"y{suffix} = torch.tensor([\n{_filled(map(repr, table.y.tolist()))}\n])\n"
    return text


def _filled(items: Iterable[str], indent: str = "    ") -> str:
    """Return items with commas, as many on a line as fit."""
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) > LINE_CHARS:
            lines.append("")
        lines[-1] += f"{item}, "
    return "\n".join(indent + line.rstrip() for line in lines)


def _joined(blocks: Iterable[str]) -> str:
    """Join blocks, with two empty lines around a function or class and one elsewhere."""
    text, after_definition = "", False
    for block in filter(None, blocks):
        defines = block.startswith(("def ", "class ", "@"))
        text += ("\n\n" if defines or after_definition else "\n") * bool(text) + block + "\n"
        after_definition = defines
    return text
