"""What keeps the daemon off: a hold, a window, quarantine, a person who took things away on purpose; and how each of them ends."""
import glob
import json
import os
import re
import shutil
import time
import unittest

import breakages
import lab

FOLDER = WHEELS = None


def setUpModule():
    global FOLDER, WHEELS
    FOLDER = lab.tempfile.mkdtemp(prefix="envfix-brakes-")
    lab.atexit.register(shutil.rmtree, FOLDER, True)
    WHEELS = lab.wheelhouse()


def policy(name, mode, more=""):
    return lab.policy_text(name, "cffi-backend-missing, package-not-installed", mode=mode, more=more)


class Brakes(unittest.TestCase):
    def setUp(self):
        self.daemon = lab.Daemon(os.path.join(FOLDER, self._testMethodName))
        self.venv = os.path.join(self.daemon.folder, "project", ".venv")
        os.makedirs(os.path.dirname(self.venv))
        lab.must([lab.PYTHON, "-m", "venv", "--without-pip", self.venv], env=lab.clean_environment())
        self.pip(self.venv, "install", "-q", "--no-compile", "--no-index", "--find-links", WHEELS, "cffi")
        self.daemon.start()
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(self.venv)).returncode, 0)
        lab.wait_for(lambda: self.daemon.kept("cffi"), "kept in the store", self.daemon.said)

    def tearDown(self):
        self.daemon.kill()

    def pip(self, venv, *words):
        wheel = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"))[-1]
        lab.must([f"{venv}/bin/python", "-I", f"{wheel}/pip", *words], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))

    def use(self, text):
        self.daemon.policy("brakes.yaml", text)
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        self.assertEqual(self.daemon.ctl("policy", "approve", "brakes").returncode, 0)

    def state(self):
        return self.daemon.environment_at(self.venv)["state"]

    def break_it(self):
        breakages.remove_backend(self.venv)
        self.daemon.ctl("check", self.venv)

    def fixed(self):
        return [run for run in self.daemon.json("history", self.venv)["runs"] if run["state"] == "fixed"]

    def test_a_hold_stops_a_person_and_a_policy_until_its_time_is_over(self):
        self.use(policy("brakes", "auto"))
        held = self.daemon.ctl("hold", self.venv, "--for", "6s", "--reason", "release day")
        self.assertEqual(held.returncode, 0, held.stderr)
        self.break_it()
        refused = self.daemon.ctl("fix", self.venv, "--yes", "--wait")
        self.assertEqual(refused.returncode, 13, refused.stdout + refused.stderr)
        self.assertIn("release day", refused.stderr)
        self.assertEqual(self.fixed(), [])
        # Nobody touches anything: when the time is over the policy acts by itself.
        lab.wait_for(self.fixed, "the policy acts when the hold is over", self.daemon.said)
        lab.wait_for(lambda: self.state() == "healthy", "healthy", self.daemon.said)
        self.assertNotIn("held", json.dumps(self.daemon.environment_at(self.venv)))

    def test_a_hold_is_ended_by_release(self):
        self.use(policy("brakes", "ask"))
        self.daemon.ctl("hold", self.venv)
        self.break_it()
        self.assertEqual(self.daemon.ctl("fix", self.venv, "--yes", "--wait").returncode, 13)
        self.daemon.stop()
        self.daemon.start()
        lab.wait_for(lambda: self.daemon.environment_at(self.venv), "known again")
        self.assertEqual(self.daemon.ctl("fix", self.venv, "--yes", "--wait").returncode, 13, "a hold outlives a restart")
        self.assertEqual(self.daemon.ctl("release", self.venv).returncode, 0)
        self.assertEqual(self.daemon.ctl("fix", self.venv, "--yes", "--wait").returncode, 0, self.daemon.said())

    def test_a_policy_waits_for_its_window_and_acts_when_it_opens(self):
        opens = time.localtime(time.time() + 70)
        closes = time.localtime(time.time() + 3600)
        window = f"{opens.tm_hour:02}:{opens.tm_min:02}-{closes.tm_hour:02}:{closes.tm_min:02}"
        self.use(policy("brakes", "auto", f'limits: {{window: "{window}"}}\n'))
        self.break_it()
        before = time.mktime(opens) - opens.tm_sec
        lab.wait_for(self.fixed, "the policy acts when the window opens", self.daemon.said, 120)
        self.assertGreaterEqual(self.fixed()[0]["started_s"], before)

    def test_what_fails_again_and_again_is_left_alone_and_says_who_wrote_last(self):
        self.use(policy("brakes", "ask", "limits: {attempts: 2}\nverify: {command: [\"python\", \"-c\", \"raise SystemExit(3)\"]}\n"))
        self.break_it()
        for _ in range(2):
            self.assertEqual(self.daemon.ctl("fix", self.venv, "--yes", "--wait").returncode, 5, self.daemon.said())
        refused = self.daemon.ctl("fix", self.venv, "--yes", "--wait")
        self.assertEqual(refused.returncode, 13, refused.stdout + refused.stderr)
        lab.wait_for(lambda: self.state() == "quarantined", "quarantined is shown", self.daemon.said)
        shown = self.daemon.ctl("show", self.venv).stdout + self.daemon.ctl("status", self.venv).stdout
        self.assertRegex(re.sub(r"\s+", " ", shown), r"pip wrote \w+ [\d.]+ last")
        self.daemon.stop()
        self.daemon.start()
        lab.wait_for(lambda: self.daemon.environment_at(self.venv) and self.state() == "quarantined", "it outlives a restart")
        self.use(policy("brakes", "ask"))
        self.assertEqual(self.daemon.ctl("fix", self.venv, "--yes", "--wait").returncode, 13)
        self.assertEqual(self.daemon.ctl("release", self.venv).returncode, 0)
        self.assertEqual(self.daemon.ctl("fix", self.venv, "--yes", "--wait").returncode, 0, self.daemon.said())

    def test_what_a_person_uninstalls_on_purpose_is_not_put_back(self):
        self.use(policy("brakes", "auto"))
        self.pip(self.venv, "uninstall", "-q", "-y", "cffi", "pycparser")
        self.daemon.ctl("check", self.venv)
        self.assertEqual(self.daemon.json("history", self.venv)["runs"], [])
        self.assertFalse(os.path.exists(f"{lab.site_packages(self.venv)}/cffi"))
        self.assertEqual(self.state(), "healthy")

    def test_an_older_run_is_undone_where_later_ones_do_not_stand_in_its_way(self):
        self.use(policy("brakes", "ask"))
        runs = []
        for _ in range(2):
            self.break_it()
            done = self.daemon.ctl("fix", self.venv, "--yes", "--wait")
            self.assertEqual(done.returncode, 0, done.stderr)
            runs.append(self.fixed()[0]["id"])
        refused = self.daemon.ctl("undo", runs[0])
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn(runs[1], refused.stderr, "it says which run stands in its way")
        self.assertEqual(self.daemon.ctl("undo", runs[1]).returncode, 0)

    def test_policy_why_and_test_say_what_would_be_done(self):
        self.daemon.policy("brakes.yaml", policy("brakes", "ask"))
        self.daemon.ctl("reload")
        self.break_it()
        why = self.daemon.ctl("policy", "why", self.venv)
        self.assertEqual(why.returncode, 0, why.stderr)
        self.assertIn("brakes", why.stdout)
        self.assertRegex(why.stdout, "Nobody has approved it")
        self.daemon.ctl("policy", "approve", "brakes")
        tested = self.daemon.json("policy", "test", "brakes")
        verdicts = [v for v in next(v for v in tested.values() if isinstance(v, list))]
        why_not = {v["path"]: v["reason"] for v in verdicts if not v["acts"]}
        self.assertEqual(why_not[self.venv], "Its mode is ask: a person approves each plan.", "nothing else keeps it off")


if __name__ == "__main__":
    unittest.main(verbosity=2)
