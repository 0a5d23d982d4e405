"""A disk that is full, or becomes so in the middle of a fix: nothing is half done, nothing that was promised is lost, and all
goes on once there is room again. Mounts file systems of its own, for which it has to be root.
"""
import glob
import os
import random
import shutil
import subprocess
import sys
import unittest

import breakages
import lab

LONG = bool(os.environ.get("ENVFIX_LONG_TESTS"))
SEED = int(os.environ.get("ENVFIX_SEED", "1"))
FOLDER = WHEELS = None
MIB = 1 << 20


def mount(folder, mib):
    os.makedirs(folder, mode=0o700, exist_ok=True)
    lab.must(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0700", "tmpfs", folder])


def unmount(folder):
    lab.run(["umount", "-l", folder])


def setUpModule():
    global FOLDER, WHEELS
    FOLDER = lab.tempfile.mkdtemp(prefix="envfix-disk-")
    lab.atexit.register(shutil.rmtree, FOLDER, True)
    try:
        mount(os.path.join(FOLDER, "try"), 1)
    except AssertionError as error:
        print(f"SKIPPED: no file system may be mounted here; run as root: {error}", file=sys.stderr)
        raise unittest.SkipTest("no mount")
    unmount(os.path.join(FOLDER, "try"))
    WHEELS = lab.wheelhouse()


def fill(folder):
    """Takes every byte that is left; gives the file that does."""
    path = os.path.join(folder, "filler")
    with open(path, "wb", buffering=0) as file:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return path


def without_times(found):
    return {path: what[:3] if what[0] == "file" else what for path, what in found.items()}


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.top = os.path.join(FOLDER, self._testMethodName)
        self.daemon = lab.Daemon(self.top)
        self.mounts = []
        pip = os.path.join(self.daemon.environment["HOME"], ".config", "pip")
        os.makedirs(pip)
        with open(os.path.join(pip, "pip.conf"), "w") as file:
            file.write(f"[global]\nno-index = true\nfind-links = {WHEELS}\n")
        self.daemon.policy("disk.yaml", lab.policy_text("disk", steps=("restore: cffi", "pip: {reinstall: [cffi]}")))
        self.project = os.path.join(self.top, "project")
        self.venv = os.path.join(self.project, ".venv")

    def tearDown(self):
        self.daemon.kill()
        for folder in self.mounts:
            unmount(folder)

    def mount(self, folder, mib):
        mount(folder, mib)
        self.mounts.append(folder)

    def prepare(self, stored=True):
        os.makedirs(self.project, exist_ok=True)
        lab.must([lab.PYTHON, "-m", "venv", "--without-pip", self.venv], env=lab.clean_environment())
        wheel = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"))[-1]
        lab.must([f"{self.venv}/bin/python", "-I", f"{wheel}/pip", "install", "-q", "--no-compile", "--no-index", "--find-links",
                  WHEELS, "cffi"], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))
        self.new = without_times(lab.tree(self.venv))
        self.daemon.start()
        for words in (("add", self.project), ("policy", "approve", "disk")):
            done = self.daemon.ctl(*words)
            self.assertEqual(done.returncode, 0, done.stderr + self.daemon.said())
        if stored:
            lab.wait_for(lambda: self.daemon.kept("cffi"), "kept in the store", self.daemon.said)
        self.break_it()

    def break_it(self):
        breakages.remove_backend(self.venv)
        self.daemon.ctl("check", self.venv)
        self.old = lab.tree(self.venv)

    def is_whole(self):
        now = lab.tree(self.venv)
        return "old" if now == self.old else "new" if without_times(now) == self.new else lab.differences(self.old, now)

    def start_again(self):
        self.daemon.kill()
        self.daemon.start()
        lab.wait_for(lambda: self.daemon.environment_at(self.venv), "known again", self.daemon.said)

    def goes_on(self):
        """There is room again: what was approved still is, and the fix can be made."""
        self.start_again()
        self.assertIn(self.is_whole(), ("old", "new"))
        policies = {p["name"]: p for p in self.daemon.json("policy", "list")["policies"]}
        self.assertTrue(policies["disk"]["approved"], "the approval is lost")
        self.assertEqual([r for r in self.daemon.json("history")["runs"] if r["state"] == "running"], [])
        self.daemon.ctl("release", self.venv)
        done = self.daemon.ctl("fix", self.venv, "--yes", "--wait")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.daemon.said())
        self.assertEqual(self.is_whole(), "new")
        self.assertFalse(os.path.exists(f"{self.venv}/.envfix/stage"))

    def test_a_state_folder_that_is_full(self):
        self.mount(self.daemon.state, 16)
        self.prepare(stored=False)  # a store does not take the last of a small disk
        filler = fill(self.daemon.state)
        done = self.daemon.ctl("fix", self.venv, "--yes", "--wait", timeout=90)
        self.assertIn(self.is_whole(), ("old", "new"), done.stdout + done.stderr)
        self.start_again()  # it starts with a full disk, too
        self.assertIn(self.is_whole(), ("old", "new"))
        os.unlink(filler)
        self.goes_on()

    def test_an_environment_without_room_is_not_touched(self):
        self.mount(self.project, 16)
        self.prepare()
        filler = fill(self.project)
        done = self.daemon.ctl("fix", self.venv, "--yes", "--wait", timeout=90)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, "free|space|room")
        self.assertEqual(self.is_whole(), "old")
        os.unlink(filler)

    def test_a_disk_that_fills_up_in_the_middle_of_a_fix(self):
        self.mount(self.project, 128)
        self.prepare()
        chance = random.Random(SEED)
        for number in range(100 if LONG else 5):
            with self.subTest(round=number):
                client = subprocess.Popen([lab.ENVFIXCTL, "--user", "fix", self.venv, "--yes", "--wait"], env=self.daemon.environment,
                                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                lab.time.sleep(chance.uniform(0, 1.2))  # not a wait for something: the moment when the disk is full
                filler = fill(self.project)
                said = client.communicate(timeout=90)[0]
                self.assertIn(self.is_whole(), ("old", "new"), said)
                self.start_again()
                self.assertIn(self.is_whole(), ("old", "new"), said)
                os.unlink(filler)
                self.goes_on()
                self.break_it()


if __name__ == "__main__":
    unittest.main(verbosity=2)
