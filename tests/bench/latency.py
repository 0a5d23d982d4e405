#!/usr/bin/env python3
"""latency.py BUILD [ROUNDS]: time from damage on disk to the daemon's signal on the bus, and to a bare inotify event. Needs a bus."""
import glob
import os
import subprocess

import ground
import lab
import measure


def measured(argv, environment):
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True, env=environment, text=True)
    return [int(line) / 1000 for line in done.stdout.split()]


def main():
    rounds = str(ground.rounds(200))
    with ground.Work() as work:
        os.makedirs(f"{work}/projects")
        venv = ground.forty(f"{work}/projects/one")
        site = lab.site_packages(venv)
        options = subprocess.run(["pkg-config", "--cflags", "--libs", "libsystemd"], stdout=subprocess.PIPE, check=True,
                                 text=True).stdout.split()
        latency = ground.compile_c(work, "latency", *options)
        daemon = ground.daemon_on(work, f"{work}/projects", 1)
        for what, how, path in (("renamed dist-info", "rename", glob.glob(f"{site}/cffi-*.dist-info")[0]),
                                ("deleted compiled file", "delete", glob.glob(f"{site}/_cffi_backend*.so")[0])):
            place = [path, f"{work}/away", how]
            bare = measured([latency, "inotify", rounds, os.path.dirname(path), *place], daemon.environment)
            # What has just been mended may still be told as broken: to break it once more would then change nothing to tell of.
            lab.wait_for(lambda: daemon.environment_at(venv)["state"] == "healthy", "all is well again", daemon.said)
            told = measured([latency, "bus", rounds, venv, *place], daemon.environment)
            middle = measure.percentile(told, 0.5)
            measure.row(f"{what} to signal, median", f"{middle:.2f} ms")
            measure.row("  / bare inotify event", f"{middle / measure.percentile(bare, 0.5):.0f}")
            measure.at_most(f"{what} to signal, 99th percentile", measure.percentile(told, 0.99), 5, " ms")
        daemon.stop()


main()
