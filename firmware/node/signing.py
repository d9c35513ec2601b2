"""HMAC-SHA256 (RFC 2104) piece by piece; MicroPython has the hash but no hmac."""

from binascii import hexlify, unhexlify
from hashlib import sha256

from micropython import const

_BLOCK = const(64)


def _pad(key, byte):
    return bytes(digit ^ byte for digit in key + b"\0" * (_BLOCK - len(key)))


class Hmac:
    """`key` is the node's key: 64 hex digits. Raises ValueError when it is not."""

    def __init__(self, key):
        raw = unhexlify(key)
        if len(raw) != 32:
            raise ValueError("the key has 64 hex digits")
        self._inner, self._key = sha256(_pad(raw, 0x36)), raw

    def update(self, data):
        self._inner.update(data)

    def hex(self):
        """Return the 64 hex digits; nothing can be added afterwards."""
        outer = sha256(_pad(self._key, 0x5C))
        outer.update(self._inner.digest())
        return hexlify(outer.digest()).decode()


def same(one, other):
    """Compare two texts in a time that does not tell where they differ."""
    if len(one) != len(other):
        return False
    one, other, difference = one.encode(), other.encode(), 0
    for place in range(len(one)):
        difference |= one[place] ^ other[place]
    return difference == 0
