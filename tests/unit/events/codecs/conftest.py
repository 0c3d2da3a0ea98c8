from pathlib import Path

import pytest
from event_samples import data_folder


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real recordings."""
    return data_folder()
