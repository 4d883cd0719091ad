"""The certificate that is made on the spot: good for this machine's names, for a week, by nobody."""

import ipaddress
import socket
import ssl
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from verifier import lan

NAMES = ["192.168.1.5", "fe80::1", "laptop", "laptop.local", "localhost"]
NOW = datetime(2025, 6, 2, 8, tzinfo=UTC)


def read(made: lan.Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made.certificate)


def test_the_names_are_in_it() -> None:
    found = read(lan.make_certificate(NAMES, now=NOW)).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    addresses = [ipaddress.ip_address(one) for one in NAMES[:2]]
    assert addresses == found.value.get_values_for_type(x509.IPAddress)
    assert NAMES[2:] == found.value.get_values_for_type(x509.DNSName)


def test_what_it_is_good_for() -> None:
    """A server on P-256, no authority, seven days: longer ones some phones refuse."""
    made = read(lan.make_certificate(NAMES, now=NOW))
    key = made.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert "secp256r1" == key.curve.name
    assert NOW + timedelta(days=7) == made.not_valid_after_utc
    assert made.not_valid_before_utc < NOW
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [ExtendedKeyUsageOID.SERVER_AUTH] == list(usage)
    made.verify_directly_issued_by(made)


def test_each_is_another() -> None:
    one, other = (lan.make_certificate(NAMES, now=NOW) for _ in range(2))
    assert one.key != other.key
    assert one.fingerprint != other.fingerprint


def test_the_fingerprint_is_what_a_browser_shows() -> None:
    made = lan.make_certificate(NAMES, now=NOW)
    shown = read(made).fingerprint(hashes.SHA256()).hex(":").upper()
    assert shown == made.fingerprint
    assert 32 * 3 - 1 == len(shown)


def test_the_key_is_not_in_the_words_of_an_error() -> None:
    assert "PRIVATE" not in repr(lan.make_certificate(NAMES, now=NOW))


def test_a_client_that_knows_it_connects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing stays on the disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    made = lan.make_certificate(["127.0.0.1"], now=datetime.now(UTC))
    context = lan.tls_context(made)
    assert not list((tmp_path / "tmp").iterdir())
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_greet, args=(server, context))
        thread.start()
        known = ssl.create_default_context(cadata=made.certificate.decode())
        known.verify_flags &= ~ssl.VERIFY_X509_STRICT
        with (
            socket.create_connection(server.getsockname()) as plain,
            known.wrap_socket(plain, server_hostname="127.0.0.1") as client,
        ):
            assert b"hello" == client.recv(5)
        thread.join()


def _greet(server: socket.socket, context: ssl.SSLContext) -> None:
    plain, _ = server.accept()
    with context.wrap_socket(plain, server_side=True) as connection:
        connection.sendall(b"hello")


def test_the_key_is_removed_when_openssl_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = lan.Certificate(certificate=b"no certificate", key=b"no key", fingerprint="")
    with pytest.raises(ssl.SSLError):
        lan.tls_context(made)
    assert not list(tmp_path.iterdir())


def test_the_key_is_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    load = ssl.SSLContext.load_cert_chain

    def looked_at(context: ssl.SSLContext, path: str) -> None:
        modes.append(Path(path).stat().st_mode & 0o777)
        load(context, path)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", looked_at)
    lan.tls_context(lan.make_certificate(NAMES, now=datetime.now(UTC)))
    assert [0o600] == modes


def test_addresses_are_those_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the loop to oneself, not what a card gives itself without a network; each once."""
    found = ["127.0.1.1", "169.254.3.4", "10.0.0.7", "10.0.0.7"]
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: answers)
    assert ["10.0.0.7"] == [one for one in lan.addresses() if one in found]
    for one in lan.addresses():
        assert not ipaddress.ip_address(one).is_loopback


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Laptop", ["laptop", "laptop.local"]),
        ("laptop.example.cn", ["laptop.example.cn", "laptop.local"]),
        ("李的电脑", []),
        ("", []),
        ("a" * 64, []),
    ],
)
def test_host_names(name: str, expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    assert expected == lan.host_names()
