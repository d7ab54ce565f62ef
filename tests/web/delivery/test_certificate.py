from __future__ import annotations

import hashlib
import socket
import ssl
import threading

import pytest

from leafgraft.web.delivery.certificate import Certificate, make_certificate


def shake_hands(server: Certificate, name: str, trusted: bytes) -> dict[str, object]:
    """The server's certificate, as a client sees it that trusts one authority alone."""
    client = ssl.create_default_context(cadata=trusted)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            taken, _ = listening.accept()
            try:
                server.context.wrap_socket(taken, server_side=True).close()
            except (ssl.SSLError, ConnectionError):
                taken.close()

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            with (
                socket.create_connection(listening.getsockname()) as plain,
                client.wrap_socket(plain, server_hostname=name) as opened,
            ):
                return dict(opened.getpeercert() or {})
        finally:
            thread.join()


@pytest.mark.parametrize("name", ["192.168.7.3", "localhost"])
def test_who_trusts_the_authority_trusts_the_server(name: str) -> None:
    made = make_certificate(name)
    shown = shake_hands(made, name, made.authority)
    begins, ends = (ssl.cert_time_to_seconds(str(shown[key])) for key in ("notBefore", "notAfter"))
    assert ends - begins <= 825 * 86_400  # the most that iOS takes
    assert made.fingerprint.replace(":", "") == hashlib.sha256(made.authority).hexdigest().upper()


def test_another_name_and_another_authority_are_not_trusted() -> None:
    made = make_certificate("192.168.7.3")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(made, "192.168.7.4", made.authority)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(made, "192.168.7.3", make_certificate("192.168.7.3").authority)
