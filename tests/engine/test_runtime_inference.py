"""The inference thread: batches equal one-by-one results, bounds, errors, cancellation."""

import sys
import threading
from concurrent.futures import CancelledError

import pytest
import torch
from torch import nn

from engine.errors import ResourceLimit
from engine.runtime import InferenceThread, generator, inference

TIMEOUT_S = 120  # a busy machine is slow, not wrong
LONG_MS = 10_000  # no batch leaves by the clock


class Gate:
    """A callable that keeps the thread busy until it is opened."""

    def __init__(self):
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, x):
        self.entered.set()
        assert self.open.wait(TIMEOUT_S)
        return x


class Recorder:
    """A callable that notes the shape of each batch."""

    def __init__(self, function):
        self.function, self.shapes = function, []

    def __call__(self, x):
        self.shapes.append(tuple(x.shape))
        return self.function(x)


@pytest.fixture
def start():
    threads = []

    def start(**settings):
        threads.append(InferenceThread("cpu", **settings))
        return threads[-1]

    yield start
    for thread in threads:
        thread.stop()


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.open.set()


def occupy(thread, gate):
    """Make the thread busy, so that what is submitted next waits together."""
    future = thread.submit(gate, torch.zeros(1))
    assert gate.entered.wait(TIMEOUT_S)
    return future


def network():
    torch_generator = generator(0)
    model = (
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 5))
        .double()
        .eval()
    )
    for parameter in model.parameters():
        nn.init.normal_(parameter, generator=torch_generator)
    return model


def test_batched_results_equal_those_of_each_item(start, gate):
    thread, model = start(max_wait_ms=0), network()
    seen = Recorder(model)
    images = torch.rand(10, 3, 8, 8, generator=generator(1), dtype=torch.float64)
    occupy(thread, gate)
    futures = [thread.submit(seen, image) for image in images]
    gate.open.set()
    results = torch.stack([future.result(TIMEOUT_S) for future in futures])
    assert seen.shapes == [(10, 3, 8, 8)]
    torch.testing.assert_close(results, torch.stack([model(image[None])[0].detach() for image in images]))


def test_waits_for_others_until_the_batch_is_full(start):
    thread, double = start(max_batch=3, max_wait_ms=LONG_MS), Recorder(lambda x: 2 * x)
    futures = [thread.submit(double, torch.tensor(float(i))) for i in range(3)]
    assert [future.result(TIMEOUT_S).item() for future in futures] == [0, 2, 4]
    assert double.shapes == [(3,)]


def test_batches_are_bounded_and_in_order(start, gate):
    thread, same = start(max_batch=4, max_wait_ms=0), Recorder(lambda x: x)
    occupy(thread, gate)
    futures = [thread.submit(same, torch.tensor(i)) for i in range(10)]
    gate.open.set()
    assert [future.result(TIMEOUT_S).item() for future in futures] == list(range(10))
    assert same.shapes == [(4,), (4,), (2,)]


def test_only_the_same_callable_shape_and_dtype_share_a_call(start, gate):
    thread, a, b = start(max_wait_ms=0), Recorder(lambda x: x + 1), Recorder(lambda x: x - 1)
    occupy(thread, gate)
    items = [
        (a, torch.zeros(2)),
        (a, torch.zeros(3)),
        (b, torch.zeros(2)),
        (a, torch.zeros(2).double()),
        (a, torch.ones(2)),
    ]
    futures = [thread.submit(*item) for item in items]
    gate.open.set()
    for future, (function, x) in zip(futures, items, strict=True):
        result = future.result(TIMEOUT_S)
        assert result.dtype == x.dtype
        assert torch.equal(result, function.function(x))
    assert a.shapes == [(2, 2), (1, 3), (1, 2)]
    assert b.shapes == [(1, 2)]


def test_lists_dicts_and_tuples_are_split(start):
    thread = start(max_batch=2, max_wait_ms=LONG_MS)

    def detect(x):
        boxes = [{"boxes": row[None], "name": f"{row.sum():g}"} for row in x]
        return {"found": boxes, "pair": (x, 2 * x)}

    one, two = (thread.submit(detect, torch.full((4,), value)) for value in (1.0, 2.0))
    assert one.result(TIMEOUT_S)["found"]["name"] == "4"
    second = two.result(TIMEOUT_S)
    assert torch.equal(second["found"]["boxes"], torch.full((1, 4), 2.0))
    assert torch.equal(second["pair"][0], torch.full((4,), 2.0))
    assert torch.equal(second["pair"][1], torch.full((4,), 4.0))


def test_computes_in_inference_mode_and_returns_ordinary_tensors_of_their_own(start):
    thread, modes = start(max_batch=2, max_wait_ms=LONG_MS), []

    def function(x):
        modes.append(torch.is_inference_mode_enabled())
        return x * weight

    weight = torch.ones(3, requires_grad=True)
    results = [thread.submit(function, torch.ones(3, requires_grad=True)).result for _ in range(2)]
    a, b = (result(TIMEOUT_S) for result in results)
    assert modes == [True]
    assert not a.is_inference()
    assert not a.requires_grad
    assert a.untyped_storage().nbytes() == 12  # not a view that keeps the batch
    a.zero_()
    assert torch.equal(b, torch.ones(3))


def test_an_error_reaches_its_batch_only_and_the_thread_goes_on(start, gate):
    thread = start(max_wait_ms=0)

    def fail(x):
        raise ValueError("bad batch")

    occupied = occupy(thread, gate)
    bad = [thread.submit(fail, torch.zeros(1)) for _ in range(2)]
    good = thread.submit(torch.neg, torch.ones(1))
    gate.open.set()
    for future in bad:
        with pytest.raises(ValueError, match="bad batch"):
            future.result(TIMEOUT_S)
    assert good.result(TIMEOUT_S).item() == -1
    assert occupied.result(TIMEOUT_S).item() == 0
    assert thread.submit(torch.neg, torch.ones(1)).result(TIMEOUT_S).item() == -1


def test_a_callable_that_does_not_return_one_result_per_item_is_refused(start):
    with pytest.raises(TypeError, match="a batch of 1 items must give 1 results"):
        start().submit(lambda x: torch.zeros(3), torch.zeros(2)).result(TIMEOUT_S)


def test_full_queue_says_busy_and_cancelled_requests_make_room(start, gate):
    thread, same = start(max_wait_ms=0, max_queue=2), Recorder(lambda x: x)
    occupy(thread, gate)
    first, second = thread.submit(same, torch.zeros(1)), thread.submit(same, torch.ones(1))
    with pytest.raises(ResourceLimit, match=r"busy: 2 requests wait .* Try again"):
        thread.submit(same, torch.zeros(1))
    assert first.cancel()
    third = thread.submit(same, torch.full((1,), 3.0))
    gate.open.set()
    assert (second.result(TIMEOUT_S).item(), third.result(TIMEOUT_S).item()) == (1, 3)
    assert same.shapes == [(2, 1)]


def test_cancelled_futures_are_skipped(start, gate):
    thread, same = start(max_wait_ms=0), Recorder(lambda x: x)
    occupy(thread, gate)
    futures = [thread.submit(same, torch.tensor(i)) for i in range(3)]
    assert futures[1].cancel()
    gate.open.set()
    assert (futures[0].result(TIMEOUT_S).item(), futures[2].result(TIMEOUT_S).item()) == (0, 2)
    assert same.shapes == [(2,)]


def test_stop_finishes_the_batch_and_cancels_what_waits(gate):
    thread = InferenceThread("cpu", max_wait_ms=0)
    computing = occupy(thread, gate)
    waiting = thread.submit(torch.neg, torch.zeros(1))
    stopper = threading.Thread(target=thread.stop)
    stopper.start()
    with pytest.raises(CancelledError):
        waiting.result(TIMEOUT_S)
    stopper.join(0.05)
    assert stopper.is_alive()  # stop waits for the batch being computed
    gate.open.set()
    stopper.join(TIMEOUT_S)
    assert computing.result(TIMEOUT_S).item() == 0
    assert not thread._thread.is_alive()
    with pytest.raises(RuntimeError, match="stopped"):
        thread.submit(torch.neg, torch.zeros(1))


def test_many_submitters_each_get_their_own_answer(start):
    thread, answers = start(max_queue=1000), {}

    def ask(number):
        answers[number] = [thread.submit(torch.neg, torch.tensor(number)).result(TIMEOUT_S).item() for _ in range(20)]

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(TIMEOUT_S)
    assert answers == {number: [-number] * 20 for number in range(12)}


def test_one_thread_per_device(monkeypatch):
    monkeypatch.setattr(sys.modules["engine.runtime.inference"], "_threads", {})
    monkeypatch.setenv("TANGENT_DEVICE", "cpu")
    thread = inference()
    assert inference("cpu") is thread
    assert inference(torch.device("cpu", 0)) is thread
    thread.stop()
