"""What `envfixd diagnose` says of the tracebacks that broken environments really print: with the environment there, whose disk
decides, and of the text alone, as somebody else would get it."""
import json
import os
import unittest

import breakages
import lab

LAB = None

# A program as people write them: it imports what it needs, the whole traceback is what they paste.
PROGRAMS = ("import cffi; cffi.FFI()", "import cryptography.fernet", "import jwt; jwt.encode; jwt.algorithms",
            "import supabase; supabase.create_client")

# What a text alone cannot tell, because another cause prints the very same.
SAME_TEXT = {
    "backend-of-a-debug-build": {"cffi-backend-missing"},
    "backend-of-another-python": {"cffi-backend-missing"},
    "cffi-uninstalled": {"package-not-installed", "cffi-backend-missing"},
    "killed-half-way": {"package-version-mismatch", "package-not-installed", "cffi-backend-missing"},
    "module-lost": {"package-version-mismatch", "package-not-installed", "unknown", "cffi-backend-missing"},
    "source-emptied": {"jwt-wrong-distribution", "package-version-mismatch"},
}


def setUpModule():
    global LAB
    LAB = lab.Lab()


def said_by(python, extra):
    """The standard error of the first program that fails; nothing if all work, or if there is no interpreter."""
    if not os.path.exists(python):
        return ""
    for program in (*PROGRAMS, *([extra] if extra else [])):
        done = lab.run([python, "-B", "-c", program], cwd=LAB.folder, env=lab.clean_environment())
        if done.returncode != 0:
            return done.stderr or f"exit code {128 - done.returncode if done.returncode < 0 else done.returncode}"
    return ""


def diagnose(text):
    path = os.path.join(LAB.folder, "text")
    with open(path, "w") as file:
        file.write(text)
    done = lab.run([lab.ENVFIXD, "diagnose", "--json", path], env=lab.clean_environment())
    return json.loads(done.stdout)["causes"]


class Told(unittest.TestCase):
    """One test for each row of the table whose programs fail; see `load_tests`."""

    def __init__(self, row):
        super().__init__("runTest")
        self.row = row

    def __str__(self):
        return f"{self.row.code}: {self.row.name}"

    def runTest(self):
        row = self.row
        venv = LAB.project(row.name)
        row.do(venv)
        text = said_by(f"{venv}/bin/python", row.program)
        if "File " not in text or venv not in text:
            self.skipTest("the interpreter names no file of the environment")
        here = diagnose(text)
        self.assertEqual(here[0]["code"], row.code, f"{text}\n{json.dumps(here, indent=1)}")
        self.assertEqual(here[0]["confidence"], "certain")
        self.assertIn(venv, here[0]["explanation"])

        elsewhere = diagnose(text.replace(venv, "/srv/elsewhere/.venv").replace(LAB.folder, "/srv/elsewhere"))
        self.assertIn(elsewhere[0]["code"], {row.code} | SAME_TEXT.get(row.name, set()), text)
        self.assertNotIn("On disk", elsewhere[0]["explanation"])


class Mended(unittest.TestCase):
    def test_an_environment_that_shows_nothing_of_it_is_said_to(self):
        venv = LAB.project("mended")
        text = (f'  File "{lab.site_packages(venv)}/cffi/api.py", line 48, in __init__\n'
                "ModuleNotFoundError: No module named '_cffi_backend'\n")
        first = diagnose(text)[0]
        self.assertEqual(first["code"], "cffi-backend-missing")
        self.assertIn(f"shows nothing of it now in {venv}", first["explanation"])

    def test_a_refused_connection_stays_one_in_a_broken_environment(self):
        venv = LAB.project("refused")
        breakages.remove_backend(venv)
        text = (f'  File "{lab.site_packages(venv)}/httpx/_client.py", line 1, in send\n'
                "httpx.ConnectError: [Errno 111] Connection refused\n")
        self.assertEqual(diagnose(text)[0]["code"], "not-environment")


def load_tests(loader, tests, pattern):
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(Mended))
    suite.addTests(Told(row) for row in breakages.BREAKAGES if not row.imports or row.program)
    return suite


if __name__ == "__main__":
    unittest.main(verbosity=2)
