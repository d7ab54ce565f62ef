"""Brings the phone page onto a phone in the same network: https with a certificate of its own, and a token."""
