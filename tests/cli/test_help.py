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


def test_what_rates_and_answers_are_made_of_is_said_as_it_is_taken(cli) -> None:
    tune, predict, serve = (" ".join(cli(name, "--help").stdout.split()) for name in ("tune", "predict", "serve"))
    assert "STUDY.yaml|PHOTOS" in tune
    assert "with --rate any study file, or photos" in tune
    assert "with --rate threads that read photos" in tune
    assert "a study folder that has one" in predict
    assert "a study folder that has one" in serve


def test_no_option_is_described_by_a_type_of_programmers(cli) -> None:
    commands = [line.split()[0] for line in cli("--help").stdout.split("Commands:")[1].splitlines() if line.strip()]
    assert len(commands) > 10
    for command in commands:
        said = cli(command, "--help").stdout
        assert "Options:" in said
        assert "<" not in said.replace("<=", ""), command
