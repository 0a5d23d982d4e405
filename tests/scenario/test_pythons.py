"""Every Python of the machine: whole, and broken in the ways that matter, the interpreter, the disk and the probe agree."""
import glob
import os
import shutil
import sys
import unittest

import agreement
import breakages
import lab

sys.path.insert(0, os.path.join(lab.HERE, "..", "support"))
import cffi_wheels  # noqa: E402

# What each code looks like on every Python; the others are tried with Debian's alone (test_codes), or all with --long.
EACH = {"backend-removed", "backend-of-another-python", "backend-cut", "backend-for-aarch64", "binding-removed",
        "killed-half-way", "jwt-over-pyjwt"}
FOLDER = None
WHEELS = None


def pythons():
    """CPython 3.7 and later, each version once; what PyJWT of Debian 12 needs."""
    found = {}
    for path in sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin/python3")) + glob.glob("/usr/bin/python3.[0-9]*")):
        if path.endswith("-config"):
            continue
        version = lab.run([path, "-c", "import sys, platform; print(sys.version_info >= (3, 7) and "
                                       "platform.python_implementation() == 'CPython' and platform.python_version())"])
        if version.returncode == 0 and version.stdout.strip() != "False":
            found[version.stdout.strip()] = path
    return found


def setUpModule():
    global FOLDER, WHEELS
    FOLDER = lab.Lab().folder
    WHEELS = os.path.join(lab.CACHE, "wheelhouse")
    others = [p for p in pythons().values() if not p.startswith("/usr/bin/")]
    if others:
        cffi_wheels.make(os.path.join(lab.CACHE, "cffi-wheels"), others)


class EachPython(unittest.TestCase):
    """One test for each interpreter and case; see `load_tests`."""

    templates = {}

    def __init__(self, version="", python="", row=None):
        super().__init__("runTest")
        self.version, self.python, self.row = version, python, row

    def __str__(self):
        return f"Python {self.version}: {self.row.name if self.row else 'healthy'}"

    def template(self):
        if self.version not in self.templates:
            venv = os.path.join(FOLDER, f"template-{self.version}")
            lab.must([self.python, "-m", "venv", venv], env=lab.clean_environment())
            lab.must([f"{venv}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
                      "--find-links", WHEELS, "--find-links", os.path.join(lab.CACHE, "cffi-wheels"), "supabase"],
                     env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))
            self.templates[self.version] = venv
        return self.templates[self.version]

    def runTest(self):
        venv = os.path.join(FOLDER, "here", f"{self.version}-{self.row.name if self.row else 'healthy'}")
        shutil.copytree(self.template(), venv, symlinks=True)
        self.addCleanup(shutil.rmtree, venv, True)
        if self.row:
            self.row.do(venv)
        works, said = lab.import_chain(f"{venv}/bin/python")
        code, document = lab.check(venv, options=("--probe",))
        agrees = agreement.add(lab.BUILD, self.row.code if self.row else "-", self.row.name if self.row else "healthy",
                               self.version, works, document)
        self.assertTrue(agrees, f"interpreter: {works}, {said}; we: {document['environments'][0]}")
        self.assertEqual(works, self.row is None, said)
        if self.row:
            self.assertIn(self.row.code, lab.codes(document))
            self.assertEqual(code, 11)
        else:
            self.assertEqual(lab.codes(document, "error"), set())


class CompilesAndCannotBeImported(unittest.TestCase):
    """cffi below 1.17 on Python 3.13: the wheel installs, and the symbol that it needs is gone."""

    def test_it_is_named(self):
        found = [p for v, p in pythons().items() if v.startswith("3.13.") and not p.startswith("/usr/bin/")]
        wheel = glob.glob(os.path.join(lab.CACHE, "cffi-wheels", "unusable", "cffi-*-cp313-*.whl"))
        if not found or not wheel:
            self.skipTest("needs a Python 3.13 of pyenv and a cffi below 1.17")
        venv = os.path.join(FOLDER, "unusable")
        lab.must([found[0], "-m", "venv", venv], env=lab.clean_environment())
        lab.must([f"{venv}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
                  "--find-links", WHEELS, wheel[0], "supabase"], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))
        works, said = lab.import_chain(f"{venv}/bin/python")
        self.assertFalse(works)
        self.assertIn("undefined symbol", said)
        _, document = lab.check(venv, options=("--probe",))
        self.assertTrue(agreement.add(lab.BUILD, "cffi-backend-abi-mismatch", "symbol-gone", "3.13", works, document), document)
        self.assertIn("cffi-backend-abi-mismatch", lab.codes(document, "error"), document)


def load_tests(loader, tests, pattern):
    suite = unittest.TestSuite()
    rows = [r for r in breakages.BREAKAGES if not r.imports and (os.environ.get("ENVFIX_LONG_TESTS") or r.name in EACH)]
    assert len(rows) >= len(EACH), "a case was renamed"
    for version, python in pythons().items():
        suite.addTests(EachPython(version, python, row) for row in [None, *rows])
    suite.addTests(loader.loadTestsFromTestCase(CompilesAndCannotBeImported))
    return suite


if __name__ == "__main__":
    unittest.main(verbosity=2)
