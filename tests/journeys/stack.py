"""All parts of Surco as separate processes on fixed ports, so that each can be killed and come back.

The same commands and settings as the systemd units; only the ports and folders are ours.
"""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from surco_contract.credentials import broker_hash, new_secret, token_hash
from surco_gateway.broker.mosquitto import prepare
from surco_service.adapters.sql.engine import open_engine
from surco_service.adapters.sql.gateways import SqlGateways
from surco_service.ports.stores import Stores
from tests.servers import Influxd, Server
from tests.service.stores import stores_on


class Part(Server):
    """One of our programs: `python -m MODULE` with settings from the environment."""

    def __init__(self, folder: Path, module: str, settings: Mapping[str, object]) -> None:
        super().__init__(folder)
        self.module, self.settings = module, settings

    def command(self) -> list[str]:
        return [sys.executable, "-m", self.module]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, **{name: str(value) for name, value in self.settings.items()}}


class SmallBroker(Part):
    def __init__(self, folder: Path, passwords: Path) -> None:
        super().__init__(folder, "surco_gateway.broker", {})
        self.settings = {
            "SURCO_BROKER_PORT": self.port,
            "SURCO_BROKER_DATA": folder / "data",
            "SURCO_BROKER_PASSWORD_FILE": passwords,
            "SURCO_BROKER_PID_FILE": self.pid_file,
        }

    @property
    def pid_file(self) -> Path:
        return self.folder / "pid"


class Mosquitto(Server):
    """The real one, with the configuration that `surco up` writes for it."""

    def __init__(self, folder: Path, passwords: Path) -> None:
        super().__init__(folder)
        self.passwords = passwords

    @property
    def pid_file(self) -> Path:
        return self.folder / "data/broker.pid"

    def command(self) -> list[str]:
        return prepare(self.folder / "data", self.passwords, self.port)


class Service(Part):
    def __init__(self, folder: Path, influxd: Influxd | None, bucket: str) -> None:
        super().__init__(folder, "surco_service", {})
        self.data = folder / "data"
        self.settings = {"SURCO_SERVICE_PORT": self.port, "SURCO_SERVICE_DATA": self.data}
        if influxd is not None:
            self.settings |= {
                "SURCO_SERVICE_INFLUX_URL": influxd.url,
                "SURCO_SERVICE_INFLUX_TOKEN": influxd.token,
                "SURCO_SERVICE_INFLUX_BUCKET": bucket,
            }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/health").status_code == 200
        return False


class Gateway(Part):
    def __init__(
        self, folder: Path, broker: Server, password: str, service: Service, token: str
    ) -> None:
        super().__init__(folder, "surco_gateway", {})
        self.data = folder / "data"
        self.settings = {
            "SURCO_GATEWAY_BROKER_PORT": broker.port,
            "SURCO_GATEWAY_BROKER_PASSWORD": password,
            "SURCO_GATEWAY_SERVICE_URL": service.url,
            "SURCO_GATEWAY_SERVICE_TOKEN": token,
            "SURCO_GATEWAY_DATA": self.data,
            "SURCO_GATEWAY_HEALTH_PORT": self.port,
            "SURCO_GATEWAY_CLOCK": "trusted",
        }

    def ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{self.port}/health").json()["broker"] == "connected"
        return False


class Stack:
    """Broker, service and gateway, with a secret for each node."""

    def __init__(
        self, folder: Path, nodes: list[str], *, mosquitto: bool, influxd: Influxd | None = None,
        bucket: str = "surco", plant: Callable[[Stores], None] | None = None,
    ) -> None:  # fmt: skip
        self.folder, self.influxd, self.bucket, self._plant = folder, influxd, bucket, plant
        self.secrets = {name: new_secret() for name in nodes}
        secret, token = new_secret(), new_secret()
        passwords = folder / "passwords"
        everybody = {"gateway": secret, **self.secrets}
        passwords.write_text("".join(f"{u}:{broker_hash(s)}\n" for u, s in everybody.items()))
        passwords.chmod(0o644)
        self.broker = (Mosquitto if mosquitto else SmallBroker)(folder / "broker", passwords)
        self.service = Service(folder / "service", influxd, bucket)
        self.gateway = Gateway(folder / "gateway", self.broker, secret, self.service, token)
        self.gateway.settings |= {
            "SURCO_GATEWAY_PASSWORD_FILE": passwords,
            "SURCO_GATEWAY_BROKER_PID_FILE": self.broker.pid_file,
        }
        self._token_hash = token_hash(token)

    def __enter__(self) -> Self:
        if self.influxd is not None:
            self.influxd.new_bucket(self.bucket)
        self.service.data.mkdir(parents=True)
        engine = open_engine(f"sqlite:///{self.service.data}/notebook.db")
        SqlGateways(engine).add("gateway-1", self._token_hash)
        if self._plant is not None:
            self._plant(stores_on(engine))
        engine.dispose()
        with ExitStack() as stack:
            for part in (self.broker, self.service, self.gateway):
                stack.enter_context(part)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
