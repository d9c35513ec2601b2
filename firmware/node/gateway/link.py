"""The way to the broker: TCP, or TLS that trusts one authority only.

`ca.der` holds the programme's own authority; its certificates are valid from 1999 to 2049, so that
a node whose clock stands in the year 2000 can check them.
"""

import asyncio

CA = "ca.der"


async def open_link(config, files, seconds):
    """Return (reader, writer). Raises OSError, ValueError (a certificate), asyncio.TimeoutError."""
    secure = _context(files) if config["tls"] else None
    opening = (
        asyncio.open_connection(config["host"], config["port"])
        if secure is None
        else asyncio.open_connection(
            config["host"], config["port"], ssl=secure, server_hostname=config["host"]
        )
    )
    return await asyncio.wait_for(opening, seconds)


def _context(files):
    import tls

    authority = files.read(CA)
    if not authority:
        raise OSError("ca.der is missing; flash the node again")
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED  # type: ignore  # not in the stubs
    context.load_verify_locations(authority)
    return context
