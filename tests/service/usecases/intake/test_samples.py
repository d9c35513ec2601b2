"""Every sample of the contract through the service's own door."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from surco_service.usecases.intake.sorting import Message
from tests.samples import SAMPLES, Sample
from tests.service.deliveries import Inlet, T


@pytest.fixture
def inlet(tmp_path: Path) -> Iterator[Inlet]:
    with closing(Inlet(tmp_path)) as inlet:
        yield inlet


def deliver(inlet: Inlet, sample: Sample, *, clock_ok: bool = True) -> None:
    inlet.deliver(Message(1, sample.topic, sample.payload, T, clock_ok))


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_sample_is_stored_or_quarantined_with_its_reason(inlet: Inlet, sample: Sample) -> None:
    deliver(inlet, sample)
    assert len(inlet.stored()) == sample.rows
    reason = sample.reason("service")
    assert set(inlet.reasons()) == ({reason} if reason else set())


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.service == "undated"], ids=str)
def test_undated_rows_wait_while_no_clock_is_known(inlet: Inlet, sample: Sample) -> None:
    deliver(inlet, sample, clock_ok=False)
    assert inlet.stored() == []
    assert inlet.reasons() == []
    assert len(inlet.stores.ledger.shelf()) == sample.rows


def test_all_samples_in_one_delivery_do_not_disturb_one_another(inlet: Inlet) -> None:
    inlet.deliver(*(Message(n, s.topic, s.payload, T, True) for n, s in enumerate(SAMPLES)))
    assert set(inlet.reasons()) == {s.reason("service") for s in SAMPLES} - {None}
    assert inlet.stored()


def test_senml_of_a_foreign_node_is_stored_once_however_often_it_comes(inlet: Inlet) -> None:
    pack = (
        b'[{"bn":"urn:dev:mac:0024befffe804ff1/","bt":%d,"n":"soilTemp","u":"Cel","v":21.5},{"n":"x"}]'
        % T
    )
    message = Message(1, "surco/v1/foreign-1/senml", pack, T, True)
    inlet.deliver(message)
    receipt = inlet.deliver(message)
    (reading,) = inlet.stored()
    assert (reading.node, reading.t, reading.values) == ("foreign-1", T, {"st": 21.5})
    assert (receipt.stored, receipt.duplicate) == (0, 1)
    assert inlet.stores.ledger.holes() == []
    assert inlet.reasons() == ["bad-value"]
