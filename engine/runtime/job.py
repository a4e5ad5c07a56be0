"""One background job: it drains an iterator of snapshots and keeps an even selection of them.

Conventions: a stop or a pause is felt at the next snapshot. A paused heavy job keeps its slot, or its place in the
queue, for `PAUSE_GRACE_S`; then it gives it back and, when resumed, joins the queue's end. So a pause costs nobody more
than that, and no run is lost by it. A token that is not touched ends a paused or waiting job too.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

from engine.errors import EngineError
from engine.runtime.slots import Slots
from engine.runtime.snapshots import SnapshotRecord
from engine.runtime.tokens import Token

PAUSE_GRACE_S = 10.0
POLL_S = 0.25  # how soon a job that waits or is paused notices a stale token
_END = object()

logger = logging.getLogger(__name__)


class Job:
    """One run; made by `submit`. Every method may be called from any thread.

    Attributes:
        heavy: whether it needs a slot.
        error: what the run raised, or None. An error that is no `EngineError` is a bug and is logged as well.
    """

    def __init__(
        self,
        function: Callable[..., Iterator[Any]],
        args: tuple,
        record: SnapshotRecord,
        slots: Slots | None,
        token: Token | None,
        clock: Callable[[], float],
    ) -> None:
        self.heavy = slots is not None
        self.error: BaseException | None = None
        self._work: tuple[Callable, tuple] | None = (function, args)
        self._record = record
        self._slots = slots
        self._token = token
        self._clock = clock
        self._first_step: int | None = None
        self._computing_s = 0.0  # from the first snapshot to the newest, pauses left out
        self._paused_s = 0.0
        self._cancelled = False
        self._going = threading.Event()
        self._going.set()
        self._ended = threading.Event()
        self._outcome = ""

    @property
    def status(self) -> str:
        """One of "queued", "running", "paused", "done", "failed", "cancelled"."""
        if self._ended.is_set():
            return self._outcome
        if self.place:
            return "queued"
        return "running" if self._going.is_set() else "paused"

    @property
    def place(self) -> int:
        """The place in the queue, from 1; 0 for a job that does not wait."""
        return self._slots.place(self) if self._slots else 0

    @property
    def snapshots(self) -> list[Any]:
        """A copy of the snapshots kept, oldest first: the first, the newest, and evenly spread ones between."""
        return self._record.snapshots

    @property
    def latest(self) -> Any:
        """The newest snapshot, or None before the first."""
        return self._record.latest

    @property
    def n_seen(self) -> int:
        """How many snapshots there were, kept or not."""
        return self._record.n_seen

    @property
    def progress(self) -> float | None:
        """The part done, from 0 to 1; None before the first snapshot, or where the total is unknown."""
        if self.status == "done":
            return 1.0
        latest = self.latest
        if latest is None or not latest.total_steps:
            return None
        return min(max(latest.step / latest.total_steps, 0.0), 1.0)

    @property
    def remaining_s(self) -> float | None:
        """Seconds of computing still to come, at the pace so far; None where no pace is known yet."""
        if self._ended.is_set():
            return 0.0
        latest = self.latest
        if latest is None or not latest.total_steps or latest.step <= self._first_step:
            return None
        pace_s = self._computing_s / (latest.step - self._first_step)
        return max(latest.total_steps - latest.step, 0) * pace_s

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the job has ended, at most `timeout_s`, and return whether it has."""
        return self._ended.wait(timeout_s)

    def cancel(self) -> None:
        """Stop at the next snapshot, or leave the queue; the snapshots stay."""
        self._cancelled = True

    def pause(self) -> None:
        """Hold the run after the snapshot being computed."""
        if self._going.is_set():  # a second press does not start the grace again
            self._paused_s = self._clock()
            self._going.clear()

    def resume(self) -> None:
        """Go on after a pause."""
        self._going.set()

    def run(self) -> None:
        """Drain the iterator to its end or a stop; the job's own thread calls this once."""
        try:
            self._outcome = "done" if self._drain() else "cancelled"
        except BaseException as error:
            self.error = error
            self._outcome = "failed"
            if not isinstance(error, EngineError):
                logger.error("a job failed", exc_info=error)
        finally:
            self._work = None  # what it was given may be large
            if self._slots:
                self._slots.leave(self)
            self._ended.set()

    def _drain(self) -> bool:
        """Record every snapshot; return False where it stopped early."""
        if not self._may_go_on():
            return False
        function, args = self._work
        iterator = iter(function(*args))
        try:
            while self._may_go_on():
                started_s = self._clock()
                snapshot = next(iterator, _END)
                if snapshot is _END:
                    return True
                self._add(snapshot, self._clock() - started_s)
            return False
        finally:
            if hasattr(iterator, "close"):
                iterator.close()

    def _add(self, snapshot: Any, took_s: float) -> None:
        if self._first_step is None:
            self._first_step = snapshot.step  # the first also pays for starting up, so the pace counts from it
        else:
            self._computing_s += took_s
        self._record.add(snapshot)

    def _may_go_on(self) -> bool:
        """Wait while paused or without a slot; return False once the job must stop."""
        while not self._is_stopping():
            if self._going.is_set():
                has_slot = self._slots is None or self._slots.wait(self, POLL_S)
                if has_slot and self._going.is_set() and not self._is_stopping():
                    return True
                continue
            if self._slots and self._clock() - self._paused_s > PAUSE_GRACE_S:
                self._slots.leave(self)
            self._going.wait(POLL_S)
        return False

    def _is_stopping(self) -> bool:
        return self._cancelled or (self._token is not None and self._token.stale)
