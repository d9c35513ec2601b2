"""Secrets of machines: how they are made, and the one form in which a broker stores them.

Nodes and gateways get 128 random bits, never a word that a person chose. Brokers keep
Mosquitto's own line `user:$7$<iterations>$<salt>$<hash>` (PBKDF2-HMAC-SHA512), which
both Mosquitto and our small broker read; the service keeps a SHA-256, enough for random tokens.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

ITERATIONS = 101  # Mosquitto's default; the secret is random, so this needs no more


def new_secret() -> str:
    """Return 128 random bits that can be typed, scanned and put in a URL."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> str:
    """Return the form in which the service keeps a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def broker_hash(secret: str, salt: bytes | None = None) -> str:
    """Return the part of a password line after the colon."""
    salt = salt or secrets.token_bytes(12)
    key = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${b64encode(salt).decode()}${b64encode(key).decode()}"


def broker_accepts(stored: str, secret: bytes) -> bool:
    """Tell whether a secret belongs to a stored hash; False for a hash in any other form."""
    try:
        _, kind, iterations, salt, key = stored.split("$")
        if kind != "7":
            return False
        wanted = b64decode(key, validate=True)
        found = hashlib.pbkdf2_hmac(
            "sha512", secret, b64decode(salt, validate=True), int(iterations)
        )
    except ValueError:
        return False
    return hmac.compare_digest(wanted, found)
