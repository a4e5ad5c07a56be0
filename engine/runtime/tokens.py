"""Tokens that tell a job whether its visitor is still there.

A page keeps one `Tokens` per visitor and one token per thing it computes ("regression:fit"). Renewing a name makes the
token before it stale, so the job that holds it stops; a token that nobody touches goes stale by itself, so the job of a
closed tab ends too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

EXPIRES_S = 60.0  # a tab in the background is drawn again only once a minute
GRACE_S = 8.0  # for a visitor whose connection was cut to come back


class Token:
    """One job's permission to go on.

    Args:
        expires_s: how long it lasts without a touch; None for ever.
        clock: seconds that never go back.
    """

    def __init__(self, expires_s: float | None = EXPIRES_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._expires_s = expires_s
        self._clock = clock
        self._touched_s = clock()
        self._cancelled = False

    @property
    def stale(self) -> bool:
        """Whether it was cancelled, or not touched for longer than `expires_s`."""
        if self._cancelled:
            return True
        return self._expires_s is not None and self._clock() - self._touched_s > self._expires_s

    def touch(self) -> None:
        """Say that the visitor is still there; a token that was cancelled stays so."""
        self._touched_s = self._clock()

    def leave(self) -> None:
        """Let it go stale after `GRACE_S`, unless it is touched before."""
        if self._expires_s is not None:
            self._touched_s = min(self._touched_s, self._clock() - self._expires_s + GRACE_S)

    def cancel(self) -> None:
        """Make it stale for good."""
        self._cancelled = True


class Tokens:
    """The tokens of one visitor by name; every method may be called from any thread."""

    def __init__(self, expires_s: float | None = EXPIRES_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._expires_s = expires_s
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._lock = threading.Lock()

    def renew(self, name: str) -> Token:
        """Cancel the token of this name and return a fresh one."""
        fresh = Token(self._expires_s, self._clock)
        with self._lock:
            previous = self._tokens.get(name)
            self._tokens[name] = fresh
        if previous is not None:
            previous.cancel()
        return fresh

    def touch(self) -> None:
        """Touch every token: the visitor's page was drawn again."""
        for token in self._all():
            token.touch()

    def leave(self) -> None:
        """Say that the visitor's connection has ended: what is not touched within `GRACE_S` stops."""
        for token in self._all():
            token.leave()

    def _all(self) -> list[Token]:
        with self._lock:
            return list(self._tokens.values())
