#!/usr/bin/env python3
"""memory.py BUILD [ENVIRONMENTS]: memory of the daemon with one environment and with many, and how often it wakes up while
nothing happens. Needs a bus."""
import os
import shutil
import subprocess
import time

import ground
import lab
import measure

IDLE_S = 10


def measure_one(work, count, limit):
    daemon = ground.daemon_on(work, f"{work}/projects", count)
    pid = daemon.process.pid
    # What follows the first judgements has to end: files of each healthy environment go into the store.
    before = None
    while before != measure.wakeups(pid):
        before = measure.wakeups(pid)
        time.sleep(2)
    time.sleep(IDLE_S)
    woken = measure.wakeups(pid) - before
    measure.at_most(f"memory (PSS) with {count} environment{'s' if count > 1 else ''}", measure.pss_kib(pid) / 1024, limit, " MiB", 1)
    measure.at_most(f"wakeups in {IDLE_S} s of idleness, {count} environment{'s' if count > 1 else ''}", woken, 0, "", 0)
    daemon.stop()
    shutil.rmtree(daemon.folder)


def main():
    count = ground.rounds(1000)
    with ground.Work() as work:
        venv = ground.forty(f"{work}/projects/0/.venv")
        measure_one(work, 1, 16)
        # Real layouts, of hard links to the same files; pip's thousand files would only take time.
        lean = f"{work}/lean"
        subprocess.run(["cp", "-al", venv, lean], check=True)
        site = lab.site_packages(lean)
        for name in os.listdir(site):
            if name.split("-")[0] in ("pip", "setuptools", "pkg_resources", "_distutils_hack") or name.startswith("filler"):
                shutil.rmtree(os.path.join(site, name))
        for i in range(1, count):
            os.makedirs(f"{work}/projects/{i}")
            subprocess.run(["cp", "-al", lean, f"{work}/projects/{i}/.venv"], check=True)
        measure_one(work, count, 48)


main()
