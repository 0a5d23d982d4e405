#!/usr/bin/env python3
"""restore.py BUILD [ROUNDS]: cffi from the store, from the approval to the proof's start, and pip's own reinstall. Needs a bus."""
import os
import statistics
import time

import ground
import lab
import measure
import breakages  # noqa: E402

POLICY = """envfix: 1
fix: bench
describe: from the store
when:
  findings: [cffi-backend-missing]
do:
  - restore: cffi
mode: ask
"""


def times_of(run, begun_ms):
    """Milliseconds from `begun_ms` to what the run tells first of each step. Its first word of the transaction is that the
    new files are in their places: there the proof begins. The trial, which starts an interpreter, lies before it."""
    if run["state"] != "fixed":
        raise SystemExit(f"restore.py: the run is no use: {run}")
    first = {}
    for event in run["events"]:
        first.setdefault(event["step"], event["at_ms"] - begun_ms)
    return first


def main():
    with ground.Work() as work:
        os.makedirs(f"{work}/projects")
        wheels = lab.wheelhouse()
        venv = lab.make_template(f"{work}/projects/one", wheels)
        pip = [f"{venv}/bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", "--find-links",
               wheels, "--force-reinstall", "--no-deps", "cffi"]
        plain = lab.clean_environment(PIP_CONFIG_FILE="/dev/null")
        daemon = ground.daemon_on(work, f"{work}/projects", 1)
        daemon.policy("bench.yaml", POLICY)
        daemon.ctl("reload")
        daemon.ctl("policy", "approve", "bench")
        runs, theirs = [], []
        for _ in range(ground.rounds(5)):
            lab.wait_for(lambda: daemon.environment_at(venv)["state"] == "healthy", "all is well", daemon.said)
            breakages.remove_backend(venv)
            lab.wait_for(lambda: daemon.environment_at(venv)["state"] != "healthy", "the damage is seen", daemon.said)
            begun_ms = time.time() * 1000
            done = daemon.ctl("fix", venv, "--yes", "--wait")
            if done.returncode != 0:
                raise SystemExit(done.stdout + done.stderr + daemon.said())
            runs.append(times_of(daemon.json("history", venv)["runs"][0], begun_ms))
            seconds, code = measure.once(pip, plain, work)
            if code != 0:
                raise SystemExit("restore.py: pip itself fails")
            theirs.append(seconds * 1000)
        daemon.stop()
        pip_ms = statistics.median(theirs)
        median = lambda value: statistics.median(value(run) for run in runs)  # noqa: E731
        whole = median(lambda run: run["transaction"])
        trial = median(lambda run: run["trial"] - run["stage"])
        measure.row("pip --force-reinstall cffi, median", f"{pip_ms:.1f} ms")
        measure.row("restore of cffi, approval to the proof's start", f"{whole:.1f} ms")
        measure.row("  plan, approval and stage", f"{median(lambda run: run['stage']):.1f} ms")
        measure.row("  trial", f"{trial:.1f} ms")
        measure.row("  transaction", f"{median(lambda run: run['transaction'] - run['trial']):.1f} ms")
        measure.row("pip / restore without its trial", f"{pip_ms / (whole - trial):.1f}")
        measure.at_least("pip / restore", pip_ms / whole, 40)


main()
