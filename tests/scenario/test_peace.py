"""A person's pip and a fix of ours at the same time, in the same environment. pip takes no lock, so nothing keeps them apart;
once both have ended the environment is wholly his result or ours, or it is known to be neither, and repaired from there.

A sample of rounds runs every day; ENVFIX_LONG_TESTS=1 takes 500. ENVFIX_ROUNDS and ENVFIX_SEED share them out to several runs.
"""
import base64
import glob
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import unittest
import zipfile

import breakages
import lab

LONG = bool(os.environ.get("ENVFIX_LONG_TESTS"))
ROUNDS = int(os.environ.get("ENVFIX_ROUNDS", "500" if LONG else "10"))
SEED = int(os.environ.get("ENVFIX_SEED", "1"))
MARK = "cffi/of_the_person.py"

PEACE = lab.policy_text("peace", "cffi-backend-missing, interrupted-install, corrupt-binary, package-not-installed",
                        steps=("restore: cffi", "pip: {reinstall: [cffi]}"))

FOLDER = WHEELS = None


def setUpModule():
    global FOLDER, WHEELS
    FOLDER = lab.tempfile.mkdtemp(prefix="envfix-peace-")
    lab.atexit.register(shutil.rmtree, FOLDER, True)
    WHEELS = lab.wheelhouse()


def his_wheel(folder):
    """The same version of cffi, with one module more and another text in a second one: his cannot be taken for ours."""
    source = glob.glob(f"{WHEELS}/cffi-*.whl")[0]
    name, version, rest = os.path.basename(source).split("-", 2)
    made = os.path.join(folder, f"{name}-{version}-9his-{rest}")
    lines = []
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(made, "w") as new:
        files = {entry.filename: old.read(entry) for entry in old.infolist() if not entry.filename.endswith("/RECORD")}
        record = [entry.filename for entry in old.infolist() if entry.filename.endswith("/RECORD")][0]
        files[MARK] = b"whose = 'the person'\n"
        files["cffi/lock.py"] += b"# his\n"
        for path, content in files.items():
            new.writestr(path, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{path},sha256={digest},{len(content)}\n")
        new.writestr(record, "".join(lines) + f"{record},,\n")
    return made


#: A person's work that stops half-way: every second file of cffi is another, and RECORD says nothing of it. Run by the fix
#: itself, as the policy's own proof, it comes between the renames and the end: argv is what to change, and how.
HALF_WAY = """
import os, sys
site, asked = sys.argv[1:]
if not os.path.exists(asked):
    sys.exit(0)
with open(asked) as file:
    names = file.read().split()
os.unlink(asked)
for name in names:
    path = os.path.join(site, name)
    with open(path, "rb") as file:
        old = file.read()
    with open(path + ".new", "wb") as file:
        file.write(old + b"# half of his\\n")
    os.replace(path + ".new", path)
"""


class Person:
    def __init__(self, venv, wheel):
        pip = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"))[-1]
        base = [f"{venv}/bin/python", "-I", f"{pip}/pip"]
        self.environment = lab.clean_environment(PIP_CONFIG_FILE="/dev/null", PIP_DISABLE_PIP_VERSION_CHECK="1")
        self.commands = {
            "his": base + ["install", "-q", "--no-compile", "--no-index", "--no-deps", "--force-reinstall", wheel],
            "gone": base + ["uninstall", "-q", "-y", "cffi"],
            "nothing": base + ["list", "-q"],
        }

    def start(self, what):
        return subprocess.Popen(self.commands[what], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def do(self, what):
        lab.must(self.commands[what], env=self.environment)


def contents(venv):
    """What matters of the site folder: pip notes in RECORD and REQUESTED how it was asked, which is no difference here."""
    site = lab.site_packages(venv)
    return {path: what[2] if what[0] == "file" else what for path, what in lab.tree(site).items()
            if os.path.basename(path) not in ("RECORD", "REQUESTED", "direct_url.json", "INSTALLER")}


class Peace(unittest.TestCase):
    def setUp(self):
        for name in ("daemon", "project", "pattern"):
            shutil.rmtree(os.path.join(FOLDER, name), True)
        self.daemon = lab.Daemon(os.path.join(FOLDER, "daemon"))
        self.daemon.policy("peace.yaml", PEACE)
        pip = os.path.join(self.daemon.environment["HOME"], ".config", "pip")
        os.makedirs(pip)
        with open(os.path.join(pip, "pip.conf"), "w") as file:
            file.write(f"[global]\nno-index = true\nfind-links = {WHEELS}\n")
        self.venv = os.path.join(FOLDER, "project", ".venv")
        os.makedirs(os.path.dirname(self.venv))
        lab.must([lab.PYTHON, "-m", "venv", "--without-pip", self.venv], env=lab.clean_environment())
        self.person = Person(self.venv, his_wheel(FOLDER))
        empty = contents(self.venv)
        pip_wheel = self.person.commands["his"][:3]
        lab.must(pip_wheel + ["install", "-q", "--no-compile", "--no-index", "--find-links", WHEELS, "cffi"],
                 env=self.person.environment)
        self.pattern = os.path.join(FOLDER, "pattern")
        lab.must(["cp", "-a", self.venv, self.pattern])
        self.results = {"ours": contents(self.venv)}
        self.person.do("his")
        self.results["his"] = contents(self.venv)
        self.person.do("gone")
        self.results["gone"] = contents(self.venv)
        self.assertNotEqual(self.results["gone"], empty)  # pycparser stays
        self.put_back()
        self.daemon.start()
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(self.venv)).returncode, 0)
        self.assertEqual(self.daemon.ctl("policy", "approve", "peace").returncode, 0)
        lab.wait_for(lambda: self.daemon.kept("cffi"), "kept in the store", self.daemon.said)

    def tearDown(self):
        self.daemon.kill()

    def put_back(self):
        site = lab.site_packages(self.venv)
        for name in os.listdir(site):
            path = os.path.join(site, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        lab.must(["cp", "-a", self.pattern + site[len(self.venv):] + "/.", site])

    def state(self):
        return self.daemon.environment_at(self.venv)["state"]

    def who(self):
        now = contents(self.venv)
        for name, wanted in self.results.items():
            if now == wanted:
                return name
        return "mixture"

    def displaced(self):
        """Digests of all that lies in backups."""
        found = set()
        for place, _, names in os.walk(os.path.join(self.venv, ".envfix")):
            for name in names:
                with open(os.path.join(place, name), "rb") as file:
                    found.add(hashlib.sha256(file.read()).hexdigest())
        return found

    def round(self, chance):
        self.put_back()
        breakages.remove_backend(self.venv)
        self.daemon.ctl("check", self.venv)
        self.assertIn(self.state(), ("broken", "awaiting-approval", "quarantined"))
        self.daemon.ctl("release", self.venv)
        what = chance.choice(("his", "his", "gone", "nothing"))
        first, second = chance.choice(("pip", "fix")), chance.uniform(0, 2.5)
        fix = [lab.ENVFIXCTL, "--user", "fix", self.venv, "--yes", "--wait"]

        def start_fix():
            return subprocess.Popen(fix, env=self.daemon.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)

        one = self.person.start(what) if first == "pip" else start_fix()
        lab.time.sleep(second)  # not a wait for something: the moment at which the two meet
        other = start_fix() if first == "pip" else self.person.start(what)
        pip, ours = (one, other) if first == "pip" else (other, one)
        self.assertEqual(pip.wait(120), 0, "pip itself fails")
        began_late = ours.poll() is None  # it may rest on his result
        ours.wait(120)
        who = self.who()
        self.assertFalse(os.path.isdir(f"{self.venv}/.envfix/stage"), "a stage is left")
        if who == "mixture":
            lab.wait_for(lambda: self.state() in ("broken", "degraded", "awaiting-approval"), "the mixture is recognised", self.daemon.said, 5)
            self.keeps_his(what)
            self.daemon.ctl("release", self.venv)
            done = self.daemon.ctl("fix", self.venv, "--yes", "--wait")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.daemon.said())
            self.assertIn(self.who(), ("ours", "his"), "a mixture was stored as good")
            return who
        if what == "nothing":
            # The store keeps what was whole last: that may be his build of an earlier round.
            self.assertIn(who, ("ours", "his"), "nobody changed anything, and it is not repaired: " + self.daemon.said())
        elif not began_late:
            self.assertEqual(who, what, "our fix was over before his pip, and his result is not what lies there")
        if who == "ours":
            last = self.daemon.json("history", self.venv)["runs"][0]
            self.assertEqual(last["state"], "fixed", last)
            self.keeps_his(what)
        wanted = ("healthy",) if who != "gone" else ("broken", "degraded", "awaiting-approval", "healthy")
        lab.wait_for(lambda: self.state() in wanted, f"{who} is judged", lambda: self.state() + self.daemon.said(), 10)
        return who

    def keeps_his(self, what):
        """His files stand, or lie in a backup."""
        if what != "his":
            return
        here = set(digest for digest in contents(self.venv).values() if isinstance(digest, str)) | self.displaced()
        lost = [path for path, digest in self.results["his"].items() if isinstance(digest, str) and digest not in here]
        self.assertEqual(lost, [], "his files are nowhere")

    def half(self):
        """Every second file of cffi, the compiled one among them."""
        names = sorted(name for name, what in self.results["ours"].items()
                       if isinstance(what, str) and name.startswith(("cffi/", "_cffi_backend")))
        return names[::2] if names[0].startswith("_cffi_backend") else [names[0], *names[1::2]]

    def ask_for(self, names):
        asked = os.path.join(FOLDER, "asked")
        with open(asked, "w") as file:
            file.write("\n".join(names))
        return [os.path.join(FOLDER, "half-way.py"), lab.site_packages(self.venv), asked]

    def use_with_proof(self, command):
        with open(os.path.join(FOLDER, "half-way.py"), "w") as file:
            file.write(HALF_WAY)
        self.daemon.policy("peace.yaml", PEACE + f"verify: {{command: {json.dumps(command)}}}\n" if command else PEACE)
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        self.assertEqual(self.daemon.ctl("policy", "approve", "peace").returncode, 0)

    def is_in_the_store(self, digests):
        kept = set()
        for place, _, names in os.walk(os.path.join(self.daemon.state, "store")):
            for name in names:
                with open(os.path.join(place, name), "rb") as file:
                    kept.add(hashlib.sha256(file.read()).hexdigest())
        return kept & set(digests)

    def check_that_the_mixture_is_known(self, mixed):
        now = contents(self.venv)
        lab.wait_for(lambda: self.state() in ("broken", "degraded", "awaiting-approval"), "the mixture is recognised",
                     lambda: self.state() + self.daemon.said(), 5)
        self.assertEqual(self.is_in_the_store(now[name] for name in mixed), set(), "the mixture was stored as good")
        self.daemon.ctl("release", self.venv)
        done = self.daemon.ctl("fix", self.venv, "--yes", "--wait")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.daemon.said())
        self.assertEqual(self.who(), "ours", "the mixture came back")
        lost = [name for name in mixed if now[name] not in self.displaced()]
        self.assertEqual(lost, [], "what he had written is nowhere")

    def fix(self):
        breakages.remove_backend(self.venv)
        self.daemon.ctl("check", self.venv)
        return self.daemon.ctl("fix", self.venv, "--yes", "--wait")

    def test_half_of_a_change_after_a_fix_is_known_to_be_no_whole(self):
        self.use_with_proof(None)
        self.assertEqual(self.fix().returncode, 0, self.daemon.said())
        lab.wait_for(lambda: self.state() == "healthy", "all is well", self.daemon.said)
        mixed = self.half()
        lab.must([lab.PYTHON, *self.ask_for(mixed)])
        self.assertEqual(self.who(), "mixture")
        self.check_that_the_mixture_is_known(mixed)

    def test_half_of_a_change_in_the_middle_of_a_fix_is_known_to_be_no_whole(self):
        mixed = self.half()
        self.use_with_proof(["python", *self.ask_for(mixed)])
        done = self.fix()
        self.assertFalse(os.path.exists(os.path.join(FOLDER, "asked")), "the proof was not run: " + self.daemon.said())
        self.assertNotEqual(done.returncode, 0, "a fix that met him calls it fixed: " + done.stdout + self.daemon.said())
        self.assertEqual(self.who(), "mixture")
        self.check_that_the_mixture_is_known(mixed)

    def test_the_same_proof_that_changes_nothing_lets_the_fix_be_one(self):
        self.use_with_proof(["python", *self.ask_for([])])
        done = self.fix()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.daemon.said())
        self.assertFalse(os.path.exists(os.path.join(FOLDER, "asked")))
        self.assertEqual(self.who(), "ours")

    def test_pip_and_a_fix_at_the_same_time(self):
        chance = random.Random(SEED)
        ended = {}
        for number in range(ROUNDS):
            with self.subTest(round=number):
                who = self.round(chance)
                ended[who] = ended.get(who, 0) + 1
        runs = [run["state"] for run in self.daemon.json("history", self.venv)["runs"]]
        print(f"{ROUNDS} rounds ended as {ended}; the last runs: { {state: runs.count(state) for state in set(runs)} }", file=sys.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
