"""What `envfixd check` remembers of a healthy environment must never hide that it is broken by now: each breakage is done to an
environment that was just found healthy once more by what is remembered, and the verdict must be the one of a check that
remembers nothing. What changed within two seconds is never remembered; so all environments are made first."""
import os
import tempfile
import time
import unittest

import breakages
import lab

LAB = None
HOME = None
VENVS = {}


def setUpModule():
    global LAB, HOME
    LAB = lab.Lab()
    HOME = tempfile.mkdtemp(prefix="home-", dir=LAB.folder)
    for row in breakages.BREAKAGES:
        VENVS[row.name] = LAB.project(row.name)
    VENVS["left alone"] = LAB.project("left-alone")
    time.sleep(2.1) # what is waited for is the clock itself


def remembered(venv):
    """The file of what is remembered of it; None: there is none."""
    folder = f"{HOME}/.cache/envfix"
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        with open(f"{folder}/{name}", "rb") as file:
            if name.startswith("healthy-") and os.fsencode(venv) + b"/" in file.read():
                return f"{folder}/{name}"
    return None


def check(venv, home=None):
    code, document = lab.check(venv, HOME=home or HOME)
    return code, document["environments"]


class Remembered(unittest.TestCase):
    def find_healthy_twice(self, venv):
        first = check(venv)
        self.assertEqual(first[0], 0, first)
        self.assertTrue(remembered(venv), "nothing is remembered")
        self.assertEqual(check(venv), first)

    def test_what_has_not_changed_is_told_in_the_same_words(self):
        venv = VENVS["left alone"]
        self.find_healthy_twice(venv)
        self.assertEqual(check(venv), check(venv, tempfile.mkdtemp(dir=LAB.folder)))

    def test_a_breakage_is_seen_as_if_nothing_were_remembered(self):
        for row in breakages.BREAKAGES:
            with self.subTest(row.name):
                venv = VENVS[row.name]
                self.find_healthy_twice(venv)
                row.do(venv)
                told = check(venv)
                self.assertEqual(told, check(venv, tempfile.mkdtemp(dir=LAB.folder)))
                self.assertIn(row.code, {finding["code"] for finding in told[1][0]["findings"]})
                self.assertEqual(check(venv), told, "it was broken, and is told to be healthy the second time")

    def test_a_chain_that_is_configured_since_counts(self):
        venv = VENVS["left alone"]
        self.find_healthy_twice(venv)
        chains = f"{HOME}/.config/envfix/chains"
        os.makedirs(chains)
        try:
            with open(f"{chains}/more.yaml", "w") as file:
                file.write("envfix: 1\nchain: more\ndescribe: more\nlinks:\n  - distribution: pycparser\n    imports: [pycparser]\n")
            code, environments = check(venv)
            self.assertIn("pycparser", [link["distribution"] for link in environments[0]["chain"]])
        finally:
            os.remove(f"{chains}/more.yaml")

    def test_a_search_path_of_the_session_counts(self):
        venv = VENVS["left alone"]
        self.find_healthy_twice(venv)
        hides = tempfile.mkdtemp(dir=LAB.folder)
        os.makedirs(f"{hides}/jwt")
        with open(f"{hides}/jwt/__init__.py", "w") as file:
            file.write("")
        code, document = lab.check(venv, HOME=HOME, PYTHONPATH=hides)
        self.assertIn("pythonpath-conflict", lab.codes(document))

    def test_a_home_that_is_not_there_is_not_made_to_remember_in(self):
        gone = f"{LAB.folder}/no-home"
        self.assertEqual(check(VENVS["left alone"], gone), check(VENVS["left alone"]))
        self.assertFalse(os.path.exists(gone))

    def test_what_is_remembered_and_damaged_is_forgotten(self):
        venv = VENVS["left alone"]
        self.find_healthy_twice(venv)
        told = check(venv)
        path = remembered(venv)
        with open(path, "rb") as file:
            whole = file.read()
        for damaged in (b"", whole[:100], whole[:-1], whole + b"x", os.urandom(4096), whole[:60] + b"\xff" * 8 + whole[68:]):
            with open(path, "wb") as file:
                file.write(damaged)
            self.assertEqual(check(venv), told)


if __name__ == "__main__":
    unittest.main()
