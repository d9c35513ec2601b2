"""What a fair sees: every bed in its turn, and how old the newest word is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from surco_service.app import Parts
from surco_service.web.shows.screen import SHOWN, turning


@pytest.mark.parametrize("many", [1, 5, 6, 7, 12, 15])
def test_every_bed_has_its_turn_and_none_waits_longer_than_all_others_need(many: int) -> None:
    beds = cast(Any, list(range(many)))
    turns = -(-many // SHOWN)
    for start in range(3):
        shown = [turning(beds, turn) for turn in range(start, start + turns)]
        assert all(len(one) == min(many, SHOWN) for one in shown)
        assert {bed for one in shown for bed in one} == set(beds)


def test_the_screen_says_how_old_its_newest_word_is(phone: TestClient, parts: Parts) -> None:
    now = parts.clock()
    ages = {"cama-3": 2, "cama-4": 40}
    advice = parts.stores.diary.advice()
    parts.stores.diary.save_advice(
        [
            replace(
                one, expires=now + timedelta(hours=4),
                data_at=now - timedelta(minutes=ages.get(one.bed, 90)),
            )
            for one in advice.values()
        ]
    )  # fmt: skip
    assert "Dato de hace 2 minutos" in phone.get("/pantalla").text
