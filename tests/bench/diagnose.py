#!/usr/bin/env python3
"""diagnose.py BUILD [ROUNDS]: time of `envfixd diagnose` on a log of 1 MiB as a process, as a ratio to `cat` on the same file,
and to itself on a log of 4 MiB: it must be linear."""
import os
import random
import subprocess
import sys
import tempfile

import measure

LINES = ("2026-11-22 17:{:02d}:12,120 INFO app.worker: handled request {} in {} ms",
         '  File "/srv/app/.venv/lib/python3.11/site-packages/starlette/routing.py", line {}, in app{}_{}',
         '127.0.0.1:{} - "GET /items/{} HTTP/1.1" 200 OK {}')


def write_log(path, size):
    chance = random.Random(size)
    with open(path, "w") as file:
        while file.tell() < size:
            file.write(chance.choice(LINES).format(*(chance.randrange(60) for _ in range(3))) + "\n")
        file.write("ModuleNotFoundError: No module named '_cffi_backend'\n")


def main():
    envfixd = os.path.abspath(f"{sys.argv[1]}/envfixd")
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    with tempfile.TemporaryDirectory() as folder:
        write_log(f"{folder}/one", 1 << 20)
        write_log(f"{folder}/three", 3 << 20)
        told = subprocess.run([envfixd, "diagnose", f"{folder}/one"], capture_output=True, text=True)
        if "cffi-backend-missing" not in told.stdout:
            raise SystemExit(f"the log was not read: {told.stdout}{told.stderr}")
        times = measure.side_by_side({"cat": ["cat", f"{folder}/one"],
                                      "one": [envfixd, "diagnose", "-q", f"{folder}/one"],
                                      "three": [envfixd, "diagnose", "-q", f"{folder}/three"]}, rounds)
    measure.row("diagnose of 1 MiB", f"{times['one'] * 1000:.2f} ms")
    measure.at_most("diagnose of 1 MiB / cat", times["one"] / times["cat"], 50)
    measure.at_most("diagnose of 3 MiB / of 1 MiB", times["three"] / times["one"], 3.3)


main()
