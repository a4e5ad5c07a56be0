"""Background jobs: life, queue, tokens, thinning."""

import pickle
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from engine.errors import InvalidInput, ResourceLimit
from engine.runtime import JobRunner, Token, Tokens, submit
from engine.runtime import job as job_module
from engine.runtime.slots import Slots, default_slots
from engine.runtime.snapshots import SnapshotRecord

TIMEOUT_S = 120  # a busy machine is slow, not wrong


@dataclass(frozen=True)
class Step:
    step: int
    total_steps: int | None


def count(n, total=None):
    for step in range(1, n + 1):
        yield Step(step, total or n)


class Clock:
    """Seconds that go on only when told."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


class Stepper:
    """A run that makes one snapshot for each `allow`, and says what became of it."""

    def __init__(self, clock=None, took_s=0.0):
        self.permits, self.started, self.closed = threading.Semaphore(0), threading.Event(), threading.Event()
        self.clock, self.took_s, self.n_asked = clock, took_s, 0

    def __call__(self, n=1000):
        try:
            self.started.set()
            for step in range(1, n + 1):
                self.n_asked = step
                assert self.permits.acquire(timeout=TIMEOUT_S)
                if self.clock:
                    self.clock.now_s += self.took_s
                yield Step(step, n)
        finally:
            self.closed.set()

    def allow(self, job, n=1):
        """Let `n` snapshots be made, and wait until the job has them and asks for the next."""
        target = job.n_seen + n
        self.permits.release(n)
        until(lambda: job.n_seen == target and self.n_asked == target + 1)


def until(condition):
    """Wait until `condition()`; a test that waits in vain fails."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


@pytest.fixture(autouse=True)
def poll_often(monkeypatch):
    monkeypatch.setattr(job_module, "POLL_S", 0.005)


@pytest.fixture
def stepper():
    """Make steppers that never keep a thread once the test is over."""
    made = []

    def make(**settings):
        made.append(Stepper(**settings))
        return made[-1]

    yield make
    for one in made:
        one.permits.release(2000)


def test_light_job_runs_to_its_end():
    job = submit(count, 5)
    assert job.wait(TIMEOUT_S)
    assert job.status == "done"
    assert job.snapshots == [Step(step, 5) for step in range(1, 6)]
    assert (job.latest, job.n_seen, job.error, job.place) == (Step(5, 5), 5, None, 0)
    assert (job.progress, job.remaining_s) == (1.0, 0.0)
    assert not job.heavy


def test_snapshots_is_a_copy():
    job = submit(count, 3)
    assert job.wait(TIMEOUT_S)
    job.snapshots.clear()
    assert len(job.snapshots) == 3


def test_wait_says_whether_the_job_has_ended(stepper):
    run = stepper()
    job = submit(run)
    assert job.wait(0) is False
    assert job.status == "running"
    job.cancel()
    run.permits.release()
    assert job.wait(TIMEOUT_S) is True


@pytest.mark.parametrize("error", [InvalidInput("Too few rows."), ZeroDivisionError("bug")])
def test_error_of_any_type_is_kept_and_bugs_are_logged(error, caplog):
    def fail():
        yield Step(1, 2)
        raise error

    job = submit(fail)
    assert job.wait(TIMEOUT_S)
    assert job.status == "failed"
    assert job.error is error
    assert job.n_seen == 1
    assert [record.exc_info[1] for record in caplog.records] == ([error] if error.args == ("bug",) else [])


def test_error_before_the_first_snapshot_fails_the_job():
    def refuse():
        raise InvalidInput("no")

    job = submit(refuse)
    assert job.wait(TIMEOUT_S)
    assert (job.status, job.latest, job.progress) == ("failed", None, None)


def test_cancel_stops_at_the_next_snapshot_and_closes_the_iterator(stepper):
    run = stepper()
    iterator = run()  # kept here, so that nothing but its close() ends it
    job = submit(lambda: iterator)
    run.allow(job, 2)
    job.cancel()
    run.permits.release()  # the snapshot being computed
    assert job.wait(TIMEOUT_S)
    assert job.status == "cancelled"
    assert run.closed.is_set()
    assert job.n_seen == 3
    assert job.error is None


def test_iterator_without_close_and_cancel_after_the_end():
    job = submit(lambda: [Step(1, 1)])
    assert job.wait(TIMEOUT_S)
    job.cancel()
    assert job.status == "done"


def test_pause_and_resume(stepper):
    run = stepper()
    job = submit(run, 5)
    run.allow(job)
    job.pause()
    assert job.status == "paused"
    run.permits.release(4)
    until(lambda: job.n_seen == 2)  # the one being computed; the three allowed after it are not touched
    assert not job.wait(0.05)
    assert job.n_seen == 2
    job.resume()
    assert job.wait(TIMEOUT_S)
    assert (job.status, job.n_seen) == ("done", 5)


def test_cancel_ends_a_paused_job(stepper):
    run = stepper()
    job = submit(run)
    run.allow(job)
    job.pause()
    run.permits.release()
    job.cancel()
    assert job.wait(TIMEOUT_S)
    assert job.status == "cancelled"


def test_progress_and_remaining_time(stepper):
    clock = Clock()
    run = stepper(clock=clock, took_s=2.0)
    job = JobRunner(1, clock=clock).submit(run, 10)
    assert (job.progress, job.remaining_s) == (None, None)
    run.allow(job)
    assert job.progress == 0.1
    assert job.remaining_s is None  # the first snapshot gives no pace: it pays for starting up
    run.allow(job, 4)
    assert job.progress == 0.5
    assert job.remaining_s == 10.0  # 5 steps of 2 s
    clock.now_s += 100  # time in which nothing was computed, such as a pause, does not slow the pace
    assert job.remaining_s == 10.0
    job.cancel()


def test_unknown_total_has_no_progress():
    def endless():
        yield Step(1, None)
        yield Step(2, None)
        hold.wait(TIMEOUT_S)

    hold = threading.Event()
    job = submit(endless)
    until(lambda: job.n_seen == 2)
    assert (job.progress, job.remaining_s) == (None, None)
    hold.set()


def test_heavy_jobs_wait_in_order_and_know_their_place(stepper):
    runner, runs = JobRunner(2), [stepper() for _ in range(5)]
    queue = [runner.submit(run, 1, heavy=True) for run in runs]
    assert [job.place for job in queue] == [0, 0, 1, 2, 3]
    assert [job.status for job in queue] == ["running"] * 2 + ["queued"] * 3
    runs[1].permits.release()
    assert queue[1].wait(TIMEOUT_S)
    assert [job.place for job in queue] == [0, 0, 0, 1, 2]
    assert runs[2].started.wait(TIMEOUT_S)
    assert not runs[3].started.is_set()
    for job, run in zip(queue, runs, strict=True):
        run.permits.release()
        assert job.wait(TIMEOUT_S)
        assert job.status == "done"


def test_never_more_heavy_jobs_than_slots_at_once():
    lock, inside, most, together = threading.Lock(), [0], [0], threading.Barrier(3)

    def work():
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        together.wait(TIMEOUT_S)  # three are inside at once, or this breaks
        yield Step(1, 1)
        with lock:
            inside[0] -= 1

    runner = JobRunner(3, max_waiting=100)
    queue = [runner.submit(work, heavy=True) for _ in range(30)]
    assert all(job.wait(TIMEOUT_S) for job in queue)
    assert most[0] == 3


def test_light_jobs_do_not_wait_for_heavy_ones(stepper):
    runner = JobRunner(1)
    runner.submit(stepper(), heavy=True)
    light = runner.submit(count, 3)
    assert light.wait(TIMEOUT_S)
    assert light.status == "done"


def test_full_queue_is_refused_and_a_freed_place_is_given(stepper):
    runner, runs = JobRunner(1, max_waiting=2), [stepper() for _ in range(4)]
    queue = [runner.submit(run, 1, heavy=True) for run in runs[:3]]
    with pytest.raises(ResourceLimit, match=r"busy: 2 jobs wait already\. Try again"):
        runner.submit(runs[3], 1, heavy=True)
    queue[1].cancel()
    assert queue[1].wait(TIMEOUT_S)
    assert runner.submit(runs[3], 1, heavy=True).place == 2


def test_cancelled_job_leaves_the_queue_without_starting(stepper):
    runner, runs = JobRunner(1), [stepper() for _ in range(3)]
    queue = [runner.submit(run, 1, heavy=True) for run in runs]
    queue[1].cancel()
    assert queue[1].wait(TIMEOUT_S)
    assert (queue[1].status, queue[2].place) == ("cancelled", 1)
    assert not runs[1].started.is_set()


def test_failed_and_cancelled_jobs_give_their_slot_back(stepper):
    def fail():
        raise InvalidInput("no")
        yield

    runner, run = JobRunner(1), stepper()
    assert runner.submit(fail, heavy=True).wait(TIMEOUT_S)
    held = runner.submit(run, heavy=True)
    run.allow(held)
    held.cancel()
    run.permits.release()
    last = runner.submit(count, 2, heavy=True)
    assert last.wait(TIMEOUT_S)
    assert last.status == "done"


def test_long_pause_gives_the_slot_to_the_next_and_resume_queues_again(stepper):
    clock = Clock()
    runner, first_run, second_run = JobRunner(1, clock=clock), stepper(), stepper()
    first = runner.submit(first_run, 10, heavy=True)
    second = runner.submit(second_run, 10, heavy=True)
    first_run.allow(first)
    first.pause()
    first_run.permits.release()
    until(lambda: first.n_seen == 2)
    clock.now_s = job_module.PAUSE_GRACE_S
    time.sleep(0.05)
    assert second.place == 1  # still within its grace
    clock.now_s += 60
    second_run.allow(second)
    assert (first.status, first.place, second.status) == ("paused", 0, "running")
    first.resume()
    until(lambda: first.place == 1)
    assert first.status == "queued"
    second.cancel()
    second_run.permits.release()
    first_run.allow(first, 2)
    assert (first.status, first.n_seen) == ("running", 4)


def test_grace_counts_from_the_first_press_of_the_last_pause(stepper):
    clock = Clock()
    runner = JobRunner(1, clock=clock)
    first = runner.submit(stepper(), heavy=True)
    waiting = runner.submit(stepper(), heavy=True)
    waiting.pause()
    clock.now_s = 8
    waiting.resume()
    waiting.pause()
    clock.now_s = 15
    waiting.pause()
    assert not waiting.wait(0.03)
    assert (waiting.status, waiting.place) == ("queued", 1)
    clock.now_s = 19
    until(lambda: waiting.place == 0)
    assert (waiting.status, first.status) == ("paused", "running")


def test_renewing_a_token_stops_the_older_job_only(stepper):
    tokens, old_run, new_run = Tokens(), stepper(), stepper()
    other = submit(stepper(), token=tokens.renew("network:fit"))
    old = submit(old_run, token=tokens.renew("regression:fit"))
    old_run.allow(old)
    new = submit(new_run, token=tokens.renew("regression:fit"))
    old_run.permits.release()
    assert old.wait(TIMEOUT_S)
    assert (old.status, old.n_seen) == ("cancelled", 2)
    new_run.allow(new)
    assert (new.status, other.status) == ("running", "running")
    tokens.renew("network:fit")
    tokens.renew("regression:fit")
    new_run.permits.release()
    assert new.wait(TIMEOUT_S)


def test_stale_token_leaves_the_queue(stepper):
    runner, tokens = JobRunner(1), Tokens()
    runner.submit(stepper(), heavy=True)
    waiting = runner.submit(count, 1, heavy=True, token=tokens.renew("fit"))
    last = runner.submit(count, 1, heavy=True)
    assert (waiting.place, last.place) == (1, 2)
    tokens.renew("fit")
    assert waiting.wait(TIMEOUT_S)
    assert (waiting.status, waiting.n_seen, last.place) == ("cancelled", 0, 1)


@pytest.mark.parametrize("state", ["running", "paused", "queued"])
def test_untouched_token_ends_a_job_in_every_state(stepper, state):
    clock = Clock()
    runner, run, token = JobRunner(1), stepper(), Token(60, clock)
    if state == "queued":
        runner.submit(stepper(), heavy=True)
    job = runner.submit(run, heavy=True, token=token)
    if state == "paused":
        run.allow(job)
        job.pause()
        run.permits.release()
        until(lambda: job.n_seen == 2)
    assert job.status == state
    clock.now_s = 59
    token.touch()
    clock.now_s = 118
    assert not job.wait(0.03)
    clock.now_s = 120
    run.permits.release()
    assert job.wait(TIMEOUT_S)
    assert job.status == "cancelled"


def test_token_lasts_as_long_as_it_is_touched():
    clock = Clock()
    token, endless, tokens = Token(60, clock), Token(None, clock), Tokens(60, clock)
    mine = tokens.renew("a")
    clock.now_s = 60
    assert not token.stale
    tokens.touch()
    clock.now_s = 61
    assert (token.stale, endless.stale, mine.stale) == (True, False, False)
    token.touch()
    assert not token.stale
    token.cancel()
    token.touch()
    assert token.stale


def test_a_visitor_who_has_left_has_a_short_grace_to_come_back():
    clock = Clock()
    endless, tokens = Token(None, clock), Tokens(60, clock)
    gone, back = tokens.renew("gone"), tokens.renew("back")
    tokens.leave()
    endless.leave()
    clock.now_s = 7
    assert (gone.stale, back.stale) == (False, False)
    back.touch()
    clock.now_s = 9
    assert (gone.stale, back.stale, endless.stale) == (True, False, False)


def test_leaving_gives_nobody_more_time():
    clock = Clock()
    token = Token(60, clock)
    clock.now_s = 58
    token.leave()
    clock.now_s = 61
    assert token.stale


def test_renewing_from_many_threads_leaves_one_token_fresh():
    tokens, made = Tokens(), []

    def renew():
        for _ in range(100):
            made.append(tokens.renew("fit"))

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_S)
    assert len(made) == 800
    assert sum(not token.stale for token in made) == 1


@pytest.mark.parametrize("maximum", [2, 3, 4, 7, 100])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 50, 99, 1000])
def test_thinning_keeps_first_newest_and_an_even_stride(maximum, n):
    record = SnapshotRecord(maximum)
    for step in range(n):
        record.add(step)
        kept = record.snapshots
        assert len(kept) <= maximum
        assert (kept[0], kept[-1], record.latest) == (0, step, step)
        strides = [b - a for a, b in pairwise(kept)]
        assert all(stride == strides[0] for stride in strides[:-1])
        assert not strides or 0 < strides[-1] <= strides[0]
    assert record.n_seen == n
    if n <= maximum:
        assert kept == list(range(n))
    else:
        assert len(kept) > maximum // 2


def test_job_thins_its_snapshots():
    job = submit(count, 1000, max_snapshots=10)
    assert job.wait(TIMEOUT_S)
    assert [snapshot.step for snapshot in job.snapshots] == [1, 129, 257, 385, 513, 641, 769, 897, 1000]
    assert job.n_seen == 1000


def test_too_few_snapshots_are_refused():
    with pytest.raises(InvalidInput, match="max_snapshots must be at least 2; got 1"):
        submit(count, 1, max_snapshots=1)


def test_reading_while_the_job_writes_is_always_consistent():
    job = submit(count, 20_000, max_snapshots=50)
    while not job.wait(0):
        steps = [snapshot.step for snapshot in job.snapshots]
        assert steps == sorted(set(steps))
        assert len(steps) <= 50
        assert not steps or steps[0] == 1
    assert job.latest.step == 20_000


def test_settings_and_snapshots_are_all_that_a_job_needs():
    function, args = pickle.loads(pickle.dumps((count, (3,))))
    job = submit(function, *args)
    assert job.wait(TIMEOUT_S)
    assert pickle.loads(pickle.dumps(job.snapshots)) == list(count(3))


@pytest.mark.parametrize(
    ("text", "gpus", "cores", "expected"), [("5", 2, 8, 5), ("", 2, 8, 2), ("", 0, 8, 4), ("", 0, 1, 1), ("", 0, 3, 1)]
)
def test_default_slots(monkeypatch, text, gpus, cores, expected):
    monkeypatch.setenv("TANGENT_JOB_SLOTS", text)
    monkeypatch.setattr("engine.runtime.device.count_gpus", lambda: gpus)
    monkeypatch.setattr("engine.runtime.device.count_cores", lambda: cores)
    assert default_slots() == expected


def test_runner_takes_its_slots_from_the_environment(monkeypatch, stepper):
    monkeypatch.setenv("TANGENT_JOB_SLOTS", "1")
    runner = JobRunner()
    assert [runner.submit(stepper(), heavy=True).place for _ in range(3)] == [0, 1, 2]
    monkeypatch.setenv("TANGENT_JOB_SLOTS", "none")
    with pytest.raises(InvalidInput, match="TANGENT_JOB_SLOTS must be"):
        JobRunner().submit(count, 1, heavy=True)


def test_slots_without_queue_still_give_a_free_slot():
    slots = Slots(1, max_waiting=0)
    slots.enter("a")
    with pytest.raises(ResourceLimit):
        slots.enter("b")
    slots.leave("a")
    slots.enter("b")
    assert slots.wait("b", 0)
    with pytest.raises(InvalidInput, match="n_slots"):
        Slots(0)


RUNS_AT_EXIT = """
import time, torch
from engine.runtime import inference, submit

class Step:
    step, total_steps = 1, 2

def endless():
    while True:
        torch.nn.functional.conv2d(torch.rand(1, 3, 64, 64), torch.rand(8, 3, 3, 3))
        yield Step

jobs = [submit(endless, heavy=heavy) for heavy in (False, True)]
while not all(job.n_seen for job in jobs):
    time.sleep(0.01)
def slow(x):
    for _ in range(20):
        y = torch.nn.functional.conv2d(x, torch.rand(8, 3, 3, 3))
    return y

for width in range(64, 84):  # each width is a batch of its own
    inference("cpu").submit(slow, torch.rand(3, 64, width))
print("leaving")
"""


def test_python_ends_cleanly_while_jobs_and_inference_compute():
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", RUNS_AT_EXIT], cwd=root, capture_output=True, text=True, timeout=300)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "leaving\n", "")
