"""The player: a visitor's run, kept as a trace, and the bar that walks along it.

A run is a job (`engine.runtime.jobs`) that belongs to one visitor under one key. Asking again with the same identity
returns the same job; another identity cancels it and starts anew, so only the newest settings are ever computed. Runs
that take longer than a blink are shown as they grow: the page redraws the part until the job has ended.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from engine.errors import EngineError
from engine.runtime import Job, Tokens, submit

AT_ONCE_S = 0.25  # a run that ends within this appears with its picture
REDRAW_S = 0.2
PLACE_S = 5.0  # a place for the playhead is told again: what the browser has not read yet may be overtaken
MOST_FRAMES = 600  # sent to the browser; a longer trace is thinned evenly


@dataclass
class Held:
    """A visitor's job, what it was started for, and whether the visitor stopped it."""

    identity: str
    job: Job
    stopped: bool = False


def run(
    key: str,
    function: Callable[..., Iterator[Any]],
    *args: Any,
    identity: Hashable,
    heavy: bool = False,
    wait_s: float = AT_ONCE_S,
) -> Held:
    """Return the visitor's run of `function(*args)`, started now unless it already was for this identity.

    It waits at most `wait_s` for its end.

    Raises:
        EngineError: what the run raised, in the visitor's words.
    """
    held_by_key: dict[str, Held] = st.session_state.setdefault("_runs", {})
    tokens = _tokens()
    tokens.touch()
    name = hashlib.blake2b(repr(identity).encode(), digest_size=8).hexdigest()
    held = held_by_key.get(key)
    is_lost = held is not None and held.job.status == "cancelled" and not held.stopped  # the visitor was away
    if held is None or held.identity != name or is_lost:
        held = Held(name, submit(function, *args, heavy=heavy, token=tokens.renew(key)))
        held_by_key[key] = held
    held.job.wait(wait_s)
    if isinstance(held.job.error, EngineError):
        raise held.job.error
    if held.job.error is not None:
        raise RuntimeError(f"the run {key} failed") from held.job.error
    return held


@st.cache_resource(scope="session", on_release=Tokens.leave, show_spinner=False)
def _tokens() -> Tokens:
    """Return the visitor's tokens; Streamlit releases them when the connection ends."""
    return Tokens()


def arrive(page: str) -> None:
    """End the runs of the page that the visitor has left; called by the shell on every run of a script."""
    if st.session_state.get("_page") != page:
        st.session_state["_page"] = page
        for held in st.session_state.get("_runs", {}).values():
            held.job.cancel()


def ended(held: Held) -> bool:
    """Return whether nothing more will come."""
    return held.job.status in ("done", "failed", "cancelled")


def follow(name: str, part: Callable[[], bool], every_s: float = REDRAW_S) -> None:
    """Draw a part of the page, and draw it again while it returns that a run in it is still growing.

    The part is drawn as a fragment of the key `name`, every `every_s` while it grows. When its runs have ended the
    whole page is drawn once more, so that what stands elsewhere sees the end too.
    """
    growing = st.session_state.setdefault("_growing", {})

    def draw() -> None:
        if st.session_state.pop("_whole_page", False):
            st.rerun()
        going = part()
        if going != growing.get(name, False):
            growing[name] = going
            st.rerun()

    st.fragment(draw, run_every=every_s if growing.get(name) else None, key=name)()


def redraw_page() -> None:
    """Ask, in a callback of something inside `follow`, that the controls be drawn again too."""
    st.session_state["_whole_page"] = True


def stop(key: str) -> None:
    """Stop the visitor's run under this key; what it has computed stays, until other settings start another."""
    held = st.session_state.get("_runs", {}).get(key)
    if held:
        held.stopped = True
        held.job.cancel()


def pause(key: str, paused: bool = True) -> None:
    """Hold the visitor's run under this key, or let it go on."""
    held = st.session_state.get("_runs", {}).get(key)
    if held:
        held.job.pause() if paused else held.job.resume()


def forget(key: str) -> None:
    """Let the run under this key start from its beginning."""
    st.session_state.get("_runs", {}).pop(key, None)


def thin(snapshots: Sequence[Any], most: int = MOST_FRAMES) -> list[Any]:
    """Keep at most `most` snapshots, evenly spread, the first and the last among them."""
    if len(snapshots) <= most:
        return list(snapshots)
    chosen = np.unique(np.linspace(0, len(snapshots) - 1, most).round().astype(int))
    return [snapshots[i] for i in chosen]


def bar(
    token: str,
    *,
    offers: Sequence[str] = (),
    at: str = "",
    growing: bool = False,
    more: Sequence[Mapping[str, str]] = (),
    feed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Describe the player's bar for `live`.

    Args:
        token: names the run.
        offers: which of "reseed", "branch", "unbranch", "stop" to offer.
        at: "start" or "end" puts the playhead of a new run there; else it stays where the visitor was.
        growing: whether more steps are on their way.
        more: commands of the page's own, each {"name", "label", "title"}.
        feed: {"run", "path"}: where the browser fetches the newest frames of a run that grows (`pages._ui.feed`).
    """
    described = {"token": token, "offers": list(offers), "at": at, "growing": growing}
    if more:
        described["more"] = [dict(one) for one in more]
    return {**described, "feed": dict(feed)} if feed else described


def place(at: str) -> None:
    """Put the playhead of the next new run at its "start" or its "end"."""
    st.session_state["_place"] = at, "", time.monotonic() + PLACE_S


def place_of(token: str) -> str:
    """Return where the playhead of this run is to be put, for `bar`; "" where it stays."""
    at, of, until = st.session_state.get("_place", ("", "", 0.0))
    if of not in ("", token) or time.monotonic() > until:
        return ""
    st.session_state["_place"] = at, token, until
    return at


def waiting_note(held: Held) -> str:
    """Say where a run stands in the queue or how far it is; "" once it has ended."""
    job = held.job
    if job.place:
        return f"Waiting for a free slot: number {job.place} in the queue."
    if ended(held):
        return ""
    parts = ["Computing"]
    if job.progress is not None:
        parts.append(f"{job.progress:.0%} done")
    if job.remaining_s:
        parts.append(f"about {max(1, round(job.remaining_s))} s to go")
    return ", ".join(parts) + "."
