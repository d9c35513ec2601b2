"""Opens the stores of a data folder for a command, with the same settings as the service."""

from collections.abc import Generator
from contextlib import contextmanager

from surco.machine.up import Site
from surco_contract.settings import read_settings
from surco_service.config import Settings
from surco_service.ports.stores import Stores
from surco_service.stores import open_stores


def service_settings(site: Site) -> Settings:
    """Return the settings of a site's service. Raises `SettingsError`."""
    return read_settings(Settings, "service", site.folder.settings, site.environment)


@contextmanager
def stores_of(site: Site) -> Generator[Stores]:
    """Open the stores of a site. Raises `SettingsError`, or `StoreUnavailable`."""
    with open_stores(service_settings(site)) as stores:
        yield stores
