import pytest

from surco_contract.messages import read_head
from surco_gateway.nodes.intake import examine
from tests.samples import SAMPLES, Sample


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_sample_is_acknowledged_or_refused_with_its_reason(sample: Sample) -> None:
    seen = examine(sample.topic, sample.payload)
    if sample.gateway == "acked":
        assert seen.refusal is None
        assert seen.head == read_head(sample.payload)
    else:
        assert seen.refusal is not None
        assert (seen.refusal.code, seen.head) == (sample.reason("gateway"), None)
        assert seen.refusal.detail
