#!/usr/bin/env python3
"""check.py BUILD [ROUNDS]: time of `envfixd check` on one environment of 40 distributions, as ratios to `pip check`, to
importing the chain, and to a static C program that only opens and reads the same files. What has not changed since the last
check is told by statuses alone; what has is read again, and that is measured apart, in a copy that changes before each run;
and so is the first check that a person makes, with nothing remembered of anything.
"""
import glob
import os
import shutil
import time

import ground
import lab
import measure


def main():
    with ground.Work() as work:
        venv = ground.forty(f"{work}/venv")
        changing = ground.forty(f"{work}/changing")
        record, = glob.glob(f"{lab.site_packages(changing)}/cffi-*.dist-info/RECORD")
        floor = ground.compile_c(work, "check_floor", "-static")
        version, pip = ground.newest_pip()
        python = f"{venv}/bin/python"
        commands = {
            "floor": [floor, "1", *ground.what_is_read(venv)],
            "check": [lab.ENVFIXD, "check", "--json", venv],
            "first": [lab.ENVFIXD, "check", "--json", venv],
            "changed": [lab.ENVFIXD, "check", "--json", changing],
            "pip": [python, pip, "check"], # as `pip --python` does it, without its own start before
            "import": [python, "-B", "-c", "import cryptography.fernet, jwt, supabase"],
        }
        environment = lab.clean_environment(HOME=work)
        os.makedirs(f"{work}/caches")  # below the project's folder, whose own time must stay
        nothing_remembered = {"first": environment | {"XDG_CACHE_HOME": f"{work}/caches/nothing"}}
        for name, argv in commands.items():
            if measure.once(argv, environment, work)[1] != 0 and name != "pip":
                raise SystemExit(f"{name} does not work here: {argv}")

        def forget():
            shutil.rmtree(f"{work}/caches/nothing", True)

        def change():
            shutil.copy(record, record + ".new")
            os.rename(record + ".new", record)

        time.sleep(2.1) # what is younger is never remembered
        measure.once(commands["check"], environment, work)
        times = measure.side_by_side(commands, ground.rounds(40), environment, work,
                                     {"changed": change, "first": forget}, nothing_remembered)
        for name, what in (("floor", "static C program that reads the same"), ("check", "envfixd check, 40 distributions"),
                           ("first", "envfixd check, nothing remembered"),
                           ("changed", "envfixd check, one of them replaced just before"),
                           ("import", "import of the chain"), ("pip", f"pip {version} check")):
            measure.row(what, f"{times[name] * 1000:.2f} ms")
        measure.at_least(f"envfixd check, times faster than pip {version} check", times["pip"] / times["check"], 85)
        measure.row("envfixd check, times faster than importing", f"{times['import'] / times['check']:.1f}")
        measure.at_most("envfixd check / static C program", times["check"] / times["floor"], 2.1)
        measure.row("one replaced just before: times faster than pip", f"{times['pip'] / times['changed']:.1f}")
        measure.row("one replaced just before / static C program", f"{times['changed'] / times['floor']:.2f}")
        measure.row("the first check: times faster than pip", f"{times['pip'] / times['first']:.1f}")
        measure.row("the first check / static C program", f"{times['first'] / times['floor']:.2f}")


main()
