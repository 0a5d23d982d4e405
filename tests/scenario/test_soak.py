"""What a daemon holds after a long time: environments break, are fixed, held, undone and released, appear and vanish, it is
reloaded and started again; and memory, descriptors, watches and threads are back where they were.

Some rounds run every day; ENVFIX_LONG_TESTS=1 goes on for two hours, with what a week of a busy team brings in changes.
"""
import glob
import os
import random
import shutil
import signal
import time
import unittest

import breakages
import lab

LONG = bool(os.environ.get("ENVFIX_LONG_TESTS"))
SEED = int(os.environ.get("ENVFIX_SEED", "1"))
ENVIRONMENTS = 12 if LONG else 3
LIVES = 4 if LONG else 2
ROUNDS_OF_A_LIFE = 10_000 if LONG else 12  # each; where it is long, the time ends it first
SECONDS_OF_A_LIFE = 1800
MOST_GROWTH_KIB = 1024
MOST_JOURNAL = 64 * 1024 * 1024
MOST_WAL = 4 * 1024 * 1024


class Held:
    """What a process holds of the machine while nothing goes on."""

    def __init__(self, daemon):
        pid = daemon.process.pid
        self.descriptors = sorted(self.kind(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd"))
        self.threads = len(os.listdir(f"/proc/{pid}/task"))
        self.watches = daemon.json("status")["daemon"]["watches"]
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            self.children = file.read().split()
        with open(f"/proc/{pid}/smaps_rollup") as file:
            self.pss_kib = next(int(line.split()[1]) for line in file if line.startswith("Pss:"))

    @staticmethod
    def kind(link):
        try:
            return os.readlink(link).split(":[")[0]
        except FileNotFoundError:
            return "closed meanwhile"


def at_rest(daemon):
    """What it holds once two looks, one after the other, see the same."""
    last = None
    for _ in range(300):
        held = Held(daemon)
        now = (held.descriptors, held.threads, held.watches, held.children)
        if now == last:
            return held
        last = now
        time.sleep(0.1)
    raise AssertionError(f"it does not come to rest: {last}")


class Soak(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.lab = lab.Lab()
        self.daemon = lab.Daemon(f"{self.lab.folder}/daemon")
        self.daemon.policy("soak.yaml", lab.policy_text("soak"))
        self.venvs = [self.lab.project(f"project-{i}") for i in range(ENVIRONMENTS)]
        self.daemon.start()
        self.addCleanup(self.daemon.kill)
        self.ctl("policy", "approve", "soak")
        self.ctl("add", f"{self.lab.folder}/projects")
        for venv in self.venvs:
            self.wait_for(venv, "healthy")

    def ctl(self, *words, code=0):
        done = self.daemon.ctl(*words)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}{done.stderr}\n{self.daemon.said()}")
        return done.stdout

    def wait_for(self, venv, state):
        lab.wait_for(lambda: (self.daemon.environment_at(venv) or {}).get("state") == state, f"{venv} is {state}", self.daemon.said, 60)

    def fix(self, venv):
        breakages.remove_backend(venv)
        self.wait_for(venv, "broken")
        self.ctl("fix", venv, "--yes", "--wait")
        self.wait_for(venv, "healthy")

    # -- what goes on --

    def a_fix(self, venv):
        self.fix(venv)

    def a_fix_that_is_taken_back(self, venv):
        self.fix(venv)
        run = self.daemon.json("history", venv)["runs"][0]["id"]
        self.ctl("undo", run)
        self.wait_for(venv, "broken")
        self.ctl("fix", venv, "--yes", "--wait")
        self.wait_for(venv, "healthy")

    def a_plan_that_is_rejected(self, venv):
        backend = breakages.backend(venv)
        os.rename(backend, f"{self.lab.folder}/aside")
        self.wait_for(venv, "broken")
        plan = self.daemon.json("plan", venv)["plans"][0]["id"]
        self.ctl("reject", plan)
        os.rename(f"{self.lab.folder}/aside", backend)
        self.wait_for(venv, "healthy")

    def a_hold(self, venv):
        self.ctl("hold", venv, "--for", "1h")
        self.ctl("release", venv)

    def a_reload(self, _):
        self.ctl("reload")

    def a_storm(self, venv):
        folder = f"{lab.site_packages(venv)}/storm"
        for _ in range(20):
            os.makedirs(folder)
            for i in range(20):
                open(f"{folder}/{i}.py", "w").close()
            shutil.rmtree(folder)

    def a_visitor(self, venv):
        """An environment that comes, is judged, and goes."""
        project = f"{self.lab.folder}/projects/visitor"
        os.makedirs(project)
        shutil.copytree(venv, f"{project}/.venv", symlinks=True)
        lab.settle(f"{project}/.venv", venv)
        self.wait_for(f"{project}/.venv", "healthy")
        shutil.rmtree(project)
        lab.wait_for(lambda: self.daemon.environment_at(f"{project}/.venv") is None, "the visitor is forgotten", self.daemon.said)

    EVENTS = (a_fix, a_fix_that_is_taken_back, a_plan_that_is_rejected, a_hold, a_reload, a_storm, a_visitor)

    def rounds(self, count, until):
        for number in range(count):
            if time.monotonic() > until:
                return
            self.EVENTS[number % len(self.EVENTS)](self, self.random.choice(self.venvs))
            for venv in self.venvs:
                self.wait_for(venv, "healthy")

    def test_a_daemon_holds_no_more_after_a_long_time_than_before(self):
        for life in range(LIVES):
            begun = time.monotonic()
            # After which all that is kept is there: what is kept of environments and of what was done has a limit.
            self.rounds(ROUNDS_OF_A_LIFE if LONG else len(self.EVENTS), begun + SECONDS_OF_A_LIFE / 2)
            before = at_rest(self.daemon)
            self.rounds(ROUNDS_OF_A_LIFE, begun + SECONDS_OF_A_LIFE)
            after = at_rest(self.daemon)
            for what in ("descriptors", "threads", "watches", "children"):
                self.assertEqual(getattr(after, what), getattr(before, what), f"{what}, life {life}")
            self.assertLessEqual(after.pss_kib - before.pss_kib, MOST_GROWTH_KIB, f"memory, life {life}")
            print(f"life {life}: {len(after.descriptors)} descriptors, {after.watches} watches, {after.threads} threads, "
                  f"PSS {before.pss_kib} KiB, then {after.pss_kib} KiB", flush=True)
            if life % 2:
                self.daemon.kill()
            else:
                self.assertEqual(self.daemon.stop()[1], 0)
            self.daemon.start()
            for venv in self.venvs:
                self.wait_for(venv, "healthy")
        state = self.daemon.state
        self.assertLessEqual(os.path.getsize(f"{state}/journal.sqlite"), MOST_JOURNAL)
        for wal in glob.glob(f"{state}/journal.sqlite-wal"):
            self.assertLessEqual(os.path.getsize(wal), MOST_WAL)
        for venv in self.venvs:
            self.assertEqual(glob.glob(f"{venv}/.envfix/stage/*"), [], "a stage was left")
        self.daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.process.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
