"""What holds for every test: one thread for torch, and no connection that leaves this machine."""

import os
import socket

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; tests run side by side with a server

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """Fail a test that connects to another host."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            self.close()
            pytest.fail(f"a test tried to connect to {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
