"""For each finding code: what the interpreter says, what we say, and what is left after our fix and after its undo."""
import os
import unittest

import agreement
import breakages
import lab

LAB = None
DAEMON = None


def setUpModule():
    global LAB, DAEMON
    LAB = lab.Lab()
    DAEMON = lab.Daemon(LAB.folder)
    with open(os.path.join(DAEMON.config, "envfixd.yaml"), "w") as file:
        file.write("envfix: 1\n")
    pip_conf = os.path.join(DAEMON.environment["HOME"], ".config", "pip")
    os.makedirs(pip_conf)
    with open(os.path.join(pip_conf, "pip.conf"), "w") as file:
        file.write(f"[global]\nno-index = true\nfind-links = {LAB.wheels}\n")
    DAEMON.start()
    for policy in DAEMON.json("policy", "list")["policies"]:
        approved = DAEMON.ctl("policy", "approve", policy["name"])
        assert approved.returncode == 0, approved.stderr


def tearDownModule():
    DAEMON.stop()


class HealthyEnvironment(unittest.TestCase):
    def test_nobody_finds_anything(self):
        works, said = lab.import_chain(f"{LAB.template}/bin/python")
        self.assertTrue(works, said)
        code, document = lab.check(LAB.template)
        self.assertEqual(lab.codes(document), set())
        self.assertEqual(code, 0)
        self.assertEqual(document["environments"][0]["state"], "healthy")
        self.assertTrue(document["environments"][0]["chain"])


class BrokenEnvironment(unittest.TestCase):
    """One test for each row of the table; see `load_tests`."""

    def __init__(self, row):
        super().__init__("runTest")
        self.row = row

    def __str__(self):
        return f"{self.row.code}: {self.row.name}"

    def touched(self, path):
        name = path.split("site-packages/", 1)[-1] if "site-packages/" in path else path
        return any(name.lower().startswith(t.lower()) for t in self.row.touches)

    def interpreter(self, python):
        """Its own word on the chain, and on what a person's program does beside."""
        works, said = lab.import_chain(python)
        if works and self.row.program:
            works, said = lab.run_program(python, self.row.program)
        return works, said

    def runTest(self):
        row = self.row
        venv = LAB.project(row.name)
        python = f"{venv}/bin/python"
        self.assertEqual(DAEMON.ctl("add", os.path.dirname(venv)).returncode, 0)
        lab.wait_for(lambda: (DAEMON.environment_at(venv) or {}).get("state") == "healthy", "healthy at first",
                     DAEMON.said)
        healthy = lab.tree(venv)

        row.do(venv)
        broken = lab.tree(venv)
        works, said = self.interpreter(python) if os.path.exists(python) else (False, "no interpreter")
        self.assertEqual(works, row.imports, f"the interpreter: {said}")

        code, document = lab.check(venv, options=("--probe",))
        self.assertIn(row.code, lab.codes(document), document)
        self.assertEqual(code, 11)
        agrees = agreement.add(lab.BUILD, row.code, row.name, "python3", works, document, chain_alone=not row.program)
        self.assertTrue(agrees, f"the interpreter: {said}; we: {document}")
        if not works:
            self.assertEqual(document["environments"][0]["state"], "broken")

        if not row.watched:
            self.assertEqual(DAEMON.ctl("check", venv).returncode, 11)
        lab.wait_for(lambda: row.code in {f["code"] for f in (DAEMON.environment_at(venv) or {"findings": []})["findings"]},
                     "the daemon sees it too", DAEMON.said)
        status = DAEMON.ctl("status", venv)
        self.assertEqual(status.returncode, 11, status.stderr)
        self.assertIn(venv, status.stdout)

        fixed = DAEMON.ctl("fix", venv, "--yes", "--wait")
        if not row.heals:
            self.assertEqual(lab.differences(broken, lab.tree(venv)), [], "advice changes nothing")
            return
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr + DAEMON.said())
        works, said = self.interpreter(python)
        self.assertTrue(works, f"after the fix the interpreter: {said}")
        code, document = lab.check(venv)
        self.assertEqual(lab.codes(document, "error"), set())
        after = lab.tree(venv)
        stray = [p for p in lab.differences(healthy, after) if not self.touched(p) and not p.endswith("site-packages")]
        self.assertEqual(stray, [], "the fix changed what is none of its business")

        run = DAEMON.json("history", venv)["runs"][0]
        undone = DAEMON.ctl("undo", run["id"])
        self.assertEqual(undone.returncode, 0, undone.stdout + undone.stderr)
        lab.wait_for(lambda: DAEMON.json("history", venv)["runs"][-1]["state"] in ("undone",) or
                     lab.differences(broken, lab.tree(venv)) == [], "undone", DAEMON.said)
        self.assertEqual(lab.differences(broken, lab.tree(venv)), [], "every byte as before the fix")
        self.assertEqual(DAEMON.ctl("remove", os.path.dirname(venv)).returncode, 0)


def load_tests(loader, tests, pattern):
    suite = unittest.TestSuite([loader.loadTestsFromTestCase(HealthyEnvironment)])
    suite.addTests(BrokenEnvironment(row) for row in breakages.BREAKAGES)
    return suite


if __name__ == "__main__":
    unittest.main(verbosity=2)
