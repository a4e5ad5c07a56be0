"""Loaded models, shared by all visitors of one process and bounded in bytes; the least recently used leaves first.

Conventions: a model's size is that of its parameters and buffers. Leaving the pool drops the pool's reference only: who
still uses the model keeps it, so the bound is on what the pool holds, not on what the process holds.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

from engine.errors import InvalidInput, ResourceLimit, constraint
from engine.runtime.environment import positive_integer

MEMORY_VARIABLE = "TANGENT_MODEL_MEMORY_MB"
DEFAULT_MEMORY_MB = 2048
MB = 1024 * 1024


def module_bytes(model: Any) -> int:
    """Return the bytes of a module's parameters and buffers, each counted once; 0 for what is not a module."""
    if not hasattr(model, "parameters"):
        return 0
    return sum(tensor.nbytes for tensor in [*model.parameters(), *model.buffers()])


class ModelPool:
    """Models by key, each built once. Every method may be called from any thread."""

    def __init__(self, max_bytes: int) -> None:
        if max_bytes < 1:
            raise InvalidInput(constraint("max_bytes", "at least 1", max_bytes))
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()  # oldest use first
        self._building: dict[Hashable, Future] = {}

    def get(self, key: Hashable, build: Callable[[], Any], size_of: Callable[[Any], int] = module_bytes) -> Any:
        """Return the model of `key`, built by the first who asks; who asks meanwhile waits for that one.

        Different keys build at the same time. `build` must not ask for its own key. `size_of` gives the bytes of
        objects that are not a plain module.

        Raises:
            ResourceLimit: the model alone is larger than the pool.
            Exception: whatever `build` raises, to all who wait; the next to ask builds again.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
            result = self._building.get(key)
            is_builder = result is None
            if is_builder:
                result = self._building[key] = Future()
        if is_builder:
            self._build(key, build, size_of, result)
        return result.result()

    @property
    def used_bytes(self) -> int:
        """The bytes of all models held."""
        with self._lock:
            return self._used_bytes()

    def keys(self) -> list[Hashable]:
        """Return the keys of the models held, least recently used first."""
        with self._lock:
            return list(self._kept)

    def clear(self) -> None:
        """Drop every model."""
        with self._lock:
            self._kept.clear()

    def _build(self, key: Hashable, build: Callable[[], Any], size_of: Callable[[Any], int], result: Future) -> None:
        try:
            model = build()
            self._keep(key, model, size_of(model))
        except BaseException as error:
            outcome = error
        else:
            outcome = None
        with self._lock:
            del self._building[key]
        if outcome is None:
            result.set_result(model)
        else:
            result.set_exception(outcome)

    def _keep(self, key: Hashable, model: Any, size: int) -> None:
        if size > self.max_bytes:
            must_be = f"at most the {self.max_bytes / MB:.1f} MB set aside for models"
            advice = f"Choose a smaller model, or set {MEMORY_VARIABLE} higher."
            raise ResourceLimit(constraint("model size", must_be, f"{size / MB:.1f} MB", advice))
        with self._lock:
            self._kept[key] = (model, size)
            while self._used_bytes() > self.max_bytes:
                self._kept.popitem(last=False)

    def _used_bytes(self) -> int:
        return sum(size for _, size in self._kept.values())


_default: ModelPool | None = None
_default_lock = threading.Lock()


def models() -> ModelPool:
    """Return the process's one pool; TANGENT_MODEL_MEMORY_MB sets its size (2048 MB where unset).

    Raises:
        InvalidInput: the variable is not a whole number of at least 1.
    """
    global _default
    with _default_lock:
        if _default is None:
            _default = ModelPool((positive_integer(MEMORY_VARIABLE) or DEFAULT_MEMORY_MB) * MB)
        return _default
