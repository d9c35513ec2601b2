"""The page to which a phone brings a box's data: what it says, and the receipt that it gives back."""

import re

import httpx
import pytest
from starlette.testclient import TestClient

from surco_service.app import Parts
from tests.service.mule import KEY, a_queue, receipt_of, rows, signed
from tests.service.web.test_pages import read


@pytest.fixture
def parts(parts: Parts) -> Parts:
    parts.stores.keys.label("n-1", "hash", parts.clock())
    parts.stores.keys.give("n-1", "hash", KEY, parts.clock())
    return parts


def bring(phone: TestClient, *files: bytes, **query: str) -> httpx.Response:
    chosen = [("files", (f"n-1-{i}.surco", file)) for i, file in enumerate(files)]
    return phone.post("/cargar", files=chosen, params=query)


def receipts(phone: TestClient, page: httpx.Response) -> list[bytes]:
    links = re.findall(r'href="(/cargar/[^"]+)" download', page.text)
    return [phone.get(link).content for link in links]


def kept(parts: Parts) -> list[int]:
    return sorted(reading.q for reading in parts.stores.readings.series("n-1", 0, 2**40))


def test_data_are_kept_once_and_the_receipt_is_the_same(phone: TestClient, parts: Parts) -> None:
    first = bring(phone, a_queue())
    assert first.status_code == 200
    assert "4 datos guardados, 0 repetidos." in re.sub(r"\s+", " ", first.text)
    second = bring(phone, a_queue())
    assert "0 datos guardados, 4 repetidos." in re.sub(r"\s+", " ", second.text)
    assert receipts(phone, first) == receipts(phone, second)
    (receipt,) = receipts(phone, first)
    assert receipt_of(receipt)["acks"] == [[10, 4]]
    assert kept(parts) == [10, 11, 12, 13]


def test_a_receipt_is_a_file_to_keep(phone: TestClient) -> None:
    (link,) = re.findall(r'href="(/cargar/[^"]+)" download', bring(phone, a_queue()).text)
    answer = phone.get(link)
    assert answer.headers["content-disposition"] == 'attachment; filename="n-1-recibo.surco"'
    assert link.endswith("/n-1-recibo.surco")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_two_files_at_once_are_judged_one_by_one(phone: TestClient, parts: Parts) -> None:
    page = bring(
        phone, a_queue(rows(10), q1=11), a_queue(key="00" * 32), a_queue(rows(14), q0=14, q1=15)
    )
    assert page.status_code == 200
    assert page.text.count("2 datos guardados") == 2
    assert "Este archivo se dañó." in read(page.text)
    assert "n-1-1.surco" in page.text
    assert len(receipts(phone, page)) == 2
    assert kept(parts) == [10, 11, 14, 15]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"a picture", "Este archivo no es de una caja blanca."),
        (a_queue(key="00" * 32), "Este archivo se dañó. Descárgalo otra vez de la caja."),
        (a_queue()[:-20], "Este archivo está incompleto. Descárgalo otra vez de la caja."),
        (a_queue(node="n-9"), "No conocemos esta caja. Súbelo en la página de su propio huerto."),
        (signed(b'{"surco":1,"kind":"acks"}\n'), "Este es un recibo. Llévalo a la caja"),
    ],
)
def test_what_cannot_be_kept_is_said_in_words(
    phone: TestClient, parts: Parts, file: bytes, words: str
) -> None:
    page = bring(phone, file)
    assert page.status_code == 422
    assert words in re.sub(r"[\s|]+", " ", read(page.text))
    assert receipts(phone, page) == []
    assert kept(parts) == []


def test_without_a_file_the_page_asks_for_one(phone: TestClient) -> None:
    as_browsers_do = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for page in (
        phone.post("/cargar"),
        phone.post("/cargar", content=as_browsers_do, headers=kind),
    ):
        assert page.status_code == 422
        assert "Todavía no hay archivo." in page.text


def test_english_says_it_too(phone: TestClient) -> None:
    page = bring(phone, a_queue(rows(10, 1), q1=10), lang="en")
    assert "1 reading kept, 0 repeated." in page.text
    assert "Download the receipt" in page.text


def test_what_waits_or_was_not_understood_is_counted(phone: TestClient) -> None:
    undated = rows(10).replace(b'"tq":2', b'"tq":0,"p":3,"u":5')
    text = bring(phone, a_queue(undated, b"{not json", taken=0)).text
    assert "2 esperan su fecha." in text
    assert "1 no se entendió; lo guardamos aparte." in text


@pytest.mark.parametrize(
    "path",
    [
        "/cargar/n-9/9f3a01c7/1/2/x", "/cargar/n-1/9F3A01C7/1/2/x", "/cargar/n-1/9f3a01c7/2/1/x",
        "/cargar/n-1/9f3a01c7/0/4294967295/x", "/cargar/gateway/9f3a01c7/1/2/x",
        "/cargar/n-1/9f3a01c7/-1/2/x", "/cargar/n-1/9f3a01c7/x/2/x",
    ],
)  # fmt: skip
def test_there_is_no_receipt_for_what_cannot_be(phone: TestClient, path: str) -> None:
    assert phone.get(path).status_code == 404


def test_a_file_of_more_than_three_megabytes_is_refused(phone: TestClient, parts: Parts) -> None:
    assert bring(phone, a_queue() + b"x" * 3 * 1024 * 1024).status_code == 413
    assert kept(parts) == []


def test_the_page_of_sensors_leads_here(phone: TestClient) -> None:
    assert 'href="/cargar"' in phone.get("/sensores").text
