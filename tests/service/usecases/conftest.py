from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.garden import Garden


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Garden]:
    garden = Garden(tmp_path)
    yield garden
    garden.close()
