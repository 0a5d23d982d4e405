#!/usr/bin/env python3
"""status.py BUILD [ROUNDS]: time of `envfixctl status` as a process, as a ratio to busctl calling the same method. Needs a bus."""
import os

import ground
import lab
import measure

CALL = ["org.envfix1", "/org/envfix1", "org.envfix1.Manager", "Status", "su", "", "256"]


def main():
    with ground.Work() as work:
        os.makedirs(f"{work}/projects")
        ground.forty(f"{work}/projects/one")
        daemon = ground.daemon_on(work, f"{work}/projects", 1)
        times = measure.side_by_side({"busctl": ["busctl", "--user", "call", *CALL],
                                      "status": [lab.ENVFIXCTL, "--user", "status"]}, ground.rounds(100), daemon.environment)
        daemon.stop()
        measure.row("busctl call of Status", f"{times['busctl'] * 1000:.2f} ms")
        measure.row("envfixctl status", f"{times['status'] * 1000:.2f} ms")
        measure.at_most("envfixctl status / busctl", times["status"] / times["busctl"], 0.8)


main()
