"""A program in place of leafgraft: it takes the same words, and does nothing of it."""

import json
import signal
import sys
import time
from pathlib import Path


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(command: str, *words: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.stderr.write(f"{command} begins\n")
    if any(word.endswith("broken") for word in words):
        sys.exit("Error: 'broken' must be photos.\n  found: It is none.\n  to do: Name another.")
    if command == "plan":
        if "overnight" in words:
            say('{"trials": [')
            sys.exit("Error: weights must be there.")
        say(json.dumps({"trials": [1, 2], "seconds": 720.0, "memory_bytes": 2_000_000_000}))
    elif command == "run":
        Path(words[words.index("--out") + 1], "log.jsonl").write_text("", encoding="utf-8")
        time.sleep(120)
    elif command in {"label", "serve"}:
        if not Path(words[0]).exists():
            sys.exit(f"Error: '{words[0]}' must be there.")
        told = {"page": f"http://127.0.0.1:1/{command}"}
        say(json.dumps({**told, "send_page": "http://127.0.0.1:2/send"} if "--phone" in words else told))
        time.sleep(120)


main(*sys.argv[1:])
