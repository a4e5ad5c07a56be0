"""Generated tables: what is stated about them holds, and a slider moves points smoothly."""

from __future__ import annotations

import pickle

import pytest
import torch
from sklearn.datasets import load_diabetes

from engine.datasets.tables import NOISE_UNIT, Table, diabetes, from_points, houses, line, polynomial, split
from engine.errors import InvalidInput, ShapeError

MAKERS = {"line": line, "polynomial": polynomial, "houses": houses}


def _truth(table: Table) -> torch.Tensor:
    if table.true_coefficients is not None:
        theta = torch.tensor(table.true_coefficients, dtype=torch.float64)
        return theta[0] + table.X @ theta[1:]
    return sum(c * table.X[:, 0] ** k for k, c in enumerate(table.true_function))


@pytest.mark.parametrize("kind", list(MAKERS))
def test_without_noise_the_truth_is_met_and_with_noise_it_is_the_spread(kind):
    clean = MAKERS[kind](500, 0.0, 0, 1)
    torch.testing.assert_close(clean.y, _truth(clean), rtol=1e-13, atol=1e-12)
    noisy = MAKERS[kind](500, 0.8, 0, 1)
    assert (noisy.y - clean.y).std() == pytest.approx(0.8 * NOISE_UNIT[kind], rel=0.1)
    assert (noisy.y - clean.y).mean().abs() < 0.1 * NOISE_UNIT[kind]
    assert clean.X.dtype == clean.y.dtype == torch.float64
    assert len(clean.feature_units) == clean.n_features and clean.n_samples == 500


@pytest.mark.parametrize("kind", list(MAKERS))
def test_noise_and_outliers_move_points_and_draw_no_others(kind):
    base, noisy = MAKERS[kind](60, 0.5, 0, 3), MAKERS[kind](60, 1.0, 0, 3)
    assert torch.equal(base.X, noisy.X)
    torch.testing.assert_close(noisy.y - _truth(noisy), 2 * (base.y - _truth(base)))
    four, five = MAKERS[kind](60, 0.5, 4, 3), MAKERS[kind](60, 0.5, 5, 3)
    assert torch.equal(four.X, base.X)
    assert four.is_outlier.sum() == 4 and five.is_outlier.sum() == 5
    assert (five.is_outlier | ~four.is_outlier).all()  # the four stay among the five
    assert torch.equal(four.y[~four.is_outlier], base.y[~four.is_outlier])
    jump = (four.y - base.y)[four.is_outlier].abs() / NOISE_UNIT[kind]
    assert (jump >= 4).all() and (jump <= 8).all()


@pytest.mark.parametrize("kind", list(MAKERS))
def test_noise_and_features_are_independent(kind):
    table = MAKERS[kind](500, 1.0, 0, 2)
    together = torch.cat([table.X, (table.y - _truth(table))[:, None]], 1)
    assert torch.corrcoef(together.T)[-1, :-1].abs().max() < 0.15


@pytest.mark.parametrize("kind", list(MAKERS))
def test_more_samples_keep_those_that_were_there(kind):
    few, many = MAKERS[kind](23, 0.5, 0, 4), MAKERS[kind](500, 0.5, 0, 4)
    assert torch.equal(few.X, many.X[:23])
    assert torch.equal(few.y, many.y[:23])


@pytest.mark.parametrize("kind", list(MAKERS))
def test_same_seed_same_table_and_the_global_state_is_left_alone(kind):
    before = torch.get_rng_state()
    a, b, other = (MAKERS[kind](30, 0.5, 2, seed) for seed in (5, 5, 6))
    assert torch.equal(a.y, b.y) and not torch.equal(a.X, other.X)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(pickle.loads(pickle.dumps(a)).y, a.y)


def test_ranges():
    assert line(500).X.min() >= 0 and line(500).X.max() <= 4
    assert polynomial(500).X.min() >= -3 and polynomial(500).X.max() <= 3
    size, rooms = houses(500).X.unbind(1)
    assert size.min() >= 40 and size.max() <= 220
    assert torch.equal(rooms, rooms.round()) and rooms.min() >= 1 and rooms.max() <= 8
    assert torch.corrcoef(torch.stack([size, rooms]))[0, 1] > 0.7


@pytest.mark.parametrize(
    ("arguments", "text"), [((1, 0.5), "samples"), ((9, -1.0), "noise"), ((9, 0.5, 10), "outliers")]
)
def test_refusals(arguments, text):
    with pytest.raises(InvalidInput, match=text):
        line(*arguments)


def test_diabetes_is_scikit_learns():
    table, bunch = diabetes(), load_diabetes(scaled=False)
    assert torch.equal(table.X, torch.tensor(bunch.data)) and torch.equal(table.y, torch.tensor(bunch.target))
    assert table.X.shape == (442, 10) and table.true_coefficients is None


def test_points():
    table = from_points(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert table.X.tolist() == [[1.0], [3.0]] and table.y.tolist() == [2.0, 4.0]
    assert table.X.dtype == torch.float64
    with pytest.raises(InvalidInput, match="Add a point"):
        from_points(torch.tensor([[1.0, 2.0]]))
    with pytest.raises(InvalidInput, match="Add a point"):
        from_points(torch.empty(0, 2))
    with pytest.raises(InvalidInput, match="finite"):
        from_points(torch.tensor([[1.0, 2.0], [3.0, float("nan")]]))
    with pytest.raises(ShapeError):
        from_points(torch.ones(3, 3))


def test_split_is_exact_disjoint_and_nested():
    table = line(41, 0.5, 3, 2)
    fifth, half = split(table, 0.2, 7), split(table, 0.5, 7)
    assert (fifth.train.n_samples, fifth.validation.n_samples) == (33, 8)
    together = torch.cat([fifth.train.y, fifth.validation.y])
    assert torch.equal(together.sort().values, table.y.sort().values)
    assert set(fifth.validation.y.tolist()) <= set(half.validation.y.tolist())
    assert fifth.train.is_outlier.sum() + fifth.validation.is_outlier.sum() == 3
    assert torch.equal(split(table, 0.2, 7).train.y, fifth.train.y)
    assert not torch.equal(split(table, 0.2, 8).train.y, fifth.train.y)


def test_split_leaves_two_rows_to_fit_and_may_set_none_aside():
    assert split(line(40), 0.0, 0).validation is None
    assert split(line(2), 0.5, 0).validation is None
    assert split(line(3), 0.5, 0).train.n_samples == 2
    with pytest.raises(InvalidInput, match="validation share"):
        split(line(40), 0.7, 0)


def test_a_table_checks_its_shapes():
    X, y = torch.ones(3, 2), torch.ones(3)
    with pytest.raises(ShapeError):
        Table(X, y, ("a",), "y")
    with pytest.raises(ShapeError):
        Table(X, y[:2], ("a", "b"), "y")
