"""``python -m leafgraft``."""

from leafgraft.cli import main

main()
