"""One inference thread per device: what waits for the same model is stacked and computed in one call.

Requests for the same callable whose inputs have the same shape, dtype and device are stacked on a new first axis,
computed under `torch.inference_mode`, and split again: y₁ … y_B = f(stack(x₁ … x_B)).

Conventions: `x` is one item without a batch axis; the callable takes a batch (B, …) on the thread's device. It returns
a tensor whose first axis is B, a list of B results (as torchvision's detectors do), or a dict or tuple of such. Results
come back on the CPU, each with memory of its own. The callable must treat items independently (a model in eval mode).
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInput, ResourceLimit, constraint
from engine.runtime.device import as_device

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class _Request:
    function: Callable[[torch.Tensor], Any]
    x: torch.Tensor
    arrived_s: float
    alone: bool = False
    future: Future = field(default_factory=Future)

    @property
    def group(self) -> tuple:
        return self.function, self.x.shape, self.x.dtype, self.x.device


class InferenceThread:
    """A daemon thread that computes batches on one device, oldest request first.

    Args:
        device: where inputs are moved to and the callables compute.
        max_batch: most items in one call.
        max_wait_ms: how long the oldest request waits for others to join it.
        max_queue: most requests that may wait.
    """

    def __init__(
        self, device: torch.device | str, max_batch: int = 16, max_wait_ms: float = 4, max_queue: int = 64
    ) -> None:
        for name, value in (("max_batch", max_batch), ("max_queue", max_queue)):
            if value < 1:
                raise InvalidInput(constraint(name, "at least 1", value))
        self.device = as_device(device)
        self._max_batch = max_batch
        self._max_wait_s = max_wait_ms / 1000
        self._max_queue = max_queue
        self._waiting: list[_Request] = []
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"inference {self.device}", daemon=True)
        self._thread.start()
        atexit.register(self.stop)  # a daemon thread that is inside torch when Python ends aborts the process

    def submit(self, function: Callable[[torch.Tensor], Any], x: torch.Tensor, alone: bool = False) -> Future:
        """Ask for `function` of one item; a cancelled future is never computed.

        Only requests with an equal `function` share a call: pass the model itself, not a new lambda each time. One that
        is `alone`, and shares with nobody, does not wait for others to join it.

        Raises:
            ResourceLimit: the queue is full.
            RuntimeError: the thread was stopped.
        """
        request = _Request(function, x.detach(), time.monotonic(), alone)
        with self._changed:
            if self._stopping:
                raise RuntimeError("the inference thread was stopped")
            if len(self._waiting) >= self._max_queue:
                self._waiting = [r for r in self._waiting if not r.future.cancelled()]
            if len(self._waiting) >= self._max_queue:
                raise ResourceLimit(f"The server is busy: {self._max_queue} requests wait already. Try again shortly.")
            self._waiting.append(request)
            self._changed.notify()
        return request.future

    def stop(self) -> None:
        """Cancel what waits, finish the batch being computed, and end the thread."""
        with self._changed:
            self._stopping = True
            waiting, self._waiting = self._waiting, []
            self._changed.notify()
        for request in waiting:
            request.future.cancel()
        self._thread.join()
        atexit.unregister(self.stop)

    def _run(self) -> None:
        while self._answer_next():
            pass

    def _answer_next(self) -> bool:
        """Compute one batch; return False once stopped. Nothing of a batch is kept while the thread waits."""
        batch = self._next_batch()
        if batch is None:
            return False
        batch = [request for request in batch if request.future.set_running_or_notify_cancel()]
        if not batch:
            return True
        try:
            results = _compute(batch[0].function, [request.x for request in batch], self.device)
        except BaseException as error:
            for request in batch:
                request.future.set_exception(error)
        else:
            for request, result in zip(batch, results, strict=True):
                request.future.set_result(result)
        return True

    def _next_batch(self) -> list[_Request] | None:
        """Take the oldest request and those that fit it, once enough are there or it has waited long enough."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopping)
            if self._stopping:
                return None
            first = self._waiting[0]
            left_s = 0 if first.alone else first.arrived_s + self._max_wait_s - time.monotonic()
            self._changed.wait_for(lambda: self._stopping or len(self._like(first)) == self._max_batch, max(left_s, 0))
            batch = self._like(first)
            taken = {id(request) for request in batch}
            self._waiting = [request for request in self._waiting if id(request) not in taken]
            return batch

    def _like(self, first: _Request) -> list[_Request]:
        return [request for request in self._waiting if request.group == first.group][: self._max_batch]


def _compute(function: Callable[[torch.Tensor], Any], items: list[torch.Tensor], device: torch.device) -> list[Any]:
    import torch

    with torch.inference_mode():
        x = items[0][None] if len(items) == 1 else torch.stack(items)  # one alone keeps its layout in memory
        batch = function(x.to(device))  # (B, …)
        results = _map_tensors(lambda tensor: tensor.to("cpu"), batch)
    # Outside inference_mode the clones are ordinary tensors, which autograd may use.
    return [_map_tensors(lambda tensor: tensor.clone(), _item(results, i, len(items))) for i in range(len(items))]


def _item(results: Any, index: int, n: int) -> Any:
    """Return one item's part of a batch's results."""
    if isinstance(results, dict):
        return {key: _item(value, index, n) for key, value in results.items()}
    if isinstance(results, tuple):
        return tuple(_item(value, index, n) for value in results)
    if not hasattr(results, "__len__") or len(results) != n:
        raise TypeError(f"a batch of {n} items must give {n} results; got {type(results).__name__}")
    return results[index]


def _map_tensors(change: Callable[[torch.Tensor], torch.Tensor], results: Any) -> Any:
    import torch

    if isinstance(results, torch.Tensor):
        return change(results)
    if isinstance(results, dict):
        return {key: _map_tensors(change, value) for key, value in results.items()}
    if isinstance(results, (list, tuple)):
        changed = [_map_tensors(change, value) for value in results]
        return tuple(changed) if isinstance(results, tuple) else changed
    return results


_threads: dict[str, InferenceThread] = {}
_threads_lock = threading.Lock()


def inference(device: torch.device | str | None = None) -> InferenceThread:
    """Return the process's one inference thread of a device (None: the chosen one), started at first use."""
    device = as_device(device)
    with _threads_lock:
        if str(device) not in _threads:
            _threads[str(device)] = InferenceThread(device)
        return _threads[str(device)]
