"""An uploaded data frame turned into a `Table`, with a sentence on everything that was done to it.

Conventions: infinities count as missing. A text column of at most `MAX_CATEGORIES` values becomes one 0/1 column for
each value but the first in sorted order (the first is the case where all are 0). The frame is a pandas one, but only
its `columns`, its indexing and its columns' `dtype`, `isna`, `dropna`, `to_numpy` and `unique` are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from engine.datasets.table import Table
from engine.errors import InvalidInput, ResourceLimit, constraint

MAX_ROWS = 1_000_000
MAX_FEATURES = 200
MAX_CATEGORIES = 12
SMALLEST_TABLE = 3
LARGEST_VALUE = 1e100  # beyond it a sum of squares soon overflows


def numeric_columns(frame: Any) -> list[str]:
    """Return the names of the columns of numbers (or of true and false), in the frame's order."""
    return [str(name) for name in frame.columns if _is_numeric(frame, name)]


def from_frame(frame: Any, target: str, features: Sequence[str], missing: str = "drop") -> Table:
    """Return the table of the chosen columns.

    Args:
        frame: a pandas.DataFrame.
        target: name of the column to predict.
        features: names of the columns to predict it from.
        missing: "drop" leaves out each row with a gap; "mean" fills a feature's gaps with the mean of its column.
            A row whose target is missing is always left out.

    Raises:
        ResourceLimit: more than a million rows, or more than 200 columns.
        InvalidInput: a column that does not exist, is text of many values, or is too large to square; a target that is
            text or constant; no feature that varies; fewer than 3 usable rows.
    """
    if missing not in ("drop", "mean"):
        raise InvalidInput(constraint("treatment of missing values", "drop or mean", missing))
    _check_choice(frame, target, features)
    y = _numbers(_column(frame, target))
    notes: list[str] = []
    columns = _feature_columns(frame, features, notes)
    keep = ~y.isnan()
    _check_rows(int(keep.sum()))
    X = torch.stack(list(columns.values()), 1)[keep]
    names, X = _without_constant(list(columns), X, notes, "empty", X.isnan().all(0))
    if missing == "drop":
        complete = ~X.isnan().any(1)
        X, y = X[complete], y[keep][complete]
    else:
        X, y = _filled(X, notes), y[keep]
    n_dropped = len(frame) - len(y)
    if n_dropped:
        notes.insert(0, f"{n_dropped} of {len(frame)} rows with missing values were left out")
    _check_rows(len(y))
    names, X = _without_constant(names, X, notes, "constant", X.eq(X[0]).all(0))
    if bool((y == y[0]).all()):
        raise InvalidInput(f"The target must vary; {target!r} has the one value {y[0]:g}. Choose another target.")
    _check_size([*names, target], torch.cat([X, y[:, None]], 1))
    return Table(X.contiguous(), y.contiguous(), tuple(names), target, note="; ".join(notes) + "." if notes else "")


def _check_choice(frame: Any, target: str, features: Sequence[str]) -> None:
    known = [str(name) for name in frame.columns]
    if len(frame) > MAX_ROWS:
        raise ResourceLimit(constraint("number of rows", f"at most {MAX_ROWS:,}", len(frame), "Upload a part of it."))
    if not features:
        raise InvalidInput("At least one feature must be chosen. Choose a column to predict the target from.")
    for name in [target, *features]:
        if known.count(name) != 1:
            raise InvalidInput(
                constraint("column", "the name of exactly one column", name, "Choose one of the table's.")
            )
    if target in features or len(set(features)) < len(features):
        raise InvalidInput("The target and the features must be different columns. Choose each column once.")
    if not _is_numeric(frame, _original_name(frame, target)):
        advice = f"Choose one of: {', '.join(numeric_columns(frame)[:8]) or 'none of this table qualifies'}."
        raise InvalidInput(constraint("target", "a column of numbers", target, advice))


def _check_rows(usable: int) -> None:
    if usable < SMALLEST_TABLE:
        raise InvalidInput(
            f"The table must have at least {SMALLEST_TABLE} rows without gaps; got {usable}. "
            "Choose fewer features, fill gaps with the mean, or upload more rows."
        )


def _feature_columns(frame: Any, features: Sequence[str], notes: list[str]) -> dict[str, Tensor]:
    """Return name → (m,) numbers, with NaN for a gap; text of few values becomes 0/1 columns."""
    columns: dict[str, Tensor] = {}
    refused: list[str] = []
    for name in features:
        series = _column(frame, name)
        if _is_numeric(frame, _original_name(frame, name)):
            columns[name] = _numbers(series)
            continue
        values = _categories(series)
        if not values:
            refused.append(name)
            continue
        gap = torch.tensor(series.isna().to_numpy(dtype="bool"))
        for value in values[1:]:
            indicator = torch.tensor((series == value).to_numpy(dtype="bool", na_value=False), dtype=torch.float64)
            columns[f"{name}={value}"] = indicator.masked_fill(gap, float("nan"))
        notes.append(_text_note(name, values))
    if refused:
        raise InvalidInput(
            f"Features must be numbers, or text of at most {MAX_CATEGORIES} different values; "
            f"got {', '.join(refused)}. Leave these columns out, or turn them into numbers."
        )
    if len(columns) > MAX_FEATURES:
        raise ResourceLimit(constraint("number of features", f"at most {MAX_FEATURES}", len(columns), "Choose fewer."))
    if not columns:
        raise InvalidInput("At least one feature must vary; those chosen have one value. Choose another feature.")
    return columns


def _text_note(name: str, values: list[str]) -> str:
    if len(values) == 1:
        return f"text column {name!r} left out for its single value"
    return f"text column {name!r} became {len(values) - 1} columns of 0 and 1, with {values[0]!r} as all 0"


def _categories(series: Any) -> list[str]:
    """Return the sorted distinct texts of a text column, or [] where there are too many or they are not text."""
    if not hasattr(series.dtype, "kind") or series.dtype.kind not in "OTU":
        return []
    values = list(series.dropna().unique())
    return sorted(values) if len(values) <= MAX_CATEGORIES and all(isinstance(v, str) for v in values) else []


def _without_constant(
    names: list[str], X: Tensor, notes: list[str], why: str, drop: Tensor
) -> tuple[list[str], Tensor]:
    """Leave out the columns marked in `drop` and say so; refuse where none would be left."""
    dropped = [name for name, gone in zip(names, drop.tolist(), strict=True) if gone]
    if not dropped:
        return names, X
    if len(dropped) == len(names):
        raise InvalidInput(f"At least one feature must vary; {', '.join(dropped)} is {why}. Choose another feature.")
    notes.append(f"{why} column{'s' if len(dropped) > 1 else ''} left out: {', '.join(dropped)}")
    return [name for name in names if name not in dropped], X[:, ~drop]


def _filled(X: Tensor, notes: list[str]) -> Tensor:
    gaps = X.isnan()
    if not gaps.any():
        return X
    notes.append(f"{int(gaps.sum())} missing values were filled with their column's mean")
    return torch.where(gaps, X.nanmean(0), X)


def _check_size(names: list[str], values: Tensor) -> None:
    too_large = (values.abs().amax(0) > LARGEST_VALUE).tolist()
    if any(too_large):
        name = names[too_large.index(True)]
        raise InvalidInput(f"Values must be at most {LARGEST_VALUE:g} in size; {name!r} has larger ones. Rescale it.")


def _original_name(frame: Any, name: str) -> Any:
    return next(column for column in frame.columns if str(column) == name)


def _column(frame: Any, name: str) -> Any:
    return frame[_original_name(frame, name)]


def _is_numeric(frame: Any, name: Any) -> bool:
    series = frame[name]
    return getattr(series, "ndim", 1) == 1 and getattr(series.dtype, "kind", "O") in "biuf"


def _numbers(series: Any) -> Tensor:
    """Return (m,) float64 with NaN for each gap and infinity."""
    values = torch.tensor(series.to_numpy(dtype="float64", na_value=float("nan")))
    return torch.where(values.isfinite(), values, float("nan"))
