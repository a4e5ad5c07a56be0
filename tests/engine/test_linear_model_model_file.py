"""A fitted model comes back from its file and predicts the same; a file that is none is refused in one sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import safetensors.torch
import torch

from engine.errors import InvalidInput, ResourceLimit, ShapeError
from engine.io import limits
from engine.linear_model.experiment import Experiment, optimum, prepare, table_for, theta_original
from engine.linear_model.model_file import load_model, save_model

EXPERIMENTS = [
    Experiment(),
    Experiment(data="houses", degree=3, scaling="std", ridge=2.0, method="bfgs"),
    Experiment(data="diabetes", scaling="range", validation=0.0, method="normal_equation", alpha=1),
]


def _fitted(experiment: Experiment):
    problem = prepare(experiment, table_for(experiment))
    return problem, optimum(problem)


def _parts(data: bytes) -> tuple[dict, dict]:
    length = int.from_bytes(data[:8], "little")
    return safetensors.torch.load(data), json.loads(data[8 : 8 + length])["__metadata__"]


def _altered(tensors: dict | None = None, metadata: dict | None = None) -> bytes:
    """Write the second experiment's file with parts replaced, or left out where None."""
    problem, theta = _fitted(EXPERIMENTS[1])
    old_tensors, old_metadata = _parts(save_model(problem, theta, EXPERIMENTS[1]))
    both = (old_tensors | (tensors or {}), old_metadata | (metadata or {}))
    return safetensors.torch.save(*({k: v for k, v in part.items() if v is not None} for part in both))


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_round_trip_predicts_the_same(experiment):
    problem, theta = _fitted(experiment)
    model = load_model(save_model(problem, theta, experiment))
    X = problem.train.X + 0.5
    assert torch.equal(model.predict(X), problem.predict(theta, X))
    assert torch.equal(model.theta_original, theta_original(problem, theta))
    assert (model.settings, model.degree) == (experiment, experiment.degree)
    assert (model.feature_names, model.feature_units) == (problem.train.feature_names, problem.train.feature_units)
    assert (model.target_name, model.target_unit) == (problem.train.target_name, problem.train.target_unit)


def test_what_other_programs_find_in_the_file():
    problem, theta = _fitted(EXPERIMENTS[1])
    tensors, metadata = _parts(save_model(problem, theta, EXPERIMENTS[1]))
    assert torch.equal(tensors["theta"], theta)
    assert torch.equal(tensors["mean"], problem.scaler.mean) and torch.equal(tensors["scale"], problem.scaler.scale)
    assert torch.equal(tensors["theta_original"], theta_original(problem, theta))
    assert metadata["degree"] == "3" and json.loads(metadata["feature_names"]) == ["size", "rooms"]
    assert json.loads(metadata["target"]) == "price" and json.loads(metadata["target_unit"]) == "thousand €"
    assert json.loads(metadata["settings"])["ridge"] == 2.0


def test_a_row_of_a_path_is_saved_alone():
    problem, theta = _fitted(EXPERIMENTS[0])
    path = torch.stack([theta, theta + 1, theta + 2], 1).T
    data = save_model(problem, path[1], EXPERIMENTS[0])
    assert len(data) < 3000
    assert torch.equal(load_model(data).theta, theta + 1)


def test_any_name_comes_back():
    experiment = Experiment()
    table = replace(
        table_for(experiment), feature_names=('x"""\n\\ \u202e\ud800 {0}',), target_name="", target_unit='",'
    )
    problem = prepare(experiment, table)
    model = load_model(save_model(problem, optimum(problem), experiment))
    assert (model.feature_names, model.target_name, model.target_unit) == (table.feature_names, "", '",')


def test_rows_of_another_width_are_refused():
    problem, theta = _fitted(EXPERIMENTS[1])
    model = load_model(save_model(problem, theta, EXPERIMENTS[1]))
    for X in (torch.zeros(4, 3), torch.zeros(2)):
        with pytest.raises(ShapeError, match=r"X must be \(m, 2\)"):
            model.predict(X)


def _header(header: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header


_ZEROS = torch.zeros(10, dtype=torch.float64)
_NONE = torch.zeros(0, dtype=torch.float64)
HOSTILE = {
    "text": b"hello",
    "pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
    "length only": (2**63).to_bytes(8, "little") + b"{}",
    "no metadata": safetensors.torch.save({"theta": _ZEROS}),
    "nested header": _header(b'{"__metadata__":' + b"[" * 100_000),
    "another format": _altered(metadata={"format": "something else"}),
    "no format": _altered(metadata={"format": None}),
    "no theta": _altered(tensors={"theta": None}),
    "short theta": _altered(tensors={"theta": torch.zeros(9, dtype=torch.float64)}),
    "table for theta": _altered(tensors={"theta": _ZEROS[:, None].clone()}),
    "float32": _altered(tensors={"theta": torch.zeros(10)}),
    "nan": _altered(tensors={"theta": _ZEROS.log()}),
    "infinite mean": _altered(tensors={"mean": -_ZEROS[:9].log()}),
    "scale of 0": _altered(tensors={"scale": _ZEROS[:9].clone()}),
    "huge degree": _altered(metadata={"degree": "9" * 4000}),
    "longer degree": _altered(metadata={"degree": "9" * 5000}),
    "degree 0": _altered({"theta": _ZEROS[:1].clone(), "mean": _NONE, "scale": _NONE}, {"degree": "0"}),
    "negative degree": _altered(metadata={"degree": "-3"}),
    "no names": _altered(metadata={"feature_names": "[]", "feature_units": "[]"}),
    "too many names": _altered(metadata={"feature_names": json.dumps(["a"] * 10_000)}),
    "a name that is no text": _altered(metadata={"feature_names": "[1, 2]"}),
    "names that are no list": _altered(metadata={"feature_names": '{"a": 1, "b": 2}'}),
    "one unit": _altered(metadata={"feature_units": '["m"]'}),
    "two targets": _altered(metadata={"target": '"a", "b"'}),
    "nested names": _altered(metadata={"feature_names": "[" * 100_000}),
    "unknown setting": _altered(metadata={"settings": '{"__class__": "os"}'}),
    "setting out of range": _altered(metadata={"settings": '{"degree": 99}'}),
    "setting that is nan": _altered(metadata={"settings": '{"alpha": NaN}'}),
    "settings that are no object": _altered(metadata={"settings": "[]"}),
    "scaled and said not to be": _altered(metadata={"settings": '{"scaling": "none"}'}),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence(case):
    with pytest.raises(
        InvalidInput, match=r"The file must be a linear model in safetensors form; got 'm_y\.bin'"
    ) as info:
        load_model(HOSTILE[case], "m*y.bin")
    assert "\n" not in str(info.value)


def test_the_unaltered_file_is_accepted():
    assert load_model(_altered()).degree == 3


def test_every_cut_of_a_file_is_refused():
    data = _altered()
    for length in range(0, len(data), 37):
        with pytest.raises(InvalidInput):
            load_model(data[:length])


def test_a_large_file_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UPLOAD_BYTES", 100)
    with pytest.raises(ResourceLimit):
        load_model(_altered())
