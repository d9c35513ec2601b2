from pathlib import Path

import pytest

from surco_contract import topics
from surco_contract.messages import read_data, read_head
from surco_contract.reasons import REASONS, Malformed
from tests.samples import FOLDER, SAMPLES, Sample


def refusal(sample: Sample, read: object) -> str | None:
    """Return the reason for which a sample is refused whole."""
    try:
        topics.parse(sample.topic)
        read(sample.payload)  # type: ignore[operator]
    except Malformed as error:
        assert error.detail
        return error.code
    return None


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_gateway_reads_what_it_must_and_refuses_the_rest(sample: Sample) -> None:
    assert refusal(sample, read_head) == sample.reason("gateway")


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_service_keeps_the_rows_that_are_good(sample: Sample) -> None:
    whole = refusal(sample, read_data)
    if whole is not None:
        assert (whole, sample.rows) == (sample.reason("service"), 0)
        return
    data = read_data(sample.payload)
    assert len(data.rows) == sample.rows
    assert {fault.code for fault in data.faults} == {sample.reason("service")} - {None}


def test_every_file_is_listed_and_there_are_enough() -> None:
    files = {str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*.json")}
    assert files == {f"{sample}.json" for sample in SAMPLES}
    assert len([s for s in SAMPLES if s.folder == "good"]) >= 12
    assert len([s for s in SAMPLES if s.folder == "bad"]) >= 40


def test_every_reason_that_a_message_can_have_has_a_sample() -> None:
    elsewhere = {code for code in REASONS if code.startswith("refused-by-")}
    elsewhere |= {"shelf-full", "damaged-on-disk"}  # not of the message, but of where it came to
    assert {sample.reason("service") for sample in SAMPLES} - {None} == REASONS.keys() - elsewhere


def test_a_good_sample_is_good_for_every_layer() -> None:
    for sample in SAMPLES:
        assert (sample.folder == "good") == (
            sample.gateway == "acked" and not sample.reason("service")
        )
    assert Path(FOLDER / "index.toml").exists()
