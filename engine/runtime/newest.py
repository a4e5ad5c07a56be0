"""Live pictures: only the newest one is ever examined, and whoever shows them never waits.

A camera gives frames faster than they can be examined. `offer` puts a frame in the one place where it waits, instead
of the frame that waited there; a thread takes it, examines it, and publishes the result. So the age of a result is at
most the time of one examination and one more, however long the stream runs.

Conventions: times in seconds of `time.monotonic`; the latency of a result is from `offer` to its publication.
"""

from __future__ import annotations

import logging
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError

IDLE_S = 3.0  # without a frame the thread ends; the next frame starts another
WINDOW_S = 3.0  # over which rate and latency are told

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Examined:
    """What came of one frame.

    Attributes:
        frame: the frame.
        result: what `examine` returned, or None where it failed.
        error: one sentence where it failed, else "".
        offered_s, ready_s: when the frame came, and when its result was published.
    """

    frame: Any
    result: Any
    error: str
    offered_s: float
    ready_s: float


@dataclass(frozen=True)
class Pace:
    """How a stream goes.

    Attributes:
        offered_hz: frames that came, a second.
        examined_hz: results, a second.
        latency_s: the median over the last `WINDOW_S`; NaN without a result.
    """

    offered_hz: float
    examined_hz: float
    latency_s: float


class Newest:
    """Examine the newest frame of a stream; every method may be called from any thread.

    Args:
        examine: turns a frame into a result. It may be replaced at any time: the next frame meets the new one.
        clock: for tests.
    """

    def __init__(self, examine: Callable[[Any], Any], clock: Callable[[], float] = time.monotonic) -> None:
        self.examine = examine
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: tuple[Any, float] | None = None
        self._latest: Examined | None = None
        self._running = False
        self._offers: deque[float] = deque(maxlen=240)
        self._results: deque[tuple[float, float]] = deque(maxlen=240)  # (ready, latency)

    @property
    def latest(self) -> Examined | None:
        """The newest result, or None before the first."""
        return self._latest

    def offer(self, frame: Any) -> None:
        """Let this be the frame to examine next; one that still waited is dropped."""
        with self._changed:
            now = self._clock()
            self._offers.append(now)
            self._waiting = (frame, now)
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="newest frame", daemon=True).start()
            self._changed.notify()

    def over(self, frame: Any, draw: Callable[[Any, Any, tuple[float, float]], Any]) -> Any:
        """Return the frame with the newest result drawn on it, and let it be examined next.

        Args:
            frame: uint8 (H, W, 3).
            draw: frame, result, and how many times wider and higher the frame is than the one the result is of (the
                browser changes the size while it sends) → the picture to show. Without a result it is the frame.
        """
        self.offer(frame)
        latest = self.latest
        if latest is None or latest.result is None:
            return frame
        (height, width), (old_height, old_width) = frame.shape[:2], latest.frame.shape[:2]
        return draw(frame, latest.result, (width / old_width, height / old_height))

    def forget(self) -> None:
        """Drop what waits and what was found: another stream begins."""
        with self._changed:
            self._waiting = self._latest = None
            self._offers.clear()
            self._results.clear()

    def pace(self) -> Pace:
        """Tell how the stream has gone in the last `WINDOW_S`."""
        with self._changed:
            since = self._clock() - WINDOW_S
            offers = [at for at in self._offers if at > since]
            results = [(at, took) for at, took in self._results if at > since]
        latency_s = statistics.median(took for _, took in results) if results else float("nan")
        return Pace(_rate(offers), _rate([at for at, _ in results]), latency_s)

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            frame, offered_s = taken
            result, error = None, ""
            try:
                result = self.examine(frame)
            except EngineError as refused:
                error = str(refused)
            except Exception:
                logger.exception("a live frame could not be examined")
                error = "This frame could not be examined; the error has been noted."
            self._publish(Examined(frame, result, error, offered_s, self._clock()))

    def _take(self) -> tuple[Any, float] | None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, IDLE_S):
                self._running = False
                return None
            taken, self._waiting = self._waiting, None
            return taken

    def _publish(self, examined: Examined) -> None:
        with self._changed:
            self._latest = examined
            self._results.append((examined.ready_s, examined.ready_s - examined.offered_s))


def _rate(times: list[float]) -> float:
    """Return events a second between the first and the last of them."""
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 and times[-1] > times[0] else 0.0
