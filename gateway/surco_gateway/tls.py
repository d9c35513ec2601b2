"""Whom the gateway trusts when it speaks TLS, with the service or with the broker."""

import ssl

from surco_gateway.config import Settings


def tls_context(settings: Settings) -> ssl.SSLContext:
    """Return a context that trusts the system's certificates, and `gateway.ca_file` besides."""
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    return context
