#!/usr/bin/env python3
"""check.py BUILD [ROUNDS]: time of `envfixd check` on one environment of 40 distributions, as ratios to `pip check`, to
importing the chain, and to a static C program that only opens and reads the same files.
"""
import ground
import lab
import measure


def main():
    with ground.Work() as work:
        venv = ground.forty(f"{work}/venv")
        floor = ground.compile_c(work, "check_floor", "-static")
        version, pip = ground.newest_pip()
        python = f"{venv}/bin/python"
        commands = {
            "floor": [floor, "1", *ground.what_is_read(venv)],
            "check": [lab.ENVFIXD, "check", "--json", venv],
            "pip": [python, pip, "check"], # as `pip --python` does it, without its own start before
            "import": [python, "-B", "-c", "import cryptography.fernet, jwt, supabase"],
        }
        environment = lab.clean_environment(HOME=work)
        for name, argv in commands.items():
            if measure.once(argv, environment, work)[1] != 0 and name != "pip":
                raise SystemExit(f"{name} does not work here: {argv}")
        times = measure.side_by_side(commands, ground.rounds(40), environment, work)
        for name, what in (("floor", "static C program that reads the same"), ("check", "envfixd check, 40 distributions"),
                           ("import", "import of the chain"), ("pip", f"pip {version} check")):
            measure.row(what, f"{times[name] * 1000:.2f} ms")
        measure.at_least(f"envfixd check, times faster than pip {version} check", times["pip"] / times["check"], 85)
        measure.row("envfixd check, times faster than importing", f"{times['import'] / times['check']:.1f}")
        measure.at_most("envfixd check / static C program", times["check"] / times["floor"], 2.1)


main()
