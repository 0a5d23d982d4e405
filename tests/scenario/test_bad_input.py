"""Broken and hostile files: each gives its line or its finding, nothing hangs, nothing crashes."""
import glob
import os
import shutil
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
