"""HTTPS for a local network on the spot: cameras and storage need a secure context (W3C Secure Contexts).

The key lives in memory, and for the moment that OpenSSL needs to read it in a file that only its
owner may read. Nobody vouches for such a certificate: a phone warns, and it should.
"""

import ipaddress
import os
import socket
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=7)
_SLACK = timedelta(days=1)  # clocks of phones are wrong by as much as a time zone
_NOBODY = ("192.0.2.1", 9)  # RFC 5737: an address that nobody has; nothing is sent to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A self-made certificate and its key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)
    fingerprint: str
    """SHA-256 in the form in which browsers show it: AB:CD:…"""


def addresses() -> list[str]:
    """This machine's addresses in its local networks, the one of the default route first."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOBODY)
            found.append(probe.getsockname()[0])
        except OSError:
            pass  # no route: no default network
    try:
        for *_, address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
            found.append(str(address[0]))
    except OSError:
        pass  # nobody knows this host's name
    return [one for one in dict.fromkeys(found) if _reachable(one)]


def _reachable(address: str) -> bool:
    one = ipaddress.ip_address(address)
    return not (one.is_loopback or one.is_link_local or one.is_unspecified)


def make_certificate(names: Sequence[str], *, now: datetime) -> Certificate:
    """A certificate for these host names and addresses, from `now` on (RFC 5280, RFC 9525)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "zhengyin --lan")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        certificate=made.public_bytes(serialization.Encoding.PEM),
        key=key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        fingerprint=made.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def host_names() -> list[str]:
    """The names under which this machine may be known in its networks."""
    name = socket.gethostname().lower()
    plain = name.isascii() and all(part and len(part) < 64 for part in name.split("."))
    return [name, f"{name.split('.')[0]}.local"] if plain else []


def tls_context(made: Certificate) -> ssl.SSLContext:
    """What a server needs to show the certificate.

    Raises:
        OSError: the disk refuses the file that the key is read from.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    descriptor, path = tempfile.mkstemp()  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(made.key + made.certificate)
        context.load_cert_chain(path)
    finally:
        Path(path).unlink()
    return context
