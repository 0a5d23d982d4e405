"""What no client of ours would send: every method that the daemon describes of itself, with hostile arguments. It answers each."""
import os
import subprocess
import unittest

import breakages
import lab

SEED = 20261122
CALLS = 1_000_000 if os.environ.get("ENVFIX_LONG_TESTS") else 5_000
# What a daemon that keeps nothing of such calls may have grown by: caches, arenas, the allocator's own slack.
GROWTH_AT_MOST_KIB = 64 * 1024


def setUpModule():
    global LAB
    LAB = lab.Lab()


def is_sanitized():
    with open(f"{lab.BUILD}/CMakeCache.txt") as file:
        return any(line.startswith("ENVFIX_SANITIZE:") and line.strip().split("=", 1)[1] for line in file)


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


class MalformedCalls(unittest.TestCase):
    def setUp(self):
        self.daemon = lab.Daemon(os.path.join(LAB.folder, self._testMethodName))
        self.daemon.start()
        self.addCleanup(self.daemon.kill)
        for name in ("whole", "broken"):
            venv = LAB.project(name)
            self.assertEqual(self.daemon.ctl("add", os.path.dirname(venv)).returncode, 0)
            lab.wait_for(lambda: self.daemon.environment_at(venv), "it is known", self.daemon.said)
        breakages.remove_backend(venv)
        lab.wait_for(lambda: self.daemon.environment_at(venv)["state"] == "broken", "it is seen", self.daemon.said)
        self.daemon.ctl("plan", venv)
        self.assertTrue(self.daemon.json("status")["plans"], "a plan is there to be called upon")

    def call(self, calls, seed):
        done = subprocess.run([f"{lab.BUILD}/tests/malformed_calls", "org.envfix1", "/org/envfix1", str(calls), str(seed)],
                              env=self.daemon.environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"seed {seed}: {done.stdout}{done.stderr}\n{self.daemon.said()}")
        return done.stdout

    def test_each_is_answered_by_the_same_daemon(self):
        pid = self.daemon.process.pid
        self.call(500, SEED)
        resident, files = resident_kib(pid), len(os.listdir(f"/proc/{pid}/fd"))
        print(self.call(CALLS, SEED + 1))
        self.assertIsNone(self.daemon.process.poll(), self.daemon.said())
        if not is_sanitized():  # which keeps what was freed
            self.assertLess(resident_kib(pid) - resident, GROWTH_AT_MOST_KIB)
        self.assertLessEqual(len(os.listdir(f"/proc/{pid}/fd")), files + 8)
        seconds, code = self.daemon.stop()
        self.assertEqual(code, 0, self.daemon.said())


if __name__ == "__main__":
    unittest.main(verbosity=2)
