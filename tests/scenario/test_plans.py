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
        self.addCleanup(self.daemon.kill)

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
        lab.wait_for(lambda: self.daemon.kept("cffi"), "kept in the store", self.daemon.said)

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
        self.addCleanup(self.index.end)

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


class TriedWhenPlanned(Plans):
    """A plan that needs nothing but the store is tried while nobody waits."""

    def setUp(self):
        super().setUp()
        self.start()
        self.kept()

    def waiting(self):
        plan, = lab.wait_for(lambda: self.plans("waiting"), "a plan waits", self.daemon.said)
        return plan

    def trial_of(self, run):
        return [event["text"] for event in run["events"] if event["step"] == "trial"]

    def left_behind(self):
        return os.path.exists(f"{self.venv}/.envfix")

    def hang(self, name="hang"):
        """Whatever starts in the environment from now on waits, until the file is gone."""
        path = f"{lab.site_packages(self.venv)}/{name}.pth"
        with open(path, "w") as file:
            file.write("import time; time.sleep(600)\n")
        return path

    def test_the_plan_says_so_and_its_run_does_not_try_it_again(self):
        self.use("  - restore: cffi\n")
        before = lab.tree(self.venv)
        self.break_it()
        plan = lab.wait_for(lambda: [p for p in self.plans("waiting") if p["reason"]], "it is tried", self.daemon.said)[0]
        self.assertFalse(self.left_behind())
        said = "tried when planned: the chain works in a copy of the environment"
        self.assertEqual(plan["reason"], said)
        self.assertIn(said, self.daemon.ctl("plan", self.venv).stdout)
        self.assertIn(said, " ".join(self.daemon.ctl("policy", "why", self.venv).stdout.split()))
        self.assertEqual(self.daemon.ctl("approve", plan["id"], "--wait").returncode, 0, self.daemon.said())
        run = self.daemon.json("history", self.venv)["runs"][0]
        self.assertEqual(self.trial_of(run), ["tried when it was planned: the chain works in a copy of the environment"])
        self.assertEqual(lab.differences(before, lab.tree(self.venv)), [])
        # Whatever is not just that is tried as ever: here another daemon, which remembers nothing, and no policy to act on.
        self.break_it()
        plan = self.waiting()
        self.daemon.ctl("policy", "revoke", "plans")
        self.daemon.kill()
        self.daemon.start()
        lab.wait_for(lambda: self.daemon.environment_at(self.venv), "known again", self.daemon.said)
        self.daemon.ctl("hold", self.venv)
        self.daemon.ctl("policy", "approve", "plans")
        self.daemon.ctl("release", self.venv)
        self.assertEqual(self.daemon.ctl("approve", plan["id"], "--wait").returncode, 0, self.daemon.said())
        self.assertEqual(len(self.trial_of(self.daemon.json("history", self.venv)["runs"][0])), 1)
        self.assertEqual(lab.differences(before, lab.tree(self.venv)), [])

    def test_in_mode_auto_it_is_tried_once(self):
        self.use("  - restore: cffi\n", "auto")
        self.break_it()
        fixed = lab.wait_for(lambda: [r for r in self.daemon.json("history", self.venv)["runs"] if r["state"] == "fixed"], "fixed",
                             self.daemon.said)
        self.assertEqual(self.trial_of(fixed[0]), ["tried when it was planned: the chain works in a copy of the environment"])

    def test_a_rung_that_fails_its_trial_is_left_out_of_the_plan_that_is_shown(self):
        self.use("  - restore: cffi\n  - pip: {reinstall: [cffi], find-links: [" + json.dumps(WHEELS) + "]}\n")
        with open(f"{lab.site_packages(self.venv)}/bent.pth", "w") as file:
            file.write("import sys; sys.modules['cffi'] = None\n")
        self.break_it()
        plan = self.waiting()
        first, second = plan["ladder"]
        self.assertIn("tried in a copy of the environment: importing", first["unavailable"])
        self.assertEqual((second["unavailable"], plan["reason"]), ("", ""))
        self.assertFalse(self.left_behind())

    def test_an_end_in_the_middle_of_it_leaves_nothing(self):
        self.use("  - restore: cffi\n")
        hanging = self.hang()
        self.break_it()
        lab.wait_for(self.left_behind, "it is tried", self.daemon.said)
        seconds, code = self.daemon.stop()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 2)
        self.assertFalse(self.left_behind())
        self.daemon.start()
        lab.wait_for(self.left_behind, "it is tried again", self.daemon.said)
        self.daemon.kill()
        self.assertTrue(self.left_behind())
        os.unlink(hanging)
        self.daemon.start()
        self.waiting()
        self.assertFalse(self.left_behind())

    def test_nobody_waits_for_the_trial_of_another_environment(self):
        other = os.path.join(self.daemon.folder, "project", "other")
        lab.must(["cp", "-a", self.venv, other])
        lab.settle(other, self.venv)
        lab.wait_for(lambda: len(self.daemon.kept("cffi")) == 2, "both are kept", self.daemon.said)
        self.use("  - restore: cffi\n")
        self.hang()
        self.break_it()
        lab.wait_for(self.left_behind, "it is tried", self.daemon.said)
        breakages.remove_backend(other)
        done = self.daemon.ctl("fix", other, "--yes", "--wait", timeout=20)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(self.left_behind(), "it is still tried")


class DamagedStore(Plans):
    """What a person, a disk or another program did to the store of known-good files: no environment changes meanwhile."""

    def setUp(self):
        super().setUp()
        self.start()
        self.kept()
        self.store = f"{self.daemon.state}/store"

    def told(self, times):
        said = self.daemon.said()
        self.assertEqual(said.count("it is filled again from healthy environments"), times, said)
        check, = [c for c in self.daemon.json("doctor")["checks"] if c["topic"] == "state directory"]
        self.assertEqual(check["state"], "warning", check)
        self.assertIn("damage was found", check["text"])

    def check_that_it_serves(self):
        self.use("  - restore: cffi\n")
        self.break_it()
        done = self.daemon.ctl("fix", self.venv, "--yes", "--wait")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.daemon.said())

    def test_a_folder_that_was_removed_is_filled_again(self):
        shutil.rmtree(self.store)
        self.daemon.ctl("check", self.venv)
        self.kept()
        lab.wait_for(lambda: "was removed" in self.daemon.said(), "it is told", self.daemon.said)
        self.told(1)
        self.check_that_it_serves()

    def test_what_is_damaged_in_it_is_filled_again(self):
        index, = self.daemon.kept("cffi")
        os.truncate(index, 40)
        backend = max(glob.glob(f"{self.store}/??/*"), key=os.path.getsize)
        with open(backend, "r+b") as file:
            file.seek(1000)
            file.write(b"XXXX")
        self.daemon.ctl("reload")
        lab.wait_for(lambda: os.path.exists(index) and os.path.getsize(index) > 40, "the index is whole", self.daemon.said)
        lab.wait_for(lambda: b"XXXX" not in open(backend, "rb").read(1100) if os.path.exists(backend) else False, "the file is whole",
                     self.daemon.said)
        self.told(len(os.listdir(f"{self.store}/damaged")))
        self.check_that_it_serves()


if __name__ == "__main__":
    unittest.main(verbosity=2)
