#!/usr/bin/env python3
"""restore.py BUILD [ROUNDS]: cffi from the store, from the approval to the proof's start, and pip's own reinstall. Needs a bus."""
import os
import statistics
import time

import ground
import lab
import measure
import breakages  # noqa: E402


def times_of(run, typed_ms):
    """Milliseconds of what the run tells, from its approval: when the daemon took that, before it looked at the environment again.
    The first word of the transaction is that the new files are in their places: there the proof begins. `typed` is what lies
    between the start of envfixctl and the approval: a process that starts and finds the bus."""
    if run["state"] != "fixed":
        raise SystemExit(f"restore.py: the run is no use: {run}")
    first = {}
    for event in run["events"]:
        first.setdefault(event["step"], event["at_ms"])
    approved = first["approval"]
    if "tried when it was planned" not in next(event["text"] for event in run["events"] if event["step"] == "trial"):
        raise SystemExit(f"restore.py: it was not tried when it was planned: {run}")
    return {"typed": approved - typed_ms, **{step: at - approved for step, at in first.items()}}


def waiting(daemon):
    """The plan that waits and was tried, or None."""
    return next((plan["id"] for plan in daemon.json("status")["plans"] if plan["state"] == "waiting" and plan["reason"]), None)


def main():
    with ground.Work() as work:
        os.makedirs(f"{work}/projects")
        wheels = lab.wheelhouse()
        venv = lab.make_template(f"{work}/projects/one", wheels)
        pip = [f"{venv}/bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", "--find-links",
               wheels, "--force-reinstall", "--no-deps", "cffi"]
        plain = lab.clean_environment(PIP_CONFIG_FILE="/dev/null")
        daemon = ground.daemon_on(work, f"{work}/projects", 1)
        daemon.policy("bench.yaml", lab.policy_text("bench"))
        daemon.ctl("reload")
        daemon.ctl("policy", "approve", "bench")
        runs, theirs = [], []
        for _ in range(ground.rounds(5)):
            lab.wait_for(lambda: daemon.environment_at(venv)["state"] == "healthy", "all is well", daemon.said)
            breakages.remove_backend(venv)
            # Nobody waits yet: the plan is made and tried as soon as the damage is seen.
            plan = lab.wait_for(lambda: waiting(daemon), "a plan waits that was tried", daemon.said)
            typed_ms = time.time() * 1000
            done = daemon.ctl("approve", plan, "--wait")
            if done.returncode != 0:
                raise SystemExit(done.stdout + done.stderr + daemon.said())
            runs.append(times_of(daemon.json("history", venv)["runs"][0], typed_ms))
            seconds, code = measure.once(pip, plain, work)
            if code != 0:
                raise SystemExit("restore.py: pip itself fails")
            theirs.append(seconds * 1000)
        daemon.stop()
        pip_ms = statistics.median(theirs)
        median = lambda value: statistics.median(value(run) for run in runs)  # noqa: E731
        whole = median(lambda run: run["transaction"])
        measure.row("pip --force-reinstall cffi, median", f"{pip_ms:.1f} ms")
        measure.row("restore of cffi, approval to the proof's start", f"{whole:.1f} ms")
        measure.row("  approval to the stage's end", f"{median(lambda run: run['stage']):.1f} ms")
        measure.row("  transaction", f"{median(lambda run: run['transaction'] - run['trial']):.1f} ms")
        measure.row("before it: envfixctl starts and finds the bus", f"{median(lambda run: run['typed']):.1f} ms")
        measure.at_least("pip / restore", pip_ms / whole, 40)


main()
