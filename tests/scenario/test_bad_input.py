"""Broken and hostile files: each gives its line or its finding, nothing hangs, nothing crashes."""
import glob
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import unittest

import lab

LAB = None


def setUpModule():
    global LAB
    LAB = lab.Lab()


class HostileTree(unittest.TestCase):
    """`envfixd check` on a venv with one hostile node. It must answer, with 0, 11 or 12, and soon."""

    def venv(self, name):
        return LAB.project(name)

    def answers(self, venv, wanted=(0, 11, 12)):
        done = lab.run([lab.ENVFIXD, "check", "--json", venv], env=lab.clean_environment(), timeout=20)
        self.assertIn(done.returncode, wanted, done.stderr)
        return done

    def metadata(self, venv, project="cffi"):
        return glob.glob(f"{lab.site_packages(venv)}/{project}-*.dist-info")[0]

    def test_fifo_named_metadata(self):
        venv = self.venv("fifo")
        path = f"{self.metadata(venv)}/METADATA"
        os.unlink(path)
        os.mkfifo(path)
        self.answers(venv)

    def test_metadata_that_is_too_long_is_named_and_not_read(self):
        for name, length in (("long", (1 << 20) + 1), ("endless", 1 << 40)):
            venv = self.venv(f"metadata-{name}")
            path = f"{self.metadata(venv)}/METADATA"
            os.truncate(path, length)
            done = self.answers(venv, (11, 12))
            self.assertIn(path, done.stdout)

    def test_metadata_of_just_a_mebibyte_is_read(self):
        venv = self.venv("metadata-full")
        path = f"{self.metadata(venv)}/METADATA"
        with open(path, "a") as file:
            file.write("\n" * ((1 << 20) - os.path.getsize(path)))
        self.assertNotIn(path, self.answers(venv, (0,)).stdout)

    def test_sparse_record_of_a_tebibyte(self):
        venv = self.venv("sparse")
        os.truncate(f"{self.metadata(venv)}/RECORD", 1 << 40)
        self.answers(venv)

    def test_link_loop(self):
        venv = self.venv("loop")
        site = lab.site_packages(venv)
        shutil.rmtree(f"{site}/cffi")
        os.symlink("cffi", f"{site}/cffi")
        self.answers(venv, (11,))

    def test_unreadable_folder_is_neither_good_nor_bad(self):
        venv = self.venv("unreadable")
        site = lab.site_packages(venv)
        if os.geteuid() == 0:  # root reads everything: as somebody else
            os.chmod(site, 0o700)
            argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", lab.ENVFIXD, "check", "--json", venv]
            for folder in (LAB.folder, os.path.join(LAB.folder, "projects")):
                os.chmod(folder, 0o755)
            reachable = lab.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "test", "-x", lab.ENVFIXD])
            if reachable.returncode != 0:
                program = os.path.join(LAB.folder, "envfixd")
                shutil.copy(lab.ENVFIXD, program)
                argv[argv.index(lab.ENVFIXD)] = program
        else:
            os.chmod(site, 0o000)
            self.addCleanup(os.chmod, site, 0o755)
            argv = [lab.ENVFIXD, "check", "--json", venv]
        done = lab.run(argv, env=lab.clean_environment(HOME="/tmp"), timeout=20)
        self.assertEqual(done.returncode, 12, done.stdout + done.stderr)
        self.assertIn('"state":"unverifiable"', done.stdout)

    def test_broken_metadata(self):
        venv = self.venv("metadata")
        with open(f"{self.metadata(venv)}/METADATA", "wb") as file:
            file.write(b"\xff\xfe\x00garbage\n" * 1000)
        self.answers(venv)

    def test_broken_record(self):
        venv = self.venv("record")
        with open(f"{self.metadata(venv)}/RECORD", "wb") as file:
            file.write(b'"' * 100000 + b"\n../../../../etc/passwd,sha256=x,99999999999999999999999\n")
        self.answers(venv)

    def test_broken_elf_file(self):
        venv = self.venv("elf")
        backend = glob.glob(f"{lab.site_packages(venv)}/_cffi_backend*.so")[0]
        with open(backend, "r+b") as file:
            file.seek(32)
            file.write(b"\xff" * 32)
        done = self.answers(venv, (11,))
        self.assertIn("corrupt-binary", done.stdout)

    def test_broken_pyvenv_cfg(self):
        venv = self.venv("cfg")
        with open(f"{venv}/pyvenv.cfg", "wb") as file:
            file.write(b"home" + b"=" * 200000)
        self.answers(venv, (0, 4, 11, 12))

    def test_escape_sequences_in_a_name_reach_no_terminal(self):
        venv = self.venv("escape")
        path = glob.glob(f"{lab.site_packages(venv)}/_cffi_backend*.so")[0]
        os.rename(path, path.replace("cpython-311", "cpython-312\x1b[31m").replace("cpython-313", "cpython-312\x1b[31m"))
        done = lab.run([lab.ENVFIXD, "check", venv], env=lab.clean_environment())
        self.assertEqual(done.returncode, 11)
        self.assertNotIn("\x1b", done.stdout)

    def test_nothing_there(self):
        done = lab.run([lab.ENVFIXD, "check", "/no/such/place"], env=lab.clean_environment())
        self.assertEqual(done.returncode, 4)
        self.assertEqual(len(done.stderr.splitlines()), 1)


@unittest.skipUnless(shutil.which("strace"), "needs strace, which tells what is opened")
class EveryPath(unittest.TestCase):
    """What is no file or folder as it should be, at every path that a check opens.

    It never hangs, never crashes, and never says healthy of a chain that the interpreter cannot import. A seeded sample runs
    every day; ENVFIX_LONG_TESTS=1 takes every path and every kind.
    """

    SAMPLE = 60
    ANSWER_S = 10
    CROWD = 100_000

    @classmethod
    def setUpClass(cls):
        cls.venv = LAB.project("every-path")
        cls.home = os.path.join(LAB.folder, "every-home")
        cls.aside = os.path.join(LAB.folder, "aside")
        cls.crowd = os.path.join(LAB.folder, "crowd")
        for folder in (cls.home, cls.crowd):
            os.makedirs(folder)
        for number in range(cls.CROWD):
            os.mknod(os.path.join(cls.crowd, f"name-{number}"))
        cls.somebody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        cls.program = lab.ENVFIXD
        if cls.somebody:  # root reads everything
            for folder in (LAB.folder, os.path.join(LAB.folder, "projects")):
                os.chmod(folder, 0o755)
            if lab.run([*cls.somebody, "test", "-x", lab.ENVFIXD]).returncode != 0:
                cls.program = os.path.join(LAB.folder, "envfixd-of-all")
                shutil.copy(lab.ENVFIXD, cls.program)

    def environment(self):
        return lab.clean_environment(HOME=self.home)

    def paths(self):
        """Everything below the lab that a check opens or wants to open, by the kernel's word."""
        trace = os.path.join(LAB.folder, "trace")
        argv = ["strace", "-f", "-y", "-e", "trace=open,openat,openat2", "-o", trace, lab.ENVFIXD, "check", "--json", self.venv]
        environment = self.environment() | {"ASAN_OPTIONS": "detect_leaks=0"}  # which two tracers cannot share
        found = set()
        for _ in range(2):  # the first reads all and makes the caches, which the second reads
            lab.must(argv, env=environment)
            with open(trace, errors="replace") as file:
                for line in file:
                    call = re.search(r'open(?:at2?)?\((?:AT_FDCWD(?:<[^>]*>)?|\d+<([^>]*)>)?(?:, )?"([^"]+)"', line)
                    if call:
                        path = os.path.normpath(os.path.join(call[1] or "/", call[2]))
                        if path.startswith((self.venv, self.home, os.path.dirname(self.venv))) and path != os.path.dirname(self.venv):
                            found.add(path)
        self.assertGreater(len(found), 30, "the trace was not understood")
        return sorted(found)

    def put(self, kind, path):
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "socket":
            here = os.open(".", os.O_RDONLY)
            os.chdir(os.path.dirname(path))  # an address has little room
            try:
                with socket.socket(socket.AF_UNIX) as bound:
                    bound.bind(os.path.basename(path))
            finally:
                os.fchdir(here)
                os.close(here)
        elif kind == "device":
            os.symlink("/dev/zero", path)
        elif kind == "sparse":
            with open(path, "wb") as file:
                file.truncate(1 << 40)
        elif kind == "crowd":
            os.rename(self.crowd, path)
        elif kind == "loop":
            os.symlink(path, path)
        elif kind == "dangling":
            os.symlink("/no/such/place", path)
        elif kind == "unreadable":
            if os.path.isdir(self.aside):
                os.mkdir(path)
            elif os.path.exists(self.aside):
                shutil.copy(self.aside, path)
            else:
                os.mknod(path)
            os.chmod(path, 0)

    def take_away(self, kind, path):
        if kind == "crowd":
            shutil.rmtree(os.path.join(path, "__pycache__"), True)
            os.rename(path, self.crowd)
        elif os.path.isdir(path) and not os.path.islink(path):
            os.chmod(path, 0o700)
            shutil.rmtree(path)
        else:
            os.unlink(path)

    def imports(self, somebody):
        argv = [*somebody, f"{self.venv}/bin/python", "-B", "-c", lab.IMPORT_CHAIN, *lab.CHAIN]
        try:
            done = lab.run(argv, cwd="/", env=lab.clean_environment(HOME="/nonexistent"), timeout=5)
        except (subprocess.TimeoutExpired, OSError) as error:
            return False, repr(error)
        return done.returncode == 0, (done.stdout + done.stderr)[-300:]

    def judge(self, kind, path):
        somebody = self.somebody if kind == "unreadable" else []
        argv = [*somebody, self.program, "check", "--json", self.venv]
        begun = time.monotonic()
        done = lab.run(argv, env=self.environment(), timeout=self.ANSWER_S * 3)
        self.assertLess(time.monotonic() - begun, self.ANSWER_S)
        self.assertIn(done.returncode, (0, 4, 11, 12), done.stderr)
        self.assertFalse(done.returncode == 0 and not done.stdout, "nothing was said")
        if done.returncode == 4:
            return
        document = json.loads(done.stdout)
        for environment in document["environments"]:
            self.assertEqual(environment["path"], self.venv, "another Python was judged in its place")
            if environment["state"] == "healthy":
                works, said = self.imports(somebody)
                self.assertTrue(works, f"healthy, and the interpreter: {said}")

    def test_whatever_lies_wherever_it_is_answered_soon_and_never_well_for_ill(self):
        cases = [(kind, path) for path in self.paths()
                 for kind in ("fifo", "socket", "device", "sparse", "crowd", "loop", "dangling", "unreadable")
                 # A folder with other names in the place of one with packages is a venv without them, and healthy as such.
                 if not (kind == "crowd" and os.path.isdir(path))]
        if not os.environ.get("ENVFIX_LONG_TESTS"):
            cases = random.Random(int(os.environ.get("ENVFIX_SEED", "1"))).sample(cases, self.SAMPLE)
        for kind, path in cases:
            was_there = os.path.lexists(path)
            made = []
            folder = os.path.dirname(path)
            while not os.path.isdir(folder):
                made.append(folder)
                folder = os.path.dirname(folder)
            if made:
                os.makedirs(made[0])
            if was_there:
                os.rename(path, self.aside)
            self.put(kind, path)
            try:
                with self.subTest(kind=kind, path=os.path.relpath(path, LAB.folder)):
                    self.judge(kind, path)
            finally:
                self.take_away(kind, path)
                if was_there:
                    os.rename(self.aside, path)
                for folder in made:
                    shutil.rmtree(folder, True)
        self.assertEqual(lab.check(self.venv, HOME=self.home)[0], 0)
        print(f"{len(cases)} odd nodes", file=sys.stderr)


class HostileProgram(unittest.TestCase):
    """Code of an environment that fights the probe: it is over at its time, and nothing of it is left."""

    PROGRAMS = {
        "stops-what-stands-above-it": "os.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(1000)\n",
        "stops-it-and-ends": "os.kill(os.getppid(), signal.SIGSTOP)\nos._exit(0)\n",
        "kills-it": "if os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(1000)\n",
        "kills-it-and-would-live-on": "import ctypes\nctypes.CDLL(None).prctl(1, 0)\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)\n"
                                      "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(1000)\n",
        "floods-its-pipe": "os.closerange(0, 3)\nwhile True:\n    os.write(3, b'x' * 65536)\n",
        "becomes-many": "for _ in range(9):\n    os.fork()\ntime.sleep(1000)\n",
    }

    def test_each_is_over_at_its_time_and_leaves_nothing(self):
        running = {}
        for name, text in self.PROGRAMS.items():
            venv = LAB.project(name)
            site = lab.site_packages(venv)
            with open(f"{site}/hostile.py", "w") as file:
                file.write("import os, signal, time\n" + text)
            with open(f"{site}/hostile.pth", "w") as file:
                file.write("import hostile\n")
            argv = [lab.ENVFIXD, "check", "--json", "--probe", venv]
            running[name] = subprocess.Popen(argv, env=lab.clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                             stderr=subprocess.PIPE, text=True)
        for name, process in running.items():
            with self.subTest(program=name):
                said, _ = process.communicate(timeout=60)  # a link has 30 s
                self.assertEqual(process.returncode, 11)
                self.assertFalse(json.loads(said)["environments"][0]["probe"]["ok"])

        def left():
            folder = os.path.join(LAB.folder, "projects").encode()
            found = []
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(path, "rb") as file:
                        if folder in file.read():
                            found.append(path)
                except OSError:
                    pass
            return found

        lab.wait_for(lambda: not left(), "all of them are gone", lambda: str(left()))


class BrokenFiles(unittest.TestCase):
    def setUp(self):
        self.daemon = lab.Daemon(os.path.join(LAB.folder, self._testMethodName))

    def tearDown(self):
        self.daemon.stop()

    def test_a_broken_policy_is_named_with_line_and_column_and_the_others_stand(self):
        self.daemon.policy("broken.yaml", "envfix: 1\nfix: broken\nwhen:\n  findings: [no-such-code]\ndo:\n  - restore: cffi\nmoed: ask\n")
        self.daemon.start()
        document = self.daemon.json("policy", "list")
        self.assertTrue(document["policies"])
        problems = [p for p in document["problems"] if p["file"].endswith("broken.yaml")]
        self.assertIn((7, 1), [(p["line"], p["column"]) for p in problems])
        checked = self.daemon.ctl("policy", "check", os.path.join(self.daemon.config, "policies.d", "broken.yaml"))
        self.assertEqual(checked.returncode, 1)
        self.assertIn("broken.yaml:7:1", (checked.stdout + checked.stderr).replace("\n", ""))

    def test_a_broken_configuration_is_told_and_the_daemon_goes_on(self):
        with open(os.path.join(self.daemon.config, "envfixd.yaml"), "w") as file:
            file.write("roots: [/tmp\n")
        self.daemon.start()
        degraded = self.daemon.json("status")["daemon"]["degraded"]
        self.assertTrue(any("envfixd.yaml" in text for text in degraded), degraded)

    def test_an_environment_that_vanishes_is_forgotten(self):
        venv = LAB.project("vanishing")
        self.daemon.start()
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(venv)).returncode, 0)
        self.assertIsNotNone(self.daemon.environment_at(venv))
        shutil.rmtree(venv)
        lab.wait_for(lambda: self.daemon.environment_at(venv) is None, "it is gone", self.daemon.said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
