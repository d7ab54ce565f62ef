"""A certificate made on the spot: phones keep a page for use without signal only if they trust its https."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import trustme

VALID = timedelta(days=30)  # iOS refuses servers whose certificates are valid for more than 825 days


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """What phones are asked to trust, and what the server shows them.

    Attributes:
        authority: The certificate that a phone installs, as DER. Its key is never written anywhere, and forgotten at
            once: it vouches for this one server alone.
        fingerprint: SHA-256 of `authority` as phones show it, pairs of digits with colons.
        context: For the server.
    """

    authority: bytes
    fingerprint: str
    context: ssl.SSLContext


def make_certificate(host: str) -> Certificate:
    """Make an authority and the certificate of one server, for an address or a name."""
    now = datetime.now(UTC)
    unit = f"at {host[:40]}, {now:%Y-%m-%d %H:%M}"
    authority = trustme.CA(organization_name="leafgraft", organization_unit_name=unit)
    server = authority.issue_cert(host, not_before=now - timedelta(days=1), not_after=now + VALID)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.configure_cert(context)
    der = ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode())
    return Certificate(der, hashlib.sha256(der).digest().hex(":").upper(), context)
