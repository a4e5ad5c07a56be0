"""Slots for heavy work, given first come, first served, to a bounded queue."""

from __future__ import annotations

import threading
from collections.abc import Hashable

from engine.errors import InvalidInput, ResourceLimit, constraint
from engine.runtime.environment import positive_integer

SLOTS_VARIABLE = "TANGENT_JOB_SLOTS"
MAX_WAITING = 32


def default_slots() -> int:
    """Return TANGENT_JOB_SLOTS where it is set, else one per GPU, else one per two cores.

    Raises:
        InvalidInput: the variable is not a whole number of at least 1.
    """
    from engine.runtime.device import count_cores, count_gpus

    return positive_integer(SLOTS_VARIABLE) or count_gpus() or max(1, count_cores() // 2)


class Slots:
    """`n_slots` places to work and a queue of at most `max_waiting`; every method may be called from any thread."""

    def __init__(self, n_slots: int, max_waiting: int = MAX_WAITING) -> None:
        if n_slots < 1:
            raise InvalidInput(constraint("n_slots", "at least 1", n_slots))
        self.n_slots = n_slots
        self._max_waiting = max_waiting
        self._working: set[Hashable] = set()
        self._waiting: list[Hashable] = []
        self._changed = threading.Condition()

    def enter(self, who: Hashable) -> None:
        """Take a free slot, or the last place in the queue.

        Raises:
            ResourceLimit: no slot is free and the queue is full.
        """
        with self._changed:
            is_free = len(self._working) < self.n_slots
            if not is_free and len(self._waiting) >= self._max_waiting:
                raise ResourceLimit(f"The server is busy: {self._max_waiting} jobs wait already. Try again later.")
            self._waiting.append(who)
            self._hand_out()

    def wait(self, who: Hashable, timeout_s: float) -> bool:
        """Return whether `who` has a slot, waiting up to `timeout_s`.

        Who is neither working nor waiting joins the queue's end, full or not: it was admitted before.
        """
        with self._changed:
            if who not in self._working and who not in self._waiting:
                self._waiting.append(who)
                self._hand_out()
            return self._changed.wait_for(lambda: who in self._working, timeout_s)

    def leave(self, who: Hashable) -> None:
        """Give up the slot or the place in the queue, if any."""
        with self._changed:
            self._working.discard(who)
            if who in self._waiting:
                self._waiting.remove(who)
            self._hand_out()

    def place(self, who: Hashable) -> int:
        """Return the place in the queue from 1, or 0 for who does not wait."""
        with self._changed:
            return self._waiting.index(who) + 1 if who in self._waiting else 0

    def _hand_out(self) -> None:
        while self._waiting and len(self._working) < self.n_slots:
            self._working.add(self._waiting.pop(0))
            self._changed.notify_all()
