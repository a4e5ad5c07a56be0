"""`seeded`: torch's global generator at 0 for a test, and as it was after it."""

import pytest
import torch


@pytest.fixture
def seeded():
    """Let what is initialised at random be the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield
