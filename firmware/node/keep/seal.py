"""A checksum before a text, so that a damaged file is known for one: eight hex digits of CRC-32."""

from binascii import crc32


def seal(text):
    return b"%08x" % crc32(text) + text


def unseal(raw):
    """Return what was sealed, or None when it is damaged."""
    return raw[8:] if raw[:8] == b"%08x" % crc32(raw[8:]) else None
