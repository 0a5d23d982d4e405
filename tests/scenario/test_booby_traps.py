"""Twenty environments of another user, each with a trap where a careless program would run it: with uid 0 none is sprung.

Every trap writes down who ran it. A look runs nothing at all; a probe runs what an import would run, as the owner; and each
program that a probe of root's executes with uid 0 is our own. The control springs every trap as root, to see that it is one.
"""
import glob
import os
import re
import unittest

import lab

OWNER = 23457
C_TRAP = """
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void spring(void)
{
    char line[64];
    int file = open("@MARKS@", O_WRONLY | O_APPEND | O_CREAT, 0666);
    int length = snprintf(line, sizeof line, "%d\\n", (int)geteuid());
    if (file >= 0 && write(file, line, (unsigned)length) == length) close(file);
}
"""
MAIN = "int main(void) { return 0; }\n"


def setUpModule():
    global LAB
    LAB = lab.Lab()
    os.chmod(LAB.folder, 0o755)
    os.mkdir(f"{LAB.folder}/marks")


class Trap:
    """One environment, the file in which a trap of it writes who it was run as, and what springs it."""

    def __init__(self, name):
        self.venv = LAB.project(name)
        self.project = os.path.dirname(self.venv)
        self.site = lab.site_packages(self.venv)
        self.python = f"{self.venv}/bin/python"
        self.marks = f"{LAB.folder}/marks/{name}"
        self.code = f"import os; f = open({self.marks!r}, 'a'); f.write(f'{{os.geteuid()}}\\n'); f.close()\n"
        self.shell = f"id -u >>{self.marks}\n"
        self.sprung_by = [self.python, "-c", "import cffi, cryptography.hazmat.bindings._rust, jwt, supabase"]
        with open(self.marks, "w"):
            os.chmod(self.marks, 0o666)

    def script(self, *path):
        path = os.path.join(*path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + self.shell)
        os.chmod(path, 0o755)
        return path

    def source(self, *path):
        """Before what is in the file already, if it is there."""
        path = os.path.join(*path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        old = ""
        if os.path.exists(path):
            with open(path) as file:
                old = file.read()
        with open(path, "w") as file:
            file.write(self.code + old)

    def compiled(self, path, *options, main=""):
        if os.path.lexists(path):
            os.unlink(path)
        lab.must(["gcc", "-x", "c", "-", "-o", path, *options], input=C_TRAP.replace("@MARKS@", self.marks) + main)

    def only(self, pattern):
        found = glob.glob(f"{self.site}/{pattern}")
        assert len(found) == 1, f"{pattern}: {found}"
        return found[0]

    def who(self):
        with open(self.marks) as file:
            return set(file.read().split())


def every_python_is_a_script(trap):
    for name in glob.glob(f"{trap.venv}/bin/python*"):
        trap.script(name)


def home_is_the_owners(trap):
    fake = f"{trap.project}/python/bin"
    for name in ("python", "python3", "python3.11"):
        trap.script(fake, name)
    with open(f"{trap.venv}/pyvenv.cfg", "w") as file:
        file.write(f"home = {fake}\nversion = 3.11.2\n")
    for name in ("python", "python3"):
        os.unlink(f"{trap.venv}/bin/{name}")
        os.symlink(f"{fake}/{name}", f"{trap.venv}/bin/{name}")


def python_is_a_program(trap):
    trap.compiled(trap.python, main=MAIN)


def library_of_the_backend(trap):
    trap.compiled(f"{trap.site}/libtrap.so", "-shared", "-fPIC")
    backend = trap.only("_cffi_backend*.so")
    os.unlink(backend)
    lab.must(["gcc", "-x", "c", "-", "-shared", "-fPIC", "-o", backend, "-Wl,--no-as-needed", f"-L{trap.site}", "-ltrap",
              "-Wl,-rpath,$ORIGIN"], input="int nothing;\n")


def pip_of_the_folder(trap):
    trap.source(trap.project, "pip.py")
    trap.sprung_by = [trap.python, "-m", "pip", "--version"]


def pip_of_the_environment(trap):
    trap.source(trap.site, "pip", "__init__.py")
    trap.sprung_by = [trap.python, "-m", "pip", "--version"]


def command_pip(trap):
    trap.sprung_by = [trap.script(trap.venv, "bin", "pip"), "--version"]


def activation(trap):
    with open(f"{trap.venv}/bin/activate", "a") as file:
        file.write(trap.shell)
    trap.sprung_by = ["/bin/bash", "-c", f". {trap.venv}/bin/activate"]


def setup_of_the_project(trap):
    trap.source(trap.project, "setup.py")
    with open(f"{trap.project}/requirements.txt", "w") as file:
        file.write("-e .\n")
    trap.sprung_by = [trap.python, "setup.py"]


def hooks_of_git(trap):
    lab.must(["git", "init", "--quiet", trap.project])
    hook = trap.script(trap.project, ".git", "watchman")
    lab.must(["git", "-C", trap.project, "config", "core.fsmonitor", hook])
    trap.sprung_by = ["git", "-C", trap.project, "-c", "safe.directory=*", "status"]


def path_in_a_setting(trap):
    trap.source(trap.project, "evil", "jwt.py")
    with open(f"{trap.project}/.env", "w") as file:
        file.write(f"PYTHONPATH={trap.project}/evil\n")
    trap.sprung_by = ["env", f"PYTHONPATH={trap.project}/evil", trap.python, "-c", "import jwt"]


TRAPS = {
    "python-is-a-script": every_python_is_a_script,
    "home-is-the-owners": home_is_the_owners,
    "python-is-a-program": python_is_a_program,
    "pth": lambda t: t.source(t.site, "trap.pth"),
    "local-module": lambda t: t.source(t.project, "jwt.py"),
    "local-package": lambda t: t.source(t.project, "supabase", "__init__.py"),
    "cffi": lambda t: t.source(t.site, "cffi", "__init__.py"),
    "cryptography": lambda t: t.source(t.site, "cryptography", "__init__.py"),
    "jwt": lambda t: t.source(t.site, "jwt", "__init__.py"),
    "supabase": lambda t: t.source(t.site, "supabase", "__init__.py"),
    "backend": lambda t: t.compiled(t.only("_cffi_backend*.so"), "-shared", "-fPIC"),
    "binding": lambda t: t.compiled(t.only("cryptography/hazmat/bindings/_rust*.so"), "-shared", "-fPIC"),
    "library-of-the-backend": library_of_the_backend,
    "pip-of-the-folder": pip_of_the_folder,
    "pip-of-the-environment": pip_of_the_environment,
    "command-pip": command_pip,
    "activation": activation,
    "setup": setup_of_the_project,
    "git": hooks_of_git,
    "path-in-a-setting": path_in_a_setting,
}
# What a probe does run, as its owner: what an import of the chain in a folder of its own would. A python that is a script is no
# interpreter that we know.
A_PROBE_SPRINGS = {"python-is-a-program", "pth", "cffi", "cryptography", "jwt", "supabase", "backend", "binding",
                   "library-of-the-backend"}


def executed_with_uid_0(trace):
    """The programs that a process of root's became, by what `strace -f` wrote."""
    uid, programs = {}, []
    for line in trace.splitlines():
        pid, _, call = line.partition(" ")
        call = call.strip()
        uid.setdefault(pid, 0)
        if made := re.match(r"(?:clone|clone3|fork|vfork)\(.*\) = (\d+)$|<\.\.\. (?:clone|clone3|fork|vfork) resumed>.* = (\d+)$", call):
            uid[made[1] or made[2]] = uid[pid]
        if became := re.match(r"setresuid\((\d+), \1, \1\) += 0$", call):
            uid[pid] = int(became[1])
        if program := re.match(r'execve\("([^"]*)"', call):
            if uid[pid] == 0:
                programs.append(program[1])
    return programs


@unittest.skipUnless(os.geteuid() == 0, "only root can look at what is another's as root")
class BoobyTraps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        assert len(TRAPS) == 20
        cls.traps = {}
        for name, lay in TRAPS.items():
            cls.traps[name] = trap = Trap(name)
            lay(trap)
            lab.must(["chown", "-R", "-h", f"{OWNER}:{OWNER}", trap.project])
        lab.must(["chown", f"{OWNER}:{OWNER}", os.path.dirname(trap.project)])

    def setUp(self):
        for trap in self.traps.values():
            os.truncate(trap.marks, 0)

    def marks(self):
        return {name: trap.who() for name, trap in self.traps.items() if trap.who()}

    def test_a_look_runs_nothing(self):
        lab.check(*(t.project for t in self.traps.values()))
        lab.check(*(t.venv for t in self.traps.values()))
        for trap in self.traps.values():
            lab.run([lab.ENVFIXD, "check"], cwd=trap.project, env=lab.clean_environment())
            lab.run([lab.ENVFIXD, "diagnose", "-"], cwd=trap.project, env=lab.clean_environment(),
                    input=f'  File "{trap.site}/jwt/__init__.py", line 1, in <module>\nModuleNotFoundError: No module named \'_cffi_backend\'\n')
        self.assertEqual(self.marks(), {})

    def test_a_probe_runs_as_the_owner_and_with_uid_0_only_us(self):
        trace = f"{LAB.folder}/trace"
        done = lab.run(["strace", "-f", "-o", trace, "-e", "trace=execve,setresuid,clone,clone3,fork,vfork",
                        lab.ENVFIXD, "check", "--probe", "--json", *(t.venv for t in self.traps.values())],
                       env=lab.clean_environment(), timeout=300)
        self.assertIn(done.returncode, (0, 11, 12), done.stderr)
        marks = self.marks()
        self.assertEqual({name for name, who in marks.items() if who != {str(OWNER)}}, set(), marks)
        self.assertEqual(set(marks), A_PROBE_SPRINGS)
        with open(trace) as file:
            programs = set(executed_with_uid_0(file.read()))
        self.assertLessEqual(programs, {lab.ENVFIXD, "/proc/self/exe"})

    def test_no_command_to_roots_daemon_springs_one(self):
        daemon = lab.Daemon(os.path.join(LAB.folder, "daemon"))
        daemon.start()
        self.addCleanup(daemon.kill)
        self.assertEqual(daemon.ctl("add", os.path.dirname(self.traps["pth"].project)).returncode, 0)
        lab.wait_for(lambda: len(daemon.json("list")["environments"]) >= len(TRAPS), "all are known", daemon.said)
        for trap in self.traps.values():
            for words in (("check", trap.venv), ("check", trap.venv, "--probe"), ("plan", trap.venv), ("fix", trap.venv, "--yes", "--wait")):
                daemon.ctl(*words)
        self.assertEqual({name for name, who in self.marks().items() if "0" in who}, set(), self.marks())

    def test_each_is_a_trap(self):
        for name, trap in self.traps.items():
            lab.run(trap.sprung_by, cwd=trap.project, env=lab.clean_environment())
            self.assertIn("0", trap.who(), f"{name}: {trap.sprung_by}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
