"""An uploaded frame: gaps, text, constant columns, one row, very many rows, each handled or refused in a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from engine.datasets.tables import from_frame, numeric_columns
from engine.errors import InvalidInput, ResourceLimit

NAN = float("nan")


def _frame(**changes) -> pd.DataFrame:
    columns = {"size": [50.0, 80.0, 100.0, 120.0], "rooms": [2, 3, 3, 4], "price": [150, 200, 260, 300]}
    return pd.DataFrame(columns | changes)


def test_numbers_come_through():
    table = from_frame(_frame(), "price", ["rooms", "size"])
    assert table.X.tolist() == [[2, 50], [3, 80], [3, 100], [4, 120]]
    assert table.y.tolist() == [150, 200, 260, 300]
    assert (table.feature_names, table.target_name, table.note) == (("rooms", "size"), "price", "")
    assert table.X.dtype == table.y.dtype == torch.float64


def test_numeric_columns():
    frame = _frame(town=["a", "b", "c", "d"], new=[True, False, True, True], day=pd.date_range("2020-01-01", periods=4))
    frame["gap"] = pd.array([1, None, 3, 4], dtype="Int64")
    assert numeric_columns(frame) == ["size", "rooms", "price", "new", "gap"]
    table = from_frame(frame, "price", ["new", "gap"], missing="mean")
    torch.testing.assert_close(table.X[:, 0], torch.tensor([1.0, 0, 1, 1], dtype=torch.float64))
    torch.testing.assert_close(table.X[1, 1], torch.tensor(8 / 3, dtype=torch.float64))


@pytest.mark.parametrize("gap", [NAN, float("inf"), -float("inf")])
def test_rows_with_gaps_are_dropped_or_filled(gap):
    frame = _frame(size=[50.0, gap, 100.0, 120.0])
    dropped = from_frame(frame, "price", ["size", "rooms"])
    assert dropped.y.tolist() == [150, 260, 300]
    assert dropped.note == "1 of 4 rows with missing values were left out."
    filled = from_frame(frame, "price", ["size", "rooms"], missing="mean")
    assert filled.X[:, 0].tolist() == [50, 90, 100, 120]
    assert filled.note == "1 missing values were filled with their column's mean."
    without_target = from_frame(_frame(price=[150, gap, 260, 300]), "price", ["size"], missing="mean")
    assert without_target.y.tolist() == [150, 260, 300]


def test_text_of_few_values_becomes_indicators():
    frame = _frame(town=["b", "a", "c", "b"])
    for column in (frame["town"], frame["town"].astype("category"), frame["town"].astype(object)):
        table = from_frame(frame.assign(town=column), "price", ["town", "size"])
        assert table.feature_names == ("town=b", "town=c", "size")
        assert table.X[:, :2].tolist() == [[1, 0], [0, 0], [0, 1], [1, 0]]
        assert table.note == "text column 'town' became 2 columns of 0 and 1, with 'a' as all 0."
    gap = from_frame(_frame(town=["b", None, "a", "b"]), "price", ["town", "size"])
    assert gap.n_samples == 3


def test_text_of_many_values_and_dates_are_refused_by_name():
    many = pd.DataFrame({"y": range(13), "x": range(13), "id": [f"n{k}" for k in range(13)]})
    many["day"] = pd.date_range("2020-01-01", periods=13)
    with pytest.raises(InvalidInput, match=r"got id, day\. Leave these columns out"):
        from_frame(many, "y", ["x", "id", "day"])
    assert from_frame(many[:12], "y", ["x", "id"]).n_features == 12


def test_constant_and_empty_columns_are_left_out_and_said():
    frame = _frame(flat=[7, 7, 7, 7], none=[NAN] * 4, word=["a"] * 4)
    table = from_frame(frame, "price", ["size", "flat", "none", "word"])
    assert table.feature_names == ("size",)
    for part in ("constant column left out: flat", "empty column left out: none", "'word' left out"):
        assert part in table.note
    for hopeless in (["flat"], ["none"], ["word"]):
        with pytest.raises(InvalidInput, match="At least one feature must vary"):
            from_frame(frame, "price", hopeless)


@pytest.mark.parametrize(
    ("target", "features", "text"),
    [
        ("price", [], "At least one feature must be chosen"),
        ("price", ["price"], "different columns"),
        ("price", ["size", "size"], "different columns"),
        ("cost", ["size"], "name of exactly one column"),
        ("price", ["area"], "name of exactly one column"),
        ("town", ["size"], "target must be a column of numbers.*size, rooms, price"),
        ("flat", ["size"], "The target must vary"),
    ],
)
def test_a_choice_that_cannot_be_used_is_refused(target, features, text):
    frame = _frame(town=["a", "b", "c", "d"], flat=[1, 1, 1, 1])
    with pytest.raises(InvalidInput, match=text):
        from_frame(frame, target, features)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_too_few_rows_are_refused(rows):
    with pytest.raises(InvalidInput, match=f"at least 3 rows without gaps; got {rows}"):
        from_frame(_frame()[:rows], "price", ["size"])


def test_rows_that_gaps_use_up_are_refused():
    with pytest.raises(InvalidInput, match="got 2"):
        from_frame(_frame(size=[50.0, NAN, NAN, 120.0]), "price", ["size"])


def test_limits():
    with pytest.raises(InvalidInput, match="'size' has larger ones"):
        from_frame(_frame(size=[1e200, 1, 2, 3]), "price", ["size"])
    wide = pd.DataFrame(np.zeros((4, 202)))
    with pytest.raises(ResourceLimit, match="at most 200"):
        from_frame(wide, "0", [str(k) for k in range(1, 202)])
    with pytest.raises(InvalidInput, match="drop or mean"):
        from_frame(_frame(), "price", ["size"], missing="zero")
    with pytest.raises(ResourceLimit, match="1,000,000"):
        from_frame(pd.DataFrame({"a": np.zeros(1_000_001), "b": 1}), "a", ["b"])


def test_two_hundred_thousand_rows_and_numbers_as_names():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(200_000, 3)))
    table = from_frame(frame, "2", ["0", "1"])
    assert table.X.shape == (200_000, 2)
    assert torch.equal(table.y, torch.tensor(frame[2].to_numpy()))


def test_the_frame_is_not_changed():
    frame = _frame(size=[50.0, NAN, 100.0, 120.0])
    copy = frame.copy()
    from_frame(frame, "price", ["size"], missing="mean").X.zero_()
    from_frame(_frame(), "price", ["size"]).y.zero_()
    pd.testing.assert_frame_equal(frame, copy)
