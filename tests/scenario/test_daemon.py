"""The daemon as a process on a real bus: its life, and a fix through the CLI alone, interrupted and not."""
import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import breakages
import lab

LAB = None


def setUpModule():
    global LAB
    LAB = lab.Lab()


def crc32c(data):
    """Castagnoli's, bit by bit: a forger has it, too."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Life(unittest.TestCase):
    def setUp(self):
        self.daemon = lab.Daemon(os.path.join(LAB.folder, self._testMethodName))
        self.daemon.start()

    def tearDown(self):
        self.daemon.kill()

    def test_sigterm_ends_it_cleanly_within_a_second(self):
        seconds, code = self.daemon.stop()
        self.assertEqual(code, 0, self.daemon.said())
        self.assertLess(seconds, 1)

    def test_the_second_one_says_so_and_leaves(self):
        second = lab.run([lab.ENVFIXD, "--user"], env=self.daemon.environment)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another envfixd", second.stderr)
        self.assertEqual(self.daemon.ctl("status").returncode, 0)

    def test_sighup_reads_policies_again(self):
        self.daemon.policy("mine.yaml", "envfix: 1\nfix: mine\ndescribe: Tell me\nwhen:\n  findings: [corrupt-binary]\n"
                                        "do:\n  - advise: look at it\nmode: ask\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        lab.wait_for(lambda: "mine" in {p["name"] for p in self.daemon.json("policy", "list")["policies"]}, "read again",
                     self.daemon.said)

    def test_it_tells_systemd(self):
        import socket
        path = os.path.join(self.daemon.folder, "notify")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(path)
        listener.settimeout(20)
        self.daemon.stop()
        self.daemon.environment["NOTIFY_SOCKET"] = path
        self.daemon.environment["WATCHDOG_USEC"] = "400000"
        self.daemon.start()
        heard = ""
        end = time.monotonic() + 10
        while not all(word in heard for word in ("READY=1", "STATUS=", "WATCHDOG=1")) and time.monotonic() < end:
            heard += listener.recv(4096).decode() + "\n"
        self.assertIn("READY=1", heard)
        self.assertIn("STATUS=", heard)
        self.assertIn("WATCHDOG=1", heard)
        self.daemon.process.send_signal(signal.SIGHUP)
        while "RELOADING=1" not in heard and time.monotonic() < end + 10:
            heard += listener.recv(4096).decode() + "\n"
        self.assertIn("RELOADING=1", heard)

    def test_an_answer_that_nobody_takes_is_not_all_well(self):
        for command in ('exec "$@" >/dev/full', 'exec "$@" >&-'):
            done = lab.run(["/bin/sh", "-c", command, "sh", lab.ENVFIXCTL, "--user", "list"], env=self.daemon.environment)
            self.assertEqual(done.returncode, 1, command)
            self.assertIn("standard output", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_the_whole_machine_is_no_root_of_projects(self):
        whole = os.path.join(self.daemon.folder, "whole")
        os.symlink("/", whole)
        for path in ("/", "/usr", "/home", "/proc/self", whole):
            done = self.daemon.ctl("add", path, timeout=20)
            self.assertEqual(done.returncode, 1, path)
            self.assertIn("~/src", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_what_the_kernel_makes_up_holds_no_environment(self):
        way = os.path.join(self.daemon.folder, "way")
        os.symlink("/proc/self", way)
        for path in ("/proc", "/sys", "/proc/self/root", way):
            begun = time.monotonic()
            done = self.daemon.ctl("check", path, timeout=20)
            self.assertLess(time.monotonic() - begun, 3)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("is made up by the kernel", done.stderr)

    @unittest.skipUnless(shutil.which("busctl"), "needs busctl")
    def test_a_path_that_is_not_there_names_no_environment_on_the_bus_either(self):
        venv = LAB.project(self._testMethodName)
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(venv)).returncode, 0)

        def ask(path):
            return lab.run(["busctl", "--user", "call", "org.envfix1", "/org/envfix1", "org.envfix1.Manager", "Show", "s", path],
                           env=self.daemon.environment)

        there = ask(os.path.join(os.path.dirname(venv), "src"))
        self.assertNotEqual(there.returncode, 0)
        self.assertIn("no environment is known by", there.stderr)
        os.makedirs(os.path.join(os.path.dirname(venv), "src"))
        self.assertEqual(ask(os.path.join(os.path.dirname(venv), "src")).returncode, 0)

    def test_no_daemon_is_exit_code_8_with_one_line(self):
        self.daemon.stop()
        done = self.daemon.ctl("status")
        self.assertEqual(done.returncode, 8)
        self.assertEqual(len(done.stderr.splitlines()), 1)


class Fix(unittest.TestCase):
    def setUp(self):
        self.daemon = lab.Daemon(os.path.join(LAB.folder, self._testMethodName))
        pip = os.path.join(self.daemon.environment["HOME"], ".config", "pip")
        os.makedirs(pip)
        with open(os.path.join(pip, "pip.conf"), "w") as file:
            file.write(f"[global]\nno-index = true\nfind-links = {LAB.wheels}\n")
        self.daemon.start()
        self.venv = LAB.project(self._testMethodName)
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(self.venv)).returncode, 0)
        self.assertEqual(self.daemon.environment_at(self.venv)["state"], "healthy")

    def tearDown(self):
        self.daemon.kill()

    def break_it(self):
        breakages.remove_backend(self.venv)
        lab.wait_for(lambda: self.daemon.environment_at(self.venv)["state"] == "broken", "broken", self.daemon.said)

    def test_a_plan_waits_until_a_person_approves_it(self):
        self.break_it()
        refused = self.daemon.ctl("fix", self.venv)
        self.assertEqual(refused.returncode, 7, refused.stderr)
        self.assertEqual(self.daemon.ctl("policy", "approve", "cffi-backend-missing").returncode, 0)
        waiting = self.daemon.ctl("fix", self.venv)
        self.assertEqual(waiting.returncode, 7, waiting.stderr)
        plans = lab.wait_for(lambda: [p for p in self.daemon.json("status")["plans"] if p["state"] == "waiting"], "a plan")
        self.assertFalse(lab.import_chain(f"{self.venv}/bin/python")[0], "nothing is done before that")
        approved = self.daemon.ctl("approve", plans[0]["id"])
        self.assertEqual(approved.returncode, 0, approved.stderr)
        lab.wait_for(lambda: self.daemon.environment_at(self.venv)["state"] == "healthy", "healthy", self.daemon.said)
        self.assertTrue(lab.import_chain(f"{self.venv}/bin/python")[0])

    def typed(self, words):
        """The command behind "next" in what is printed."""
        said = self.daemon.ctl(*words).stdout
        found = [line.split(None, 1)[1] for line in said.splitlines() if line.split(None, 1)[:1] == ["next"]]
        return found[0] if found else None

    def test_typing_what_is_said_next_ends_with_a_healthy_environment(self):
        """Whether one reads it off status, check, show or plan: nothing that is named is refused."""
        for view in ("status", "check", "show", "plan"):
            with self.subTest(view):
                self.daemon.ctl("policy", "revoke", "cffi-backend-missing")
                self.break_it()
                for _ in range(4):
                    command = self.typed((view, self.venv))
                    if command is None:
                        break
                    words = command.split()
                    self.assertEqual(words[0], "envfixctl", command)
                    wait = ["--wait"] if words[1] in ("fix", "approve") else []
                    done = self.daemon.ctl(*words[1:], *(["--yes"] if words[1] == "fix" else []), *wait)
                    self.assertEqual(done.returncode, 0, command + done.stdout + done.stderr)
                self.assertEqual(self.daemon.environment_at(self.venv)["state"], "healthy")

    def test_what_only_a_person_can_do_is_told_everywhere_and_asks_for_no_approval(self):
        project = os.path.dirname(self.venv)
        for name, text in (("jwt.py", "x = 1\n"), ("main.py", "import jwt\n")):
            with open(os.path.join(project, name), "w") as file:
                file.write(text)
        for words in (["check", self.venv], ["plan", self.venv], ["check", self.venv], ["status"], ["show", self.venv], ["fix", self.venv],
                      ["fix", self.venv, "--yes"]):
            done = self.daemon.ctl(*words)
            with self.subTest(" ".join(words)):
                self.assertIn("\n", done.stdout.split("git mv jwt.py tokens.py")[1])
                self.assertNotIn("\\x0a", done.stdout + done.stderr)
                self.assertNotIn("approve", done.stdout + done.stderr)
                self.assertEqual(done.stderr, "")
                self.assertEqual(done.returncode, {"plan": 0, "fix": 1}.get(words[0], 11))
        status = self.daemon.json("status", self.venv)
        self.assertEqual(status["environments"][0]["state"], "degraded")
        self.assertEqual([p["state"] for p in status["plans"]], ["advice"])
        self.assertIn("git mv jwt.py", status["plans"][0]["advice"])
        refused = self.daemon.ctl("approve", status["plans"][0]["id"])
        self.assertEqual((refused.returncode, len(refused.stderr.splitlines())), (1, 1))
        self.assertIn("needs no approval", refused.stderr)

    def test_an_environment_that_is_held_says_so_wherever_it_is_shown(self):
        held = self.daemon.ctl("hold", self.venv, "--reason", "release day")
        release = held.stdout.split(": ", 1)[1].split()
        for words in (["list"], ["show", self.venv], ["check", self.venv]):
            self.assertIn("held", self.daemon.ctl(*words).stdout, words)
        self.assertIn("release day", self.daemon.json("show", self.venv)["environments"][0]["hold"])
        self.assertEqual(self.daemon.ctl(*release[1:]).returncode, 0, release)
        self.assertEqual(self.daemon.environment_at(self.venv)["hold"], "")

    def test_one_that_nobody_looks_after_can_be_added_as_it_is_said(self):
        self.assertEqual(self.daemon.ctl("remove", os.path.dirname(self.venv)).returncode, 0)
        unknown = self.daemon.ctl("show", self.venv)
        self.assertEqual(unknown.returncode, 4)
        add = unknown.stderr.split("envfixctl add ")[1].strip()
        breakages.remove_backend(self.venv)
        self.assertIn(f"envfixctl add {add}", self.daemon.ctl("check", self.venv).stdout)
        self.assertEqual(self.daemon.ctl("add", add).returncode, 0)
        self.assertEqual(self.daemon.environment_at(self.venv)["state"], "broken")

    def test_a_folder_without_an_environment_is_judged_alike_by_both_programs_which_say_by_what(self):
        folder = os.path.join(self.daemon.folder, "bare")
        os.makedirs(folder)
        with open(os.path.join(folder, "requirements.txt"), "w") as file:
            file.write("supabase\nno-such-thing\n")
        asked = self.daemon.ctl("--json", "check", folder)
        once = lab.run([lab.ENVFIXD, "check", "--json", folder], env=self.daemon.environment)
        self.assertEqual(asked.returncode, once.returncode)
        ours, theirs = (json.loads(done.stdout)["environments"][0] for done in (asked, once))
        self.assertEqual((ours["reason"], ours["findings"]), (theirs["reason"], theirs["findings"]))
        self.assertIn(f"{folder} has no Python environment of its own", ours["reason"])

    def test_a_probe_where_the_interpreter_is_gone_is_told_as_that(self):
        os.unlink(f"{self.venv}/bin/python3")
        os.symlink("/usr/bin/python3.99", f"{self.venv}/bin/python3")
        found = self.daemon.json("check", "--probe", self.venv)["environments"][0]
        self.assertEqual((found["state"], [f["code"] for f in found["findings"]]), ("broken", ["venv-interpreter-missing"]))
        self.daemon.ctl("plan", self.venv)  # and where a plan waits
        self.assertNotEqual(self.daemon.json("check", "--probe", self.venv)["environments"][0]["state"], "unverifiable")

    def test_an_environment_whose_python_comes_late_is_healthy_then(self):
        made = LAB.project("python-comes-late")
        late = os.path.join(os.path.dirname(self.venv), "late", ".venv")
        os.makedirs(os.path.dirname(late))
        os.rename(f"{made}/bin", f"{LAB.folder}/bin-that-comes-late")
        os.rename(made, late)
        lab.wait_for(lambda: (self.daemon.environment_at(late) or {}).get("state") == "broken", "broken", self.daemon.said)
        os.rename(f"{LAB.folder}/bin-that-comes-late", f"{late}/bin")
        lab.settle(late, made)
        lab.wait_for(lambda: self.daemon.environment_at(late)["state"] == "healthy", "healthy", self.daemon.said)

    def test_a_policy_in_mode_auto_needs_nobody(self):
        self.daemon.policy("auto.yaml", lab.policy_text("auto-cffi", mode="auto",
                                                     steps=("restore: cffi", "pip: {reinstall: [cffi]}")))
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        self.assertEqual(self.daemon.ctl("policy", "approve", "auto-cffi").returncode, 0)
        breakages.remove_backend(self.venv)
        lab.wait_for(lambda: any(r["state"] == "fixed" for r in self.daemon.json("history", self.venv)["runs"]), "fixed",
                     self.daemon.said)
        self.assertTrue(lab.import_chain(f"{self.venv}/bin/python")[0])

    def test_a_changed_policy_is_not_approved_any_more(self):
        path = self.daemon.policy("mine.yaml", lab.policy_text("mine"))
        self.daemon.ctl("reload")
        self.assertEqual(self.daemon.ctl("policy", "approve", "mine").returncode, 0)
        with open(path, "a") as file:
            file.write("# one byte more\n")
        self.daemon.ctl("reload")
        policy = [p for p in self.daemon.json("policy", "list")["policies"] if p["name"] == "mine"][0]
        self.assertFalse(policy["approved"])

    def test_an_undo_trusts_no_list_that_somebody_changed_since(self):
        self.daemon.ctl("policy", "approve", "cffi-backend-missing")
        self.break_it()
        broken = lab.tree(self.venv)
        fixed = self.daemon.ctl("fix", self.venv, "--yes", "--wait")
        self.assertEqual(fixed.returncode, 0, fixed.stderr)
        run = self.daemon.json("history", self.venv)["runs"][0]["id"]
        manifest = os.path.join(self.venv, ".envfix", "backup", run, "manifest")
        with open(manifest, "rb") as file:
            written = file.read()
        body = written[:written.rindex(b"\nend ") + 1]
        forged = re.sub(rb"\nmade (\d+)", lambda made: b"\nmade %d" % (int(made[1]) - 1), body)
        self.assertNotEqual(forged, body)
        for text in (forged + b"end %d\n" % crc32c(forged), written + b"x"):
            with open(manifest, "wb") as file:
                file.write(text)
            now = lab.tree(self.venv, ())
            refused = self.daemon.ctl("undo", run)
            self.assertEqual(refused.returncode, 1, refused.stdout + refused.stderr)
            self.assertIn("the list of its files", refused.stderr)
            self.assertIn("nothing was touched", refused.stderr)
            self.assertEqual(lab.differences(now, lab.tree(self.venv, ())), [])
        with open(manifest, "wb") as file:
            file.write(written)
        self.assertEqual(self.daemon.ctl("undo", run).returncode, 0)
        self.assertEqual(lab.differences(broken, lab.tree(self.venv)), [])

    def test_killed_during_a_fix_the_environment_is_whole_after_the_next_start(self):
        self.daemon.ctl("policy", "approve", "cffi-backend-missing")
        for wait in (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8):
            self.break_it()
            broken = lab.tree(self.venv)
            child = subprocess.Popen([lab.ENVFIXCTL, "--user", "fix", self.venv, "--yes", "--wait"],
                                     env=self.daemon.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(wait)  # not a wait for something: the moment of the blow
            self.daemon.kill()
            child.wait(30)
            self.daemon.start()
            lab.wait_for(lambda: self.daemon.environment_at(self.venv) and
                         self.daemon.environment_at(self.venv)["state"] in ("healthy", "broken", "awaiting-approval"),
                         "judged again", self.daemon.said)
            now = lab.tree(self.venv)
            whole = lab.import_chain(f"{self.venv}/bin/python")[0]
            if not whole:
                self.assertEqual(lab.differences(broken, now), [], f"killed after {wait} s")
            stage = os.path.join(self.venv, ".envfix", "stage")
            self.assertFalse(os.path.isdir(stage) and os.listdir(stage), "a stage is left")
            if not whole:
                fixed = self.daemon.ctl("fix", self.venv, "--yes", "--wait")
                self.assertEqual(fixed.returncode, 0, fixed.stderr + self.daemon.said())
            self.assertTrue(lab.import_chain(f"{self.venv}/bin/python")[0])
            lab.wait_for(lambda: self.daemon.environment_at(self.venv)["state"] == "healthy", "healthy", self.daemon.said)
            self.daemon.ctl("release", self.venv)


if __name__ == "__main__":
    unittest.main(verbosity=2)
