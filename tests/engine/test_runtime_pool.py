"""The pool of loaded models."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

import engine.runtime.pool as pool_module
from engine.errors import InvalidInput, ResourceLimit
from engine.runtime import ModelPool, models
from engine.runtime.pool import MB, module_bytes

TIMEOUT_S = 120  # a busy machine is slow, not wrong


class Named:
    def __init__(self, name, size):
        self.name, self.size = name, size


def put(pool, name, size=40):
    return pool.get(name, lambda: Named(name, size), size_of=lambda model: model.size)


def test_module_bytes_counts_parameters_and_buffers_once():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    assert module_bytes(model) == 4 * (12 + 4 + 4 + 4 + 4 + 4) + 8  # num_batches_tracked is int64
    tied = nn.ModuleList([nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)])
    tied[1].weight = tied[0].weight
    assert module_bytes(tied) == 4 * 16
    assert module_bytes(nn.Linear(3, 4).to(torch.float64)) == 8 * 16


def test_a_module_is_counted_in_the_pool():
    pool = ModelPool(1000)
    pool.get("a", lambda: nn.Linear(3, 4))
    assert pool.used_bytes == 64
    pool.clear()
    assert pool.used_bytes == 0


def test_least_recently_used_leaves_first():
    pool = ModelPool(100)
    first = put(pool, "a")
    put(pool, "b")
    assert put(pool, "a") is first  # now "b" is the oldest use
    put(pool, "c")
    assert pool.keys() == ["a", "c"]
    assert pool.used_bytes == 80
    put(pool, "d", 100)
    assert pool.keys() == ["d"]


def test_model_larger_than_the_pool_is_refused_and_nothing_leaves_for_it():
    pool = ModelPool(100)
    put(pool, "a")
    with pytest.raises(ResourceLimit, match=r"model size must be at most .* TANGENT_MODEL_MEMORY_MB"):
        put(pool, "big", 101)
    assert pool.keys() == ["a"]


def test_one_key_is_built_once_for_all_threads():
    pool, n_threads = ModelPool(100), 8
    together, built = threading.Barrier(n_threads), []
    may_finish = threading.Event()

    def build():
        built.append(1)
        assert may_finish.wait(TIMEOUT_S)
        return Named("a", 1)

    def ask():
        together.wait(TIMEOUT_S)
        return pool.get("a", build, size_of=lambda model: 1)

    with ThreadPoolExecutor(n_threads) as threads:
        asked = [threads.submit(ask) for _ in range(n_threads)]
        may_finish.set()
        answers = {id(future.result(TIMEOUT_S)) for future in asked}
    assert len(built) == 1
    assert len(answers) == 1


def test_different_keys_are_built_at_the_same_time():
    pool = ModelPool(100)
    both_inside = threading.Barrier(2)  # breaks, and so fails the builds, unless both are building

    def build():
        both_inside.wait(TIMEOUT_S)
        return Named("x", 1)

    with ThreadPoolExecutor(2) as threads:
        for future in [threads.submit(pool.get, key, build) for key in "ab"]:
            assert future.result(TIMEOUT_S).name == "x"


def test_failed_build_reaches_all_who_wait_and_leaves_no_trace():
    pool = ModelPool(100)
    is_building, may_fail = threading.Event(), threading.Event()

    def fail():
        is_building.set()
        assert may_fail.wait(TIMEOUT_S)
        raise OSError("no such file")

    def never():
        raise AssertionError("built twice")

    with ThreadPoolExecutor(2) as threads:
        builder = threads.submit(pool.get, "a", fail)
        assert is_building.wait(TIMEOUT_S)
        waiter = threads.submit(pool.get, "a", never)
        deadline_s = time.monotonic() + TIMEOUT_S
        while not pool._building["a"]._condition._waiters and time.monotonic() < deadline_s:
            time.sleep(0.001)
        may_fail.set()
        for future in (builder, waiter):
            with pytest.raises(OSError, match="no such file"):
                future.result(TIMEOUT_S)
    assert pool.keys() == []
    assert put(pool, "a").name == "a"


def test_bound_holds_under_many_threads():
    pool = ModelPool(100)

    def ask(number):
        assert put(pool, number % 7).name == number % 7
        return pool.used_bytes

    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(ask, range(400))) <= 100
    assert len(pool.keys()) == 2


def test_default_pool_is_one_and_sized_by_the_environment(monkeypatch):
    monkeypatch.setattr(pool_module, "_default", None)
    monkeypatch.setenv("TANGENT_MODEL_MEMORY_MB", "3")
    assert models().max_bytes == 3 * MB
    assert models() is models()


@pytest.mark.parametrize("text", ["0", "-1", "much", "1.5"])
def test_bad_memory_setting_is_refused(monkeypatch, text):
    monkeypatch.setattr(pool_module, "_default", None)
    monkeypatch.setenv("TANGENT_MODEL_MEMORY_MB", text)
    with pytest.raises(InvalidInput, match="TANGENT_MODEL_MEMORY_MB must be a whole number of at least 1"):
        models()
