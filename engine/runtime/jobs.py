"""Long work in the background: each job has a thread of its own, and heavy ones wait for a slot.

What goes into a job (a function and its settings) and what comes out (frozen snapshots with `step` and `total_steps`)
is picklable, so the same job could run on another machine. A light job starts at once. A heavy job takes a slot, first
come, first served, and knows its place in the queue. torch is not imported here, and nothing global is set.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from engine.runtime.job import Job
from engine.runtime.slots import MAX_WAITING, Slots, default_slots
from engine.runtime.snapshots import SnapshotRecord
from engine.runtime.tokens import Token

EXIT_WAIT_S = 5.0


class JobRunner:
    """Starts jobs and keeps the slots of the heavy ones.

    Args:
        n_slots: heavy jobs at one time; None for `default_slots()`, asked at the first heavy job as it imports torch.
        max_waiting: most heavy jobs that may wait for a slot.
        clock: seconds that never go back.
    """

    def __init__(
        self, n_slots: int | None = None, max_waiting: int = MAX_WAITING, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._n_slots = n_slots
        self._max_waiting = max_waiting
        self._clock = clock
        self._slots: Slots | None = None
        self._lock = threading.Lock()

    def submit(
        self,
        function: Callable[..., Iterator[Any]],
        *args: Any,
        heavy: bool = False,
        max_snapshots: int = 2000,
        token: Token | None = None,
    ) -> Job:
        """Start draining `function(*args)` in the background.

        Args:
            function: returns an iterator of frozen snapshots with `step` and `total_steps`.
            args: its settings.
            heavy: take a slot, waiting for it if need be.
            max_snapshots: most snapshots kept; beyond it they are thinned evenly.
            token: the job stops once this is stale.

        Raises:
            ResourceLimit: the queue for slots is full.
        """
        slots = self._heavy_slots() if heavy else None
        job = Job(function, args, SnapshotRecord(max_snapshots), slots, token, self._clock)
        if slots:
            slots.enter(job)
        _alive.add(job)
        threading.Thread(target=_run, args=(job,), name="job", daemon=True).start()
        return job

    def _heavy_slots(self) -> Slots:
        with self._lock:
            if self._slots is None:
                self._slots = Slots(self._n_slots or default_slots(), self._max_waiting)
            return self._slots


_runner = JobRunner()
_alive: set[Job] = set()


def _run(job: Job) -> None:
    job.run()
    _alive.discard(job)


@atexit.register  # a daemon thread that is inside torch as Python ends aborts the process
def cancel_all() -> None:
    """Cancel every job and wait for their ends, at most 5 s."""
    jobs, until_s = list(_alive), time.monotonic() + EXIT_WAIT_S
    for job in jobs:
        job.cancel()
    for job in jobs:
        job.wait(max(until_s - time.monotonic(), 0))


def submit(
    function: Callable[..., Iterator[Any]],
    *args: Any,
    heavy: bool = False,
    max_snapshots: int = 2000,
    token: Token | None = None,
) -> Job:
    """Start a job on the process's one runner; see `JobRunner.submit`."""
    return _runner.submit(function, *args, heavy=heavy, max_snapshots=max_snapshots, token=token)
