"""A bounded record of a run's snapshots: when it is full, every second one is dropped and the stride doubles.

With stride s the record holds the snapshots 0, s, 2s, … and always the newest.
"""

from __future__ import annotations

import threading
from typing import Any

from engine.errors import InvalidInput, constraint


class SnapshotRecord:
    """At most `max_snapshots` snapshots, spread evenly over the run; every method may be called from any thread."""

    def __init__(self, max_snapshots: int) -> None:
        if max_snapshots < 2:
            raise InvalidInput(constraint("max_snapshots", "at least 2", max_snapshots))
        self._max = max_snapshots
        self._kept: list[Any] = []
        self._stride = 1
        self._latest: Any = None
        self._n_seen = 0
        self._lock = threading.Lock()

    def add(self, snapshot: Any) -> None:
        """Record the next snapshot."""
        with self._lock:
            self._latest = snapshot
            if self._n_seen % self._stride == 0:
                self._kept.append(snapshot)
            self._n_seen += 1
            if len(self._kept) + self._is_newest_apart() > self._max:
                self._kept = self._kept[::2]
                self._stride *= 2

    @property
    def snapshots(self) -> list[Any]:
        """A copy of those kept, oldest first."""
        with self._lock:
            return [*self._kept, self._latest] if self._is_newest_apart() else self._kept.copy()

    @property
    def latest(self) -> Any:
        """The newest, or None before the first."""
        with self._lock:
            return self._latest

    @property
    def n_seen(self) -> int:
        """How many were added."""
        with self._lock:
            return self._n_seen

    def _is_newest_apart(self) -> bool:
        return self._n_seen > 0 and (self._n_seen - 1) % self._stride != 0
