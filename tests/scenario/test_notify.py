"""What a person is told unasked: messages on a desktop, by a stand-in for its notification server (tests/support)."""
import json
import os
import subprocess
import threading
import unittest

import breakages
import lab

LAB = None
POLICY = "cffi-backend-missing"


def setUpModule():
    global LAB
    LAB = lab.Lab()


class Desktop:
    """The stand-in as a process; what it was asked to show, in order."""

    def __init__(self):
        self.process = subprocess.Popen([os.path.join(lab.BUILD, "tests", "notification_stand_in")], text=True,
                                        env=lab.clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.said = []
        assert json.loads(self.process.stdout.readline())["ready"]
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def shown(self):
        return [m for m in self.said if "title" in m]

    def closed(self):
        return [m["closed"] for m in self.said if "closed" in m]

    def press(self, message):
        self.process.stdin.write(f"press {message['id']} {message['actions'][0]}\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Messages(unittest.TestCase):
    def setUp(self):
        self.desktop = Desktop()
        self.daemon = lab.Daemon(os.path.join(LAB.folder, self._testMethodName))
        self.config("")
        self.daemon.start()

    def tearDown(self):
        self.daemon.kill()
        self.desktop.end()

    def config(self, text):
        with open(os.path.join(self.daemon.config, "envfixd.yaml"), "w") as file:
            file.write("envfix: 1\n" + text)

    def venv(self, name):
        venv = LAB.project(f"{self._testMethodName}-{name}")
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(venv)).returncode, 0)
        self.assertEqual(self.daemon.environment_at(venv)["state"], "healthy")
        return venv

    def state(self, venv):
        return self.daemon.environment_at(venv)["state"]

    def wait(self, condition, what):
        return lab.wait_for(condition, what, lambda: f"{self.desktop.said}\n{self.daemon.said()}")

    def settle(self):
        """A message that would come unasked has come by the time that one asked for has: a new environment breaks and is told."""
        known = len(self.desktop.shown())
        venv = self.venv(f"later-{known}")
        breakages.remove_backend(venv)
        self.wait(lambda: any(venv in m["body"] for m in self.desktop.shown()[known:]), "the one asked for")
        return [m for m in self.desktop.shown()[known:] if venv not in m["body"]]

    def test_what_breaks_is_told_once_also_over_a_restart(self):
        venv = self.venv("a")
        breakages.remove_backend(venv)
        message = self.wait(self.desktop.shown, "a message")[0]
        self.assertIn("is broken", message["title"])
        self.assertIn(f"envfixctl status {venv}", message["body"])
        self.assertEqual(message["actions"], [])

        with self.subTest("neither another look nor a restart tells it again"):
            self.daemon.ctl("check", venv)
            self.daemon.stop()
            self.daemon.start()
            self.assertEqual(self.settle(), [])

    def test_a_button_repairs_by_the_plan_that_was_shown(self):
        self.assertEqual(self.daemon.ctl("policy", "approve", POLICY).returncode, 0)
        venv = self.venv("a")
        breakages.remove_backend(venv)
        offered = self.wait(lambda: [m for m in self.desktop.shown() if m["actions"]], "a button")[0]
        self.assertEqual(offered["actions"][1], "Repair")
        self.assertIn(f"envfixctl plan {venv}", offered["body"])
        self.assertFalse(lab.import_chain(f"{venv}/bin/python")[0], "nothing is done before that")
        self.desktop.press(offered)
        self.wait(lambda: self.state(venv) == "healthy", "repaired")
        self.assertTrue(lab.import_chain(f"{venv}/bin/python")[0])
        self.wait(lambda: offered["id"] in self.desktop.closed(), "the message is taken back")
        runs = self.daemon.json("history", venv)["runs"]
        self.assertIn(f"(uid {os.getuid()})", runs[0]["approved_by"])

    def test_a_button_of_an_older_plan_repairs_nothing(self):
        self.assertEqual(self.daemon.ctl("policy", "approve", POLICY).returncode, 0)
        venv = self.venv("a")
        breakages.remove_backend(venv)
        offered = self.wait(lambda: [m for m in self.desktop.shown() if m["actions"]], "a button")[0]
        plan = [p for p in self.daemon.json("status")["plans"] if p["state"] == "waiting"][0]
        self.assertEqual(self.daemon.ctl("reject", plan["id"]).returncode, 0)
        self.desktop.press(offered)
        answer = self.wait(lambda: [m for m in self.desktop.shown() if m["title"] == "Not repaired"], "an answer")[0]
        self.assertIn("envfixctl plan", answer["body"])
        self.assertEqual(self.daemon.json("history", venv)["runs"], [])

    def test_many_at_once_are_one_message(self):
        venvs = [self.venv(str(i)) for i in range(6)]
        for venv in venvs:
            breakages.remove_backend(venv)
        self.wait(lambda: any("6 Python environments" in m["title"] for m in self.desktop.shown()), "one message")
        self.assertEqual({m["id"] for m in self.desktop.shown()}, {self.desktop.shown()[0]["id"]})

    def test_it_can_be_switched_off(self):
        self.config("notify: {desktop: false}\n")
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        venv = self.venv("a")
        breakages.remove_backend(venv)
        self.wait(lambda: self.state(venv) == "broken", "broken")
        self.config("notify: {desktop: true}\n")
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        self.wait(lambda: len(self.desktop.shown()) == 1, "once it is on again, and not before")

    def test_a_desktop_that_comes_later_is_told_then(self):
        self.desktop.end()
        venv = self.venv("a")
        breakages.remove_backend(venv)
        self.wait(lambda: self.state(venv) == "broken", "broken")
        self.desktop = Desktop()
        self.wait(lambda: any(venv in m["body"] for m in self.desktop.shown()), "told")


if __name__ == "__main__":
    unittest.main(verbosity=2)
