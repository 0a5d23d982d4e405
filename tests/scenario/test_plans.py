"""What a plan says of itself: that nothing of it can be done, that it has been tried, and that none is made while a run works."""
import functools
import glob
import http.server
import json
import os
import shutil
import subprocess
import threading
import unittest

import breakages
import lab

FOLDER = WHEELS = None


def setUpModule():
    global FOLDER, WHEELS
    FOLDER = lab.tempfile.mkdtemp(prefix="envfix-plans-")
    lab.atexit.register(shutil.rmtree, FOLDER, True)
    WHEELS = lab.wheelhouse()


class Index:
    """The wheelhouse as an index on a port of its own, which can be away."""

    def __init__(self, folder):
        pages = os.path.join(folder, "simple", "cffi")
        os.makedirs(pages)
        for wheel in glob.glob(f"{WHEELS}/cffi-*.whl"):
            shutil.copy(wheel, pages)
        self.handler = functools.partial(self.Quiet, directory=folder)
        taken = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self.port = taken.server_address[1]
        taken.server_close()
        self.server = None

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    def begin(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), self.handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()


class Plans(unittest.TestCase):
    def setUp(self):
        self.daemon = lab.Daemon(os.path.join(FOLDER, self._testMethodName))
        self.venv = os.path.join(self.daemon.folder, "project", ".venv")
        os.makedirs(os.path.dirname(self.venv))
        lab.must([lab.PYTHON, "-m", "venv", self.venv], env=lab.clean_environment())
        lab.must([f"{self.venv}/bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index",
                  "--find-links", WHEELS, "cffi"], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))

    def tearDown(self):
        self.daemon.kill()

    def start(self):
        self.daemon.start()
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(self.venv)).returncode, 0)

    def use(self, ladder, mode="ask", more=""):
        text = (f"envfix: 1\nfix: plans\ndescribe: d\nwhen:\n  findings: [cffi-backend-missing]\n"
                f"do:\n{ladder}mode: {mode}\n{more}")
        self.daemon.policy("plans.yaml", text)
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        self.assertEqual(self.daemon.ctl("policy", "approve", "plans").returncode, 0)

    def kept(self):
        lab.wait_for(lambda: glob.glob(f"{self.daemon.state}/store/index/cffi/*"), "kept in the store", self.daemon.said)

    def break_it(self):
        breakages.remove_backend(self.venv)
        self.daemon.ctl("check", self.venv)

    def state(self):
        return self.daemon.environment_at(self.venv)["state"]

    def plans(self, *states):
        return [p for p in self.daemon.json("status")["plans"] if p["state"] in states]

    def typed(self, words):
        """The command behind "next" in what is printed."""
        said = self.daemon.ctl(*words).stdout
        return [line.split(None, 1)[1] for line in said.splitlines() if line.split(None, 1)[:1] == ["next"]]


class WhereNothingCanBeDone(Plans):
    def setUp(self):
        super().setUp()
        self.index = Index(os.path.join(self.daemon.folder, "index"))
        self.url = f"http://127.0.0.1:{self.index.port}/simple"
        self.ladder = f"  - restore: cffi\n  - pip: {{reinstall: [cffi], index-url: \"{self.url}\"}}\n"
        breakages.remove_backend(self.venv)  # before the daemon has ever seen it: nothing is in the store

    def tearDown(self):
        super().tearDown()
        self.index.end()

    def told(self, words, code):
        """What is printed, on one line."""
        done = self.daemon.ctl(*words, timeout=300)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return " ".join((done.stdout + done.stderr).split())

    def test_nobody_is_asked_to_approve_it_and_everybody_is_told_why(self):
        self.start()
        self.use(self.ladder)
        lab.wait_for(lambda: self.plans("advice"), "it was looked into", self.daemon.said, 120)
        self.assertEqual(self.state(), "broken")
        for words, code in ((["status", self.venv], 11), (["plan", self.venv], 0), (["fix", self.venv], 1), (["fix", self.venv, "--yes"], 1)):
            with self.subTest(" ".join(words)):
                said = self.told(words, code)
                self.assertIn("the store of known-good files has no cffi", said)
                self.assertIn(f"cannot be reached: index {self.url}", said)
                self.assertIn(f"next envfixctl plan {self.venv}", said)
                self.assertNotIn("envfixctl approve", said)
        self.assertEqual(self.state(), "broken")
        plan, = self.daemon.json("status")["plans"]
        self.assertEqual((plan["state"], plan["advice"]), ("advice", f"envfixctl plan {self.venv}"))
        self.assertTrue(all(rung["unavailable"] for rung in plan["ladder"]), plan["ladder"])
        self.assertIn("restore cffi (the store", plan["reason"])
        refused = self.daemon.ctl("approve", plan["id"])
        self.assertEqual((refused.returncode, len(refused.stderr.splitlines())), (1, 1), refused.stderr)
        self.assertEqual(self.daemon.json("history", self.venv)["runs"], [])

    def test_what_is_said_next_works_as_soon_as_the_reason_is_gone(self):
        self.start()
        self.use(self.ladder)
        lab.wait_for(lambda: self.plans("advice"), "it was looked into", self.daemon.said, 120)
        first, = self.plans("advice")
        self.told(["plan", self.venv], 0)
        self.assertEqual([p["id"] for p in self.plans("advice")], [first["id"]], "the same again is no new plan")
        self.index.begin()
        command, = self.typed(["status", self.venv])
        self.assertIn("pip-reinstall", self.daemon.json(*command.split()[1:])["plans"][0]["ladder"][1]["steps"][0]["kind"])
        self.assertEqual(self.state(), "awaiting-approval")
        self.assertEqual(self.plans("advice"), [])
        waiting, = self.plans("waiting")
        self.assertEqual(self.daemon.ctl("approve", waiting["id"], "--wait").returncode, 0, self.daemon.said())
        self.assertEqual(self.state(), "healthy")

    def test_a_policy_in_mode_auto_looks_once_and_says_so_once(self):
        self.start()
        self.use(self.ladder, "auto")
        lab.wait_for(lambda: self.plans("advice"), "it was looked into", self.daemon.said, 120)
        for _ in range(5):
            self.daemon.ctl("reload")  # each judges it again
            self.assertEqual(self.state(), "broken")
        self.assertEqual(len(self.plans("advice", "waiting", "stale")), 1)
        self.assertEqual(self.daemon.said().count("can be done as things are"), 1, self.daemon.said())


class WhileARunWorks(Plans):
    def test_no_plan_is_made_and_the_run_is_named(self):
        self.start()
        self.kept()
        gate = os.path.join(self.daemon.folder, "gate")
        os.mkfifo(gate)
        self.use("  - restore: cffi\n", more=f"verify: {{command: {json.dumps(['/bin/cat', gate])}}}\n")
        self.break_it()
        fixing = subprocess.Popen([lab.ENVFIXCTL, "--user", "fix", self.venv, "--yes", "--wait"], env=self.daemon.environment,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            lab.wait_for(lambda: glob.glob(f"{lab.site_packages(self.venv)}/_cffi_backend*.so"), "its proof is at work", self.daemon.said)
            run = self.daemon.json("history", self.venv)["runs"][0]
            self.assertEqual(run["state"], "running")
            for words in (["plan", self.venv], ["fix", self.venv], ["fix", self.venv, "--yes"]):
                busy = self.daemon.ctl(*words)
                self.assertEqual(busy.returncode, 1, busy.stdout)
                self.assertIn(run["id"], busy.stderr)
            self.daemon.ctl("check", self.venv)
            self.daemon.ctl("reload")
            self.assertEqual([p["state"] for p in self.daemon.json("status")["plans"]], ["running"])
        finally:
            with open(gate, "w"):
                pass
        said = fixing.communicate(timeout=60)[0]
        self.assertEqual(fixing.returncode, 0, said + self.daemon.said())
        self.assertEqual((self.state(), self.plans("waiting", "advice")), ("healthy", []))


if __name__ == "__main__":
    unittest.main(verbosity=2)
