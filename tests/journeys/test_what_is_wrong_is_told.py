"""What a gateway finds wrong is told on the page, in numbers and by the doctor, until it is over (18.9)."""

from pathlib import Path

import httpx

from tests.servers import wait_until
from tests.surco.programs import Surco

PHONE = {"Accept": "text/html", "Accept-Language": "es"}
TOLD = "La caja de la red no sabe qué hora es."
NUMBER = 'surco_trouble_start_timestamp_seconds{about="gateway-1",code="clock"'


def test_a_gateways_alarm_reaches_salud_metrics_and_doctor(tmp_path: Path) -> None:
    surco = Surco(tmp_path / "data", "up", "--broker", "small")
    surco.environment["SURCO_GATEWAY_CLOCK"] = "untrusted"
    with surco:
        surco.wait_for("Ctrl-C")
        salud, metrics = f"{surco.url}/salud", f"{surco.url}/metrics"
        wait_until(lambda: TOLD in httpx.get(salud, headers=PHONE).text, "the page tells it", 60)
        assert NUMBER in httpx.get(metrics).text
        doctor = surco.run("doctor")
        assert doctor.returncode == 1
        assert doctor.stdout.count(TOLD) == 1
    surco.environment["SURCO_GATEWAY_CLOCK"] = "trusted"
    with surco:
        wait_until(lambda: _says(surco, salud), "the next start has nothing to say of it", 60)
        assert NUMBER not in httpx.get(metrics).text
        assert TOLD not in surco.run("doctor").stdout
    stopped = surco.run("doctor")
    assert stopped.returncode == 1
    assert "gateway: nadie responde" in stopped.stdout


def _says(surco: Surco, url: str) -> bool:
    try:
        answer = httpx.get(url, headers=PHONE)
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and TOLD not in answer.text
