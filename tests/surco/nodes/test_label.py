"""`surco label`: secrets that are printed once, and a sheet that cameras and people can read."""

import json
import math
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import segno
import zxingcpp

from surco.__main__ import main
from surco.machine import folder as folders
from surco.nodes.label import AP_LETTERS, CODE_LENGTH, CODE_LETTERS, Label, new_label, sheet
from surco_contract.credentials import broker_accepts
from surco_service.adapters.sql.engine import open_engine
from surco_service.domain.stewardship.garden import Bed, Garden
from surco_service.ports.nodes import Claim
from surco_service.ports.stores import Stores
from tests.builders import DAWN
from tests.service.stores import stores_on


class Site:
    """A data folder that `surco up` has seen once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        folders.make(path)
        assert main(["introduce", "--data", str(path)]) == 0

    def label(self, *arguments: str) -> int:
        return main(["label", *arguments, "--data", str(self.path), "--host", "192.168.1.5"])

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        engine = open_engine(f"sqlite:///{self.path}/notebook.db")
        yield stores_on(engine)
        engine.dispose()

    def ordered(self) -> dict[str, str]:
        """Return the hash that the gateway is told for each node."""
        with self.stores() as stores:
            return {
                c.body["user"]: c.body["hash"] for c in stores.gateways.commands("gateway-1", 0)
            }

    def told(self, node: str) -> dict[str, object]:
        return json.loads((self.path / "labels" / f"{node}.json").read_text())

    def page(self) -> str:
        return (self.path / "labels" / "labels.html").read_text()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("LC_ALL", "es_MX.UTF-8")
    return Site(tmp_path / "data")


def codes(page: str) -> list[str]:
    return re.findall(r'<p class="secret">((?:[0-9A-Z]{4}-){2}[0-9A-Z]{4})</p>', page)


def test_a_label_opens_the_broker_with_its_code_and_keeps_it_nowhere_else(site: Site) -> None:
    assert site.label("n-001") == 0
    told = site.told("n-001")
    assert told == {
        "node": "n-001", "host": "192.168.1.5", "port": 1883, "tls": False,
        "ap_password": told["ap_password"],
    }  # fmt: skip
    (code,) = codes(site.page())
    assert broker_accepts(site.ordered()["n-001"], code.replace("-", "").encode())
    assert str(told["ap_password"]) in site.page()
    kept = [file for file in site.path.rglob("*") if file.is_file() and file.suffix != ".html"]
    bare = code.replace("-", "").encode()
    assert [file for file in kept if bare in file.read_bytes()] == []
    with site.stores() as stores:
        assert [node.id for node in stores.registry.nodes()] == ["n-001"]
        enrolment = stores.keys.enrolment("n-001")
        assert enrolment is not None
        assert enrolment.labelled is not None
        assert (enrolment.key, enrolment.claimed) == (None, None)


def test_only_the_owner_reads_the_secrets(site: Site) -> None:
    site.label("n-001")
    labels = site.path / "labels"
    assert stat.S_IMODE(labels.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in labels.iterdir()} == {0o600}


def test_a_second_label_voids_the_first_and_says_so(site: Site, capsys) -> None:
    site.label("n-001")
    first, told = codes(site.page())[0], site.told("n-001")
    assert "ya no sirve" not in capsys.readouterr().out
    site.label("n-001")
    assert "n-001: la etiqueta anterior ya no sirve; tírala." in capsys.readouterr().out
    second = codes(site.page())[0]
    assert site.told("n-001")["ap_password"] != told["ap_password"]
    stored = site.ordered()["n-001"]
    assert not broker_accepts(stored, first.replace("-", "").encode())
    assert broker_accepts(stored, second.replace("-", "").encode())


def test_a_label_for_a_node_in_use_says_what_it_costs(site: Site, capsys) -> None:
    site.label("n-001")
    with site.stores() as stores:
        stores.keys.claim(Claim("n-001", "hash", "0a" * 32), DAWN)
    site.label("n-001")
    assert "n-001: la caja que ya estaba puesta deja de hablar" in capsys.readouterr().out


def test_a_node_is_put_in_its_bed_once(site: Site) -> None:
    with site.stores() as stores:
        stores.records.save_garden(Garden("mezquite", "El Mezquite"))
        for number in (1, 2):
            stores.records.save_bed(Bed(f"cama-{number}", "mezquite", f"Cama <{number}>", 2.0))
    pair = ("n-001", "n-002", "--bed", "cama-2", "--bed", "cama-1")
    assert site.label(*pair) == 0
    assert site.page().index("Cama &lt;2&gt;") < site.page().index("Cama &lt;1&gt;")
    assert site.label(*pair) == 0
    assert site.label("n-001") == 0
    assert "Cama &lt;2&gt;" in site.page()  # known from before
    with site.stores() as stores:
        placed = {(p.node, p.bed, p.channel) for p in stores.registry.placements()}
        assert len(stores.registry.placements()) == 2
    assert placed == {("n-001", "cama-2", "r1"), ("n-002", "cama-1", "r1")}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["N-1"], "3 a 32"),
        (["gateway"], "parte de Surco"),
        (["n" * 27], "26 letras o menos"),
        (["n-001", "n-001"], "una sola vez"),
        (["n-001", "n-002", "--bed", "cama-1"], "2 sensores y 1 camas"),
        (["n-001", "--bed", "nowhere"], "no hay tal cama"),
        (["n-001", "--out", "/proc/nothing/x.html"], "no se puede escribir"),
    ],
)
def test_what_is_wrong_is_one_line_and_makes_no_label(
    site: Site, capsys, arguments: list[str], words: str
) -> None:
    assert site.label(*arguments) == 2
    said = capsys.readouterr().err.strip()
    assert words in said
    assert "\n" not in said
    assert site.ordered() == {}


def test_without_a_gateway_a_label_would_open_nothing(tmp_path: Path, capsys) -> None:
    folders.make(tmp_path)
    assert main(["label", "n-001", "--data", str(tmp_path), "--host", "x"]) == 2
    assert "surco up" in capsys.readouterr().err


def test_a_broker_elsewhere_is_what_the_node_is_told(site: Site) -> None:
    with (site.path / "settings.toml").open() as file:
        text = file.read().replace('broker = "auto"', 'broker = "mqtts://mqtt.example:8883"')
    (site.path / "settings.toml").write_text(text)
    assert main(["label", "n-001", "--data", str(site.path)]) == 0
    told = site.told("n-001")
    assert (told["host"], told["port"], told["tls"]) == ("mqtt.example", 8883, True)


def test_codes_are_long_enough_and_have_no_letters_that_look_alike() -> None:
    assert len(set(CODE_LETTERS)) == 32
    assert CODE_LENGTH * math.log2(len(CODE_LETTERS)) >= 60
    assert not set("ILOU") & set(CODE_LETTERS)
    assert not set("01ilouvsz52b86gq") & set(AP_LETTERS)
    made = [new_label("n-001") for _ in range(100)]
    assert len({one.code for one in made}) == len({one.ap_password for one in made}) == 100
    assert all(len(one.ap_password) >= 10 for one in made)


def decode(payload: str) -> str:
    """Draw a payload the way the sheet does, and read it back as a phone would."""
    drawn = segno.make_qr(payload, error="m").matrix_iter(scale=4, border=4)
    rows = [bytes(0 if dark else 255 for dark in row) for row in drawn]
    image = memoryview(b"".join(rows)).cast("B", (len(rows), len(rows[0])))
    (found,) = zxingcpp.read_barcodes(image)
    return found.text


def test_a_camera_reads_the_network_and_the_page() -> None:
    one = Label("n-001", "Cama 3", "7K3M9QXT2B5D", "acdefhjkmnpr")
    assert decode(one.wifi) == "WIFI:T:WPA;S:surco-n-001;P:acdefhjkmnpr;;"
    assert decode(one.page) == "http://192.168.4.1/?c=7K3M9QXT2B5D"
    assert one.spoken == "7K3M-9QXT-2B5D"
    page = sheet([one])
    for payload in (one.wifi, one.page):
        drawn = segno.make_qr(payload, error="m").svg_inline(border=4, omitsize=True)
        assert drawn in page


def test_eight_labels_fill_a_sheet_and_the_ninth_begins_another() -> None:
    labels = [new_label(f"n-{number:03}") for number in range(9)]
    page = sheet(labels)
    assert page.count('<section class="sheet">') == 2
    assert page.count('<article class="label">') == 9
    assert "http" not in re.sub(r"http://(192\.168\.4\.1|www\.w3\.org)", "", page)


def test_a_node_that_is_added_by_hand_has_a_key_too(site: Site, capsys) -> None:
    capsys.readouterr()
    assert main(["node", "add", "n-001", "--data", str(site.path)]) == 0
    config = json.loads(capsys.readouterr().out)
    with site.stores() as stores:
        enrolment = stores.keys.enrolment("n-001")
    assert enrolment is not None
    assert enrolment.key == config["key"]
    assert re.fullmatch("[0-9a-f]{64}", config["key"])
    assert broker_accepts(site.ordered()["n-001"], config["password"].encode())
