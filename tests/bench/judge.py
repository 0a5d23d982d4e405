#!/usr/bin/env python3
"""judge.py BUILD [ROUNDS]: time to judge one environment of 40 distributions again inside a running process, as the daemon does
after an event, and as a ratio to only reading the same files: where a distribution was installed anew, and where nothing
has changed. Needs the target bench_judge."""
import glob
import statistics
import subprocess
import time

import ground
import lab
import measure

TURNS = 10


def microseconds(argv, environment):
    return float(subprocess.run(argv, stdout=subprocess.PIPE, check=True, env=environment, text=True).stdout)


def main():
    rounds = str(ground.rounds(500))
    with ground.Work() as work:
        venv = ground.forty(f"{work}/venv")
        floor = ground.compile_c(work, "check_floor", "-static")
        environment = lab.clean_environment(HOME=work)
        record, = glob.glob(f"{venv}/lib/python3*/site-packages/cffi-*.dist-info/RECORD")
        reading, judging, same = [], [], []
        time.sleep(2.1) # what is younger is never remembered
        for _ in range(TURNS):
            same.append(microseconds([f"{ground.BUILD}/tests/bench_judge", venv, rounds], environment))
        for _ in range(TURNS):
            reading.append(microseconds([floor, rounds, *ground.what_is_read(venv)], environment))
            judging.append(microseconds([f"{ground.BUILD}/tests/bench_judge", venv, rounds, record], environment))
        read_us, judged_us, same_us = (statistics.median(times) for times in (reading, judging, same))
        measure.row("reading the same in C", f"{read_us / 1000:.3f} ms")
        for what, us in (("nothing has changed", same_us), ("a distribution was replaced", judged_us)):
            measure.at_most(f"judging again where {what}", us / 1000, 0.4, " ms", 3)
            measure.at_most("  / reading the same", us / read_us, 2.0)


main()
