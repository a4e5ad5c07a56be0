"""Only the newest frame is examined, and nobody waits."""

import threading
import time

import pytest

from engine.errors import InvalidInput
from engine.runtime import newest
from engine.runtime.newest import Newest


def wait_for(condition, timeout_s=5.0):
    until = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < until:
        time.sleep(0.002)
    assert condition()


def test_frames_that_came_meanwhile_are_dropped_but_for_the_newest():
    seen, gate = [], threading.Event()

    def examine(frame):
        seen.append(frame)
        gate.wait(5)
        return frame * 10

    stream = Newest(examine)
    stream.offer(1)
    wait_for(lambda: seen == [1])
    for frame in (2, 3, 4):
        stream.offer(frame)
    gate.set()
    wait_for(lambda: stream.latest is not None and stream.latest.frame == 4)
    assert seen == [1, 4] and stream.latest.result == 40 and stream.latest.error == ""


def test_offering_returns_while_a_frame_is_being_examined():
    gate = threading.Event()
    stream = Newest(lambda _: gate.wait(5))
    stream.offer(0)
    offers = threading.Thread(target=lambda: [stream.offer(k) for k in range(100)], daemon=True)
    offers.start()
    offers.join(2)
    assert not offers.is_alive()
    gate.set()


def test_the_new_examination_meets_the_next_frame():
    stream = Newest(lambda frame: "old")
    stream.offer(1)
    wait_for(lambda: stream.latest)
    stream.examine = lambda frame: "new"
    stream.offer(2)
    wait_for(lambda: stream.latest.frame == 2)
    assert stream.latest.result == "new"


@pytest.mark.parametrize(
    ("raised", "said"), [(InvalidInput("Choose another."), "Choose another."), (ZeroDivisionError(), "noted")]
)
def test_an_error_is_told_and_the_stream_goes_on(raised, said, caplog):
    def examine(frame):
        if frame == "bad":
            raise raised
        return frame

    stream = Newest(examine)
    stream.offer("bad")
    wait_for(lambda: stream.latest)
    assert said in stream.latest.error and stream.latest.result is None
    assert bool(caplog.records) == isinstance(raised, ZeroDivisionError)
    stream.offer("good")
    wait_for(lambda: stream.latest.result == "good")


def test_the_thread_ends_without_frames_and_comes_back(monkeypatch):
    monkeypatch.setattr(newest, "IDLE_S", 0.01)
    threads = set()

    def examine(frame):
        threads.add(threading.current_thread())
        return frame

    stream = Newest(examine)
    stream.offer(1)
    wait_for(lambda: stream.latest and not stream._running)
    stream.offer(2)
    wait_for(lambda: stream.latest.frame == 2)
    assert len(threads) == 2


def test_pace_counts_offers_and_results_of_the_window():
    now = [0.0]
    stream = Newest(lambda frame: frame, clock=lambda: now[0])
    for k in range(31):
        now[0] = k / 30
        stream.offer(k)
        wait_for(lambda k=k: stream.latest and stream.latest.frame == k)
    pace = stream.pace()
    assert pace.offered_hz == pytest.approx(30) and pace.examined_hz == pytest.approx(30) and pace.latency_s == 0
    now[0] = 100.0
    pace = stream.pace()
    assert pace.offered_hz == 0 and pace.examined_hz == 0 and pace.latency_s != pace.latency_s


def test_forgetting_drops_what_waits_and_what_was_found():
    stream = Newest(lambda frame: frame)
    stream.offer(1)
    wait_for(lambda: stream.latest)
    stream.forget()
    assert stream.latest is None and stream.pace().offered_hz == 0
