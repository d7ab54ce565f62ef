"""Statistics on predictions files; no network is needed here."""
