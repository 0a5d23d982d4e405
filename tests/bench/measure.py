"""Measuring whole processes against one another. A time alone says nothing about another machine; a ratio in one run does."""
import os
import statistics
import subprocess
import time


def row(what, measured, goal="", met=None):
    """One line of the table that tests/bench/run prints."""
    verdict = "" if met is None else "met" if met else "MISSED"
    print(f"{what:54} {measured:>12}  {goal:14} {verdict}".rstrip(), flush=True)


def at_most(what, value, limit, unit="", digits=2):
    row(what, f"{value:.{digits}f}{unit}", f"<= {limit}{unit}", value <= limit)


def at_least(what, value, limit, unit="", digits=1):
    row(what, f"{value:.{digits}f}{unit}", f">= {limit}{unit}", value >= limit)


def once(argv, environment, cwd):
    begun = time.perf_counter()
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env=environment, cwd=cwd, close_fds=False)
    return time.perf_counter() - begun, done.returncode


def side_by_side(commands, rounds, environment=None, cwd="/", before=None, environments=None):
    """Runs the commands in turn, `rounds` times each; name -> median seconds. One warm-up round is not counted. `before`: name
    -> what is called before each run of it. `environments`: name -> its environment, where it is another.

    In turn, so that what else the machine does falls on all of them."""
    times = {name: [] for name in commands}
    for i in range(rounds + 1):
        for name, argv in commands.items():
            if before and name in before:
                before[name]()
            seconds, code = once(argv, (environments or {}).get(name) or environment or dict(os.environ), cwd)
            if code not in (0, 1, 11):
                raise SystemExit(f"{name} ({argv}) ended with {code}")
            if i > 0:
                times[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def pss_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def wakeups(pid):
    """Voluntary context switches of every thread of the process: each is a time that it went to sleep."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as file:
            for line in file:
                if line.startswith("voluntary_ctxt_switches:"):
                    total += int(line.split()[1])
    return total
