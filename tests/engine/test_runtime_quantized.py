"""int8 engines: the one that is used sums the largest products exactly."""

import pytest
import torch

from engine.runtime import quantized


@pytest.fixture(autouse=True)
def engine():
    """The engine is the process's, and the choice is remembered: put both back."""
    before = torch.backends.quantized.engine
    quantized.choose_engine.cache_clear()
    yield
    quantized.choose_engine.cache_clear()
    torch.backends.quantized.engine = before


def test_the_chosen_engine_is_exact_and_in_use():
    name = quantized.choose_engine()
    assert name in torch.backends.quantized.supported_engines
    assert torch.backends.quantized.engine == name and quantized.is_exact(name)


def test_an_engine_that_cuts_sums_off_is_passed_over(monkeypatch):
    monkeypatch.setattr(quantized, "is_exact", lambda name: name == "qnnpack")
    assert quantized.choose_engine() == "qnnpack"


def test_without_an_exact_engine_nothing_changes(monkeypatch):
    before = torch.backends.quantized.engine
    monkeypatch.setattr(quantized, "is_exact", lambda name: False)
    assert quantized.choose_engine() is None and torch.backends.quantized.engine == before


def test_the_sum_that_is_asked_for_would_overflow_16_bits():
    assert 2 * quantized.LARGEST > 2**15
