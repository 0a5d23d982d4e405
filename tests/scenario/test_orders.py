"""`jwt` and PyJWT share the folder jwt/. In every order of installing and removing them, the interpreter and we agree."""
import unittest

import lab

LAB = None

# What is done one after the other to a healthy venv, which has PyJWT; how it ends; which code says why.
ORDERS = [
    (["+jwt"], False, "jwt-wrong-distribution"),
    (["+jwt", "-jwt"], False, "interrupted-install"),
    (["+jwt", "-PyJWT"], False, "jwt-wrong-distribution"),
    (["+jwt", "+PyJWT"], True, "jwt-wrong-distribution"),
    (["+jwt", "+PyJWT", "-jwt"], False, "interrupted-install"),
    (["+jwt", "+PyJWT", "-PyJWT"], False, "jwt-wrong-distribution"),
    (["+jwt", "-jwt", "-PyJWT"], False, "package-not-installed"),
    (["+jwt", "-jwt", "+PyJWT"], True, None),
    (["-PyJWT"], False, "package-not-installed"),
    (["-PyJWT", "+jwt"], False, "jwt-wrong-distribution"),
    (["-PyJWT", "+jwt", "+PyJWT"], True, "jwt-wrong-distribution"),
    (["-PyJWT", "+jwt", "+PyJWT", "-jwt"], False, "interrupted-install"),
    (["-PyJWT", "+jwt", "+PyJWT", "-PyJWT"], False, "jwt-wrong-distribution"),
    (["-PyJWT", "+jwt", "-jwt"], False, "package-not-installed"),
    (["-PyJWT", "+jwt", "-jwt", "+PyJWT"], True, None),
]


def setUpModule():
    global LAB
    LAB = lab.Lab()


class Orders(unittest.TestCase):
    def perform(self, venv, step):
        pip = [f"{venv}/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
        if step[0] == "+":
            pip += ["install", "--no-index", "--no-deps", "--force-reinstall", "--find-links", LAB.wheels, step[1:]]
        else:
            pip += ["uninstall", "-y", step[1:]]
        lab.must(pip, env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))

    def test_every_order(self):
        for steps, imports, code in ORDERS:
            with self.subTest(" ".join(steps)):
                venv = LAB.project("order" + "".join(steps))
                for step in steps:
                    self.perform(venv, step)
                    works, said = lab.import_chain(f"{venv}/bin/python")
                    exit_code, document = lab.check(venv)
                    state = document["environments"][0]["state"]
                    self.assertEqual(works, state != "broken", f"after {step}: the interpreter: {said}; we: {document}")
                self.assertEqual(works, imports, said)
                if code is None:
                    self.assertEqual((exit_code, lab.codes(document)), (0, set()))
                else:
                    self.assertEqual(exit_code, 11)
                    self.assertIn(code, lab.codes(document))


if __name__ == "__main__":
    unittest.main(verbosity=2)
