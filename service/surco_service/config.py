"""TABLE of the service's settings: section [service] of the TOML file, or SURCO_SERVICE_*."""

from dataclasses import dataclass
from pathlib import Path

from surco_contract.settings import Secret, setting


@dataclass(frozen=True)
class Settings:
    """Read once, in `__main__`; then passed as an argument."""

    data: Path = setting("folder of the databases")
    host: str = setting("address to listen on", "127.0.0.1")
    port: int = setting("port to listen on", 8000)
    notebook_url: Secret | None = setting(
        "SQLAlchemy URL of the notebook; without it, notebook.db in the data folder", None
    )
    influx_url: str | None = setting(
        "URL of InfluxDB; without it, readings are kept in readings.db in the data folder", None
    )
    influx_token: Secret = setting("token that reads and writes the bucket", Secret(""))
    influx_org: str = setting("organisation in InfluxDB", "surco")
    influx_bucket: str = setting("bucket in InfluxDB", "surco")
    weather: bool = setting("ask weather_url for the weather of gardens with coordinates", True)
    weather_url: str = setting(
        "an Open-Meteo forecast server (CC BY 4.0, free for non-commercial use)",
        "https://api.open-meteo.com/v1/forecast",
    )
    public_url: str | None = setting("address under which people reach the pages", None)
    language: str = setting("language of the pages when the browser asks for none: es or en", "es")
    log_level: str = setting("debug, info, warning or error", "info")
