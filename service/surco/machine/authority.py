"""The programme's own certificate authority, and the broker's certificate: for TLS in the garden.

Valid from 1999 to 2049, because a node whose clock stands in the year 2000 must be able to check
it, and nobody is there to renew it. Keys are on P-256, which a small chip can do. A node trusts
this authority and no other (`ca.der`).
"""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from surco.machine.folder import write_private

if TYPE_CHECKING:
    from cryptography import x509

BEGIN, END = datetime(1999, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
FILES = ("ca.pem", "ca.der", "broker.pem", "broker.key")


def make_authority(folder: Path, hosts: Sequence[str]) -> None:
    """Write `ca.pem`, `ca.der`, `broker.pem`, `broker.key`. `hosts`: names and addresses of the broker.

    The authority's own key is used once and kept nowhere: a stolen folder certifies nothing more.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def certificate(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(name("Surco"))
        made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
        return made.not_valid_before(BEGIN).not_valid_after(END)

    authority, broker = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = certificate(name("Surco"), authority).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    ca_made = ca.sign(authority, hashes.SHA256())
    leaf = certificate(name(hosts[0]), broker).add_extension(
        x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=False
    )
    leaf_made = leaf.sign(authority, hashes.SHA256())
    folder.mkdir(parents=True, exist_ok=True)
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    key = broker.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(folder / "broker.key", key.decode())
    (folder / "broker.pem").write_bytes(leaf_made.public_bytes(pem))
    (folder / "ca.pem").write_bytes(ca_made.public_bytes(pem))
    (folder / "ca.der").write_bytes(ca_made.public_bytes(der))


def _alternative(host: str) -> "x509.GeneralName":
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
