"""Settings with limits, and the form of the errors."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, dataclass, replace

import pytest

from engine.errors import (
    ChecksumError,
    DownloadError,
    EngineError,
    IncompatibleWeights,
    InvalidInput,
    ResourceLimit,
    ShapeError,
    WeightsError,
    constraint,
)
from engine.settings import check, choice, clamp, default_of, flag, integer, limits_of, real


@dataclass(frozen=True)
class Sample:
    rate: float = real(0.1, 0.0, 1.0, label="rate", unit="1/s", scale="log")
    count: int = integer(3, 1, 9, label="count")
    kind: str = choice("a", {"a": "first", "b": "second"}, label="kind")
    on: bool = flag(True, label="switch")

    def __post_init__(self) -> None:
        check(self)


def test_the_error_tree_is_the_documented_one():
    assert issubclass(InvalidInput, (EngineError, ValueError)) and issubclass(ShapeError, InvalidInput)
    assert all(issubclass(e, WeightsError) for e in (DownloadError, ChecksumError, IncompatibleWeights))
    assert issubclass(WeightsError, EngineError) and issubclass(ResourceLimit, EngineError)
    assert not issubclass(ResourceLimit, InvalidInput) and not issubclass(WeightsError, ValueError)


def test_a_message_has_one_form_and_a_bound():
    assert constraint("rate", "above 0", -1, "Raise it.") == "rate must be above 0; got -1. Raise it."
    assert constraint("rate", "above 0", -1) == "rate must be above 0; got -1."
    flood = constraint("name", "short", "x" * 10_000)
    assert len(flood) < 120 and "…" in flood


def test_defaults_are_kept_and_settings_are_frozen_and_picklable():
    settings = Sample()
    assert (settings.rate, settings.count, settings.kind, settings.on) == (0.1, 3, "a", True)
    assert default_of(Sample, "count") == 3
    assert pickle.loads(pickle.dumps(settings)) == settings
    with pytest.raises(FrozenInstanceError):
        settings.rate = 0.5


def test_limits_tell_a_control_all_it_needs():
    limits = limits_of(Sample)
    assert list(limits) == ["rate", "count", "kind", "on"]
    assert (limits["rate"].low, limits["rate"].high, limits["rate"].scale, limits["rate"].unit) == (0, 1, "log", "1/s")
    assert limits["rate"].step == pytest.approx(0.01)
    assert limits["kind"].options == {"a": "first", "b": "second"}


@pytest.mark.parametrize(
    "change", [{"rate": 0.0}, {"rate": 1}, {"count": 1}, {"count": 9}, {"kind": "b"}, {"on": False}]
)
def test_the_ends_are_accepted(change):
    replace(Sample(), **change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rate": 1.0001}, "rate must be a number from 0 to 1 1/s; got 1.0001."),
        ({"rate": float("nan")}, "rate must be a number"),
        ({"rate": "0.1"}, "rate must be a number"),
        ({"rate": True}, "rate must be a number"),
        ({"count": 0}, "count must be a whole number from 1 to 9; got 0."),
        ({"count": 2.0}, "count must be a whole number"),
        ({"kind": "c"}, "kind must be one of a, b; got 'c'."),
        ({"kind": ["a"]}, "kind must be one of a, b"),
        ({"on": 1}, "switch must be true or false; got 1."),
    ],
)
def test_what_is_outside_is_refused_in_a_sentence(change, said):
    with pytest.raises(InvalidInput) as refused:
        replace(Sample(), **change)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("rate", "0.25", 0.25),
        ("rate", "7", 1.0),
        ("rate", "-7", 0.0),
        ("rate", "inf", 1.0),
        ("rate", "nan", 0.1),
        ("rate", "many", 0.1),
        ("rate", None, 0.1),
        ("count", "4.4", 4),
        ("count", "1e99", 9),
        ("kind", "b", "b"),
        ("kind", "<script>", "a"),
        ("kind", ["b"], "a"),
        ("on", "false", False),
        ("on", "maybe", True),
    ],
)
def test_a_value_from_a_link_is_clamped_and_never_raises(name, value, expected):
    found = clamp(limits_of(Sample)[name], value, default_of(Sample, name))
    assert found == expected and type(found) is type(expected)
