"""What --help says, in 80 columns."""

from __future__ import annotations

from dataclasses import fields

from leafgraft.data.drawn.faults import Faults


def test_no_command_is_described_by_half_a_sentence(cli) -> None:
    said = cli("--help").stdout
    assert "..." not in said.split("Commands:")[1]
    assert max(map(len, said.splitlines())) <= 80


def test_every_fault_is_named(cli) -> None:
    said = " ".join(cli("sample", "--help").stdout.split())
    assert all(f" {field.name}" in said for field in fields(Faults))
