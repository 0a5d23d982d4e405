"""A venv of Debian's Python becomes one of another minor version, with real wheels of cffi for that Python."""
import glob
import os
import shutil
import sys
import unittest

import lab

sys.path.insert(0, os.path.join(lab.HERE, "..", "support"))
import cffi_wheels  # noqa: E402

POLICY = """envfix: 1
fix: to-another-python
describe: Make the venv again with another Python
when:
  findings: [cffi-backend-missing]
do:
  - venv: {{recreate: {{python: ["{wanted}"]}}}}
mode: ask
"""


def another_python():
    """A Python of pyenv's for which cffi can be built, of another minor version than Debian's; None without one."""
    own = lab.must([lab.PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()
    for wanted in ("3.12", "3.11", "3.10", "3.9", "3.8"):
        found = sorted(glob.glob(os.path.expanduser(f"~/.pyenv/versions/{wanted}.*/bin/python3")))
        if wanted != own and found:
            return wanted, found[-1]
    return None, None


class AnotherMinorVersion(unittest.TestCase):
    def setUp(self):
        self.wanted, self.python = another_python()
        if not self.python:
            self.skipTest("NOT TESTED: there is no second Python below ~/.pyenv/versions")
        self.lab = lab.Lab()
        wheels = os.path.join(lab.CACHE, "cffi-wheels")
        cffi_wheels.make(wheels, [self.python])
        self.daemon = lab.Daemon(os.path.join(self.lab.folder, "daemon"),
                                 PYENV_ROOT=os.path.expanduser("~/.pyenv"))
        pip = os.path.join(self.daemon.environment["HOME"], ".config", "pip")
        os.makedirs(pip)
        with open(os.path.join(pip, "pip.conf"), "w") as file:
            file.write(f"[global]\nno-index = true\nfind-links =\n    {self.lab.wheels}\n    {wheels}\n")
        self.daemon.policy("to-another-python.yaml", POLICY.format(wanted=self.wanted))
        self.daemon.start()
        self.addCleanup(self.daemon.kill)

    def versions(self, venv):
        names = glob.glob(f"{lab.site_packages(venv)}/*.dist-info")
        return {os.path.basename(n) for n in names if not os.path.basename(n).startswith("pip-")}

    def test_all_that_was_in_it_is_in_the_new_one_and_undo_gives_the_old_one_back(self):
        venv = self.lab.project("other")
        site = lab.site_packages(venv)
        for tool in ("setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence.pth"):
            for path in glob.glob(f"{site}/{tool}*"):  # setuptools of 3.11 has no wheel for a Python without distutils
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        before = self.versions(venv)
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(venv)).returncode, 0)
        for backend in glob.glob(f"{site}/_cffi_backend*.so"):
            os.remove(backend)
        self.assertEqual(self.daemon.ctl("check", venv).returncode, 11)
        broken = lab.tree(venv)
        approved = self.daemon.ctl("policy", "approve", "to-another-python")
        self.assertEqual(approved.returncode, 0, approved.stderr)
        fixed = self.daemon.ctl("fix", venv, "--yes", "--wait")
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr + self.daemon.said())
        runs = self.daemon.json("history", venv)["runs"]
        self.assertIn("recreated with", runs[0]["summary"])
        works, said = lab.import_chain(f"{venv}/bin/python")
        self.assertTrue(works, said)
        version = lab.must([f"{venv}/bin/python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        self.assertEqual(version.strip(), self.wanted)
        self.assertEqual(self.versions(venv), before)
        _, document = lab.check(venv)
        self.assertEqual(lab.codes(document, "error"), set(), document)

        undone = self.daemon.ctl("undo", runs[0]["id"])
        self.assertEqual(undone.returncode, 0, undone.stdout + undone.stderr)
        lab.wait_for(lambda: lab.differences(broken, lab.tree(venv)) == [], "undone", self.daemon.said)
        self.daemon.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
