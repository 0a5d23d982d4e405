"""A daemon that is killed, refused or left hanging at each of its named points, while it fixes, takes back and records.

The points come from the program itself, and only builds with ENVFIX_FAULTS have any. After each blow the daemon is started
again, twice: the environment is the old one or the new one, nothing is left over, nothing that was promised is lost.
A seeded sample runs every day; ENVFIX_LONG_TESTS=1 takes every point, every pass of it and every action.
"""
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import unittest

import breakages
import lab

SERVICE = os.path.join(lab.BUILD, "libexec", "envfixd")
LONG = bool(os.environ.get("ENVFIX_LONG_TESTS"))
SEED = int(os.environ.get("ENVFIX_SEED", "1"))
MOST_PASSES = 1000 if LONG else 2
SAMPLE = 8
ACTIONS = ("kill", "enospc", "eio", "hang")
#: Points that no work of this file passes, and who does: tests/integration/transaction exchanges whole environments, .../remedy makes
#: them again.
ELSEWHERE = {"transaction.exchange.before", "transaction.exchange.after", "recreate.copy"}

BASE = None


def fault_points():
    return lab.must([SERVICE, "--list-fault-points"]).split()


def small_venv(folder, wheels):
    """cffi and what it needs, without pip: a round must be short."""
    lab.must([lab.PYTHON, "-m", "venv", "--without-pip", folder], env=lab.clean_environment())
    pip = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"))[-1]
    lab.must([f"{folder}/bin/python", "-I", f"{pip}/pip", "install", "-q", "--no-compile", "--no-index", "--find-links", wheels,
              "cffi"], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))
    return folder


def without_times(found):
    return {path: what[:3] if what[0] == "file" else what for path, what in found.items()}


class Bench:
    """One folder, put back to one of a few known states before each round. Its path stays: ids are made of it."""

    def __init__(self):
        self.lab = lab.Lab.__new__(lab.Lab)
        self.folder = os.path.join(lab.tempfile.mkdtemp(prefix="envfix-kill-"), "work")
        lab.atexit.register(shutil.rmtree, os.path.dirname(self.folder), True)
        self.wheels = lab.wheelhouse()
        os.makedirs(self.folder)
        self.project = os.path.join(self.folder, "project")
        self.venv = os.path.join(self.project, ".venv")
        os.makedirs(self.project)
        small_venv(self.venv, self.wheels)
        self.daemon = lab.Daemon(self.folder)
        pip = os.path.join(self.daemon.environment["HOME"], ".config", "pip")
        os.makedirs(pip)
        with open(os.path.join(pip, "pip.conf"), "w") as file:
            file.write(f"[global]\nno-index = true\nfind-links = {self.wheels}\n")
        self.new = without_times(lab.tree(self.venv))
        self.start()
        self.must_ctl("add", os.path.dirname(self.venv))
        stored = os.path.join(self.daemon.state, "store")
        lab.wait_for(lambda: glob.glob(f"{stored}/index/cffi/*"), "kept in the store")
        self.stop()
        breakages.remove_backend(self.venv)
        self.save("broken")
        self.save_with_policy("restore", "restore: cffi")
        self.save_with_policy("pip", "pip: {reinstall: [cffi]}")

        self.put_back("restore")
        self.start()
        self.must_ctl("fix", self.venv, "--yes", "--wait")
        self.run = self.runs()[0]["id"]
        self.stop()
        self.save("undo")
        self.save_without_environment()

    def save_without_environment(self):
        """A project that asks for packages and has none, and what a fix that nobody disturbs makes of it."""
        self.put_back("broken")
        shutil.rmtree(self.venv)
        with open(os.path.join(self.project, "requirements.txt"), "w") as file:
            file.write("supabase\n")
        self.start()
        self.must_ctl("policy", "approve", "project-without-environment")
        self.stop()
        self.save("create")
        self.start()
        self.must_ctl("fix", self.project, "--yes", "--wait")
        self.stop()
        self.created = without_times(lab.tree(self.venv))

    def save(self, name):
        lab.must(["cp", "-a", "--reflink=auto", self.folder, f"{self.folder}-{name}"])

    def save_with_policy(self, name, step):
        self.put_back("broken")
        self.daemon.policy("kill.yaml", "envfix: 1\nfix: kill\ndescribe: one rung only\nwhen:\n  findings: [cffi-backend-missing]\n"
                                        f"do:\n  - {step}\nmode: ask\n")
        self.start()
        self.must_ctl("policy", "approve", "kill")
        self.stop()
        self.save(name)

    def put_back(self, name):
        shutil.rmtree(self.folder)
        lab.must(["cp", "-a", "--reflink=auto", f"{self.folder}-{name}", self.folder])
        log = os.path.join(self.folder, "daemon.log")
        if os.path.exists(log):
            os.unlink(log)

    def start(self):
        self.daemon.start()

    def stop(self):
        seconds, code = self.daemon.stop()
        assert code == 0, self.daemon.said()
        return seconds

    def must_ctl(self, *words):
        done = self.daemon.ctl(*words)
        assert done.returncode == 0, f"{words}: {done.returncode} {done.stdout}{done.stderr}\n{self.daemon.said()}"
        return done

    def runs(self):
        return self.daemon.json("history")["runs"]

    def known(self):
        """The environment, or the project as long as it has none."""
        return self.daemon.environment_at(self.venv) or self.daemon.environment_at(self.project)


def setUpModule():
    global BASE
    if not fault_points():
        print("SKIPPED: this build has no fault points (ENVFIX_FAULTS=OFF); the asan preset has them", file=sys.stderr)
        raise unittest.SkipTest("no fault points in this build")
    BASE = Bench()


class Work:
    """What the daemon does while it is struck: the words for envfixctl, and which trees may lie there afterwards."""

    def __init__(self, name, state, commands):
        self.name = name
        self.state = state
        self.commands = commands


def works():
    fix = [("fix", BASE.venv, "--yes", "--wait")]
    return [Work("restore", "restore", fix),
            Work("pip", "pip", fix),
            Work("undo", "undo", [("undo", BASE.run)]),
            Work("create", "create", [("fix", BASE.project, "--yes", "--wait")]),
            Work("approvals", "restore", [("policy", "revoke", "kill"), ("policy", "approve", "kill"), ("hold", BASE.venv, "--for", "1h"),
                                          ("plan", BASE.venv), ("release", BASE.venv)])]


class Struck:
    """How a round went until the daemon was gone."""

    def __init__(self):
        self.hit = False       # the point was passed
        self.answers = []      # (words, exit code, output) of what was answered in full


def own_processes():
    """Processes that work for the bench: children that outlived their daemon."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().split(b"\0")
            with open(path.replace("cmdline", "environ"), "rb") as file:
                variables = file.read()
        except OSError:
            continue
        if BASE.folder.encode() + b"/" in b"\0".join(words) + variables:
            found.append((path.split("/")[2], b" ".join(words).decode(errors="replace")))
    return found


def strike(work, fault):
    """Starts the daemon with the fault, asks for the work, and kills whatever is left of it in the end."""
    struck = Struck()
    daemon = BASE.daemon
    environment = dict(daemon.environment, ENVFIX_FAULT=fault)
    log_path = os.path.join(BASE.folder, "daemon.log")
    with open(log_path, "ab") as log:
        process = subprocess.Popen([SERVICE, "--user"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    daemon.process = process

    def said():
        with open(log_path, errors="replace") as file:
            return file.read()

    def is_over():
        if process.poll() is not None:
            return True
        return "fault: hang" in said()

    try:
        lab.wait_for(lambda: is_over() or daemon.ctl("status").returncode != 8, "answers or ends", said)
        for words in work.commands:
            if is_over():
                break
            client = subprocess.Popen([lab.ENVFIXCTL, "--user", *words], env=daemon.environment, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            lab.wait_for(lambda: client.poll() is not None or is_over(), f"{words} ends", said, 180)
            if client.poll() is None and process.poll() is None:  # it hangs somewhere, perhaps beside what was asked for
                process.kill()
                process.wait()
            output = client.communicate(timeout=30)[0]
            struck.answers.append((words, client.returncode, output))
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    struck.hit = f" at {fault.split('=')[0]}\n" in said()
    return struck


def leftovers():
    """What no ended run may leave: stages, and names of files that were being made."""
    found = []
    for folder in (BASE.project, BASE.daemon.state):
        for place, folders, files in os.walk(folder):
            if os.path.basename(place) == "site-packages":
                folders[:] = [name for name in folders if name != "pip"]  # its own modules have such names
            for name in folders + files:
                path = os.path.relpath(os.path.join(place, name), BASE.folder)
                if re.search(r"(^|[./-])(tmp|part|new)([./-]|$)|~$", name) or "/.envfix/stage/" in path:
                    found.append(path)
    known = {"approvals", "ballast", "transactions", "journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "lock", "remembered.json",
             "store", "wheels"}
    found += [f"state/{name}" for name in os.listdir(BASE.daemon.state) if name not in known]
    return found


class StruckAnywhere(unittest.TestCase):
    def old_tree(self, work):
        path = BASE.venv.replace(BASE.folder, f"{BASE.folder}-{work.state}")
        return lab.tree(path)

    def new_trees(self, work):
        if work.name == "undo":
            return [self.old_tree(Work("", "restore", []))]
        if work.name == "create":
            return [BASE.created]
        return [BASE.new] if work.name != "approvals" else []

    def check_after(self, work, struck):
        """The daemon is gone. Starts it again, twice."""
        BASE.start()
        known = lab.wait_for(BASE.known, "known again", BASE.daemon.said)
        self.assertIn(known["state"], ("healthy", "broken", "awaiting-approval") + (("degraded",) if work.name == "create" else ()))
        now = lab.tree(BASE.venv)
        is_old = now == self.old_tree(work)
        news = self.new_trees(work)
        is_new = without_times(now) in [without_times(tree) for tree in news]
        if not (is_old or is_new):
            self.fail(f"neither old nor new: {lab.differences(self.old_tree(work), now)[:10]}\n{BASE.daemon.said()}")
        runs = BASE.runs()
        for run in runs:
            self.assertNotEqual(run["state"], "running", run)
        for plan in BASE.daemon.json("status")["plans"]:
            self.assertEqual(plan["state"], "waiting", plan)
        self.check_promises(work, struck, runs, is_new)

        first = (lab.tree(BASE.venv, ()), runs)
        BASE.stop()
        begun = os.path.getsize(os.path.join(BASE.folder, "daemon.log"))
        BASE.start()
        lab.wait_for(BASE.known, "known again", BASE.daemon.said)
        self.assertEqual((lab.tree(BASE.venv, ()), BASE.runs()), first, "the second start changes something")
        with open(os.path.join(BASE.folder, "daemon.log"), errors="replace") as file:
            file.seek(begun)
            self.assertNotIn("interrupted", file.read(), "it is reported twice")
        BASE.stop()
        self.assertEqual(leftovers(), [])  # while it runs it may be making a plan, which takes a working folder
        lab.wait_for(lambda: not own_processes(), "children that outlive the daemon are gone", own_processes)

    def check_promises(self, work, struck, runs, is_new):
        """Whatever was answered before the blow holds after it."""
        if work.name == "approvals":
            self.check_approvals(struck)
            return
        if work.name == "undo":
            run = [r for r in runs if r["id"] == BASE.run]
            self.assertEqual(len(run), 1, "the history has lost the run")
            self.assertEqual(run[0]["state"], "undone" if is_new else "fixed")
            return
        fixed = [r for r in runs if r["state"] == "fixed"]
        self.assertEqual(len(fixed), 1 if is_new else 0, runs)
        for _, code, output in struck.answers:
            for run in set(re.findall(r"\brun ([0-9a-f]{12})\b", output)):
                self.assertIn(run, [r["id"] for r in runs], f"a run that was told of is lost: {output}")
            if code == 0:
                self.assertTrue(is_new, "it was said to be fixed: " + output)

    def check_approvals(self, struck):
        approved = [p for p in BASE.daemon.json("policy", "list")["policies"] if p["name"] == "kill"][0]["approved"]
        answered = {words[1]: code for words, code, _ in struck.answers if words[0] == "policy"}
        if answered.get("approve") == 0:
            self.assertTrue(approved, "an approval that was confirmed is gone")
        elif answered.get("revoke") == 0 and "approve" not in answered:
            self.assertFalse(approved, "an approval that was revoked is back")

    def round(self, work, fault):
        with self.subTest(work=work.name, fault=fault):
            BASE.put_back(work.state)
            struck = strike(work, fault)
            self.check_after(work, struck)
            return struck.hit
        return True  # it failed: told, and the next pass may tell more

    def tearDown(self):
        BASE.daemon.kill()

    def test_whatever_dies_wherever_the_environment_is_the_old_or_the_new_one(self):
        rounds, passed = 0, set()
        everything = [(work, point) for work in works() for point in fault_points()]
        if not LONG:
            everything = random.Random(SEED).sample(everything, SAMPLE)
        for work, point in everything:
            for nth in range(1, MOST_PASSES + 1):
                if not self.round(work, f"{point}=kill:{nth}"):
                    break
                passed.add(point)
                rounds += 1
                actions = ACTIONS[1:] if LONG else [random.Random(f"{SEED} {point} {nth}").choice(ACTIONS[1:])]
                for action in actions:
                    self.round(work, f"{point}={action}:{nth}")
                    rounds += 1
        print(f"{rounds} blows at {len(passed)} of {len(fault_points())} points", file=sys.stderr)
        if LONG:
            self.assertEqual(set(fault_points()) - passed, ELSEWHERE)

    def test_a_disk_that_stays_full_is_survived(self):
        points = fault_points()
        if not LONG:
            points = random.Random(SEED).sample(points, 5)
        for point in points:
            for work in works() if LONG else works()[:1]:
                self.round(work, f"{point}=enospc:1+")


if __name__ == "__main__":
    unittest.main(verbosity=2)
