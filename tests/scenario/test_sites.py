"""Folders that several interpreters or installs share: the headline case, and a chain that comes from two installs."""
import glob
import os
import shutil
import unittest

import lab

LAB = None


def setUpModule():
    global LAB
    LAB = lab.Lab()


def another_python():
    """A Python of another minor version than /usr/bin/python3, or None."""
    own = lab.must([lab.PYTHON, "-c", "import sys; print(sys.version_info[:2])"])
    for path in sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.1*/bin/python3"))):
        if lab.must([path, "-c", "import sys; print(sys.version_info[:2])"]) != own:
            return path
    return None


class OneFolderForTwoPythons(unittest.TestCase):
    """cryptography's abi3 file loads in both, cffi's backend carries the tag of one: the case that envfix was made for."""

    def setUp(self):
        self.folder = os.path.join(LAB.folder, "shared-case")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.shared = os.path.join(self.folder, "shared")
        site = lab.site_packages(LAB.template)
        tools = ("pip", "setuptools", "pkg_resources", "_distutils_hack")

        def leave_out(folder, names):
            return [n for n in names if folder == site and n.startswith(tools)]

        shutil.copytree(site, self.shared, ignore=leave_out)
        for record in glob.glob(f"{self.shared}/*.dist-info/RECORD"):  # scripts did not come along
            with open(record) as file:
                rows = [row for row in file if not row.startswith("../")]
            with open(record, "w") as file:
                file.writelines(rows)

    def venv(self, name, python):
        venv = os.path.join(self.folder, name)
        lab.must([python, "-m", "venv", venv], env=lab.clean_environment())
        site = glob.glob(f"{venv}/lib/python3*/site-packages")[0]
        with open(f"{site}/shared.pth", "w") as file:
            file.write(self.shared + "\n")
        return venv

    def test_the_file_is_named_for_the_one_and_nothing_said_of_the_other(self):
        backend = glob.glob(f"{self.shared}/_cffi_backend*.so")[0]
        other = another_python()
        if other is None:  # then the backend gets the tag of a Python that is not here
            renamed = backend.replace("cpython-311", "cpython-312").replace("cpython-313", "cpython-312")
            os.rename(backend, renamed)
            broken, backend = self.venv("broken", lab.PYTHON), renamed
        else:
            broken = self.venv("broken", other)
            whole = self.venv("whole", lab.PYTHON)
            works, said = lab.import_chain(f"{whole}/bin/python")
            self.assertTrue(works, said)
            self.assertEqual(lab.codes(lab.check(whole)[1], "error"), set())

        works, said = lab.import_chain(f"{broken}/bin/python")
        self.assertFalse(works)
        self.assertIn("_cffi_backend", said)
        pip = lab.run([f"{broken}/bin/python", "-m", "pip", "check"], env=lab.clean_environment())
        self.assertEqual(pip.returncode, 0, "pip check sees nothing: " + pip.stdout)

        code, document = lab.check(broken)
        self.assertEqual(code, 11)
        findings = {f["code"]: f for f in document["environments"][0]["findings"]}
        self.assertIn("cffi-backend-abi-mismatch", findings)
        self.assertIn(backend, [e["path"] for e in findings["cffi-backend-abi-mismatch"]["evidence"]])


class ChainFromTwoInstalls(unittest.TestCase):
    """PyJWT from the person's own site, the rest from the venv, which was told to see the former."""

    def mixed(self, name, settings):
        """The venv, the person's home, and a daemon that knows it; `settings` is pip.conf."""
        venv = LAB.project(name)
        home = os.path.join(LAB.folder, f"{name}-home")
        os.makedirs(os.path.join(home, ".config", "pip"))
        with open(os.path.join(home, ".config", "pip", "pip.conf"), "w") as file:
            file.write(settings)
        with open(f"{venv}/pyvenv.cfg") as file:
            text = file.read()
        with open(f"{venv}/pyvenv.cfg", "w") as file:
            file.write(text.replace("include-system-site-packages = false", "include-system-site-packages = true"))
        site = lab.site_packages(venv)
        user_site = os.path.join(home, ".local", "lib", os.path.basename(os.path.dirname(site)), "site-packages")
        os.makedirs(user_site)
        for moved in [f"{site}/jwt"] + glob.glob(f"{site}/PyJWT*.dist-info"):
            shutil.move(moved, user_site)
        works, said = lab.import_chain(f"{venv}/bin/python", HOME=home)
        self.assertTrue(works, said)

        daemon = lab.Daemon(os.path.join(LAB.folder, f"{name}-daemon"))
        daemon.environment["HOME"] = home
        daemon.start()
        self.addCleanup(daemon.kill)
        self.assertEqual(daemon.ctl("add", os.path.dirname(venv)).returncode, 0)
        return venv, home, daemon

    def test_the_venv_is_made_again_without_the_others_packages(self):
        venv, home, daemon = self.mixed("isolated", f"[global]\nno-index = true\nfind-links = {LAB.wheels}\n")
        before = lab.tree(venv)
        self.assertIn("mixed-site-packages", {f["code"] for f in daemon.environment_at(venv)["findings"]})
        daemon.ctl("policy", "approve", "mixed-site-packages")
        fixed = daemon.ctl("fix", venv, "--yes", "--wait")
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr + daemon.said())
        with open(f"{venv}/pyvenv.cfg") as file:
            self.assertIn("include-system-site-packages = false", file.read())
        works, said = lab.import_chain(f"{venv}/bin/python", HOME=home)
        self.assertTrue(works, said)
        place = lab.must([f"{venv}/bin/python", "-c", "import jwt; print(jwt.__file__)"],
                         env=lab.clean_environment(HOME=home)).strip()
        self.assertTrue(place.startswith(lab.site_packages(venv) + "/"), place)
        _, document = lab.check(venv, HOME=home)
        self.assertEqual(lab.codes(document), set())
        run = daemon.json("history", venv)["runs"][0]
        undone = daemon.ctl("undo", run["id"])
        self.assertEqual(undone.returncode, 0, undone.stdout + undone.stderr)
        lab.wait_for(lambda: lab.differences(before, lab.tree(venv)) == [], "undone", daemon.said)
        daemon.stop()

    def test_without_a_wheel_of_what_is_missing_it_is_told_and_nothing_is_changed(self):
        venv, _, daemon = self.mixed("mixed", "[global]\nno-index = true\n")
        before = lab.tree(venv)
        found = daemon.environment_at(venv)
        self.assertIn("mixed-site-packages", {f["code"] for f in found["findings"]}, found)
        self.assertEqual(found["state"], "degraded")
        daemon.ctl("policy", "approve", "mixed-site-packages")
        fixed = daemon.ctl("fix", venv, "--yes", "--wait")
        self.assertNotEqual(fixed.returncode, 0)
        self.assertIn("venv", fixed.stdout + fixed.stderr)
        self.assertEqual(lab.differences(before, lab.tree(venv)), [])
        daemon.stop()


class TwoCopies(unittest.TestCase):
    """pip's and Debian's, of one member of the chain."""

    def setUp(self):
        if not glob.glob("/usr/lib/python3/dist-packages/cryptography-*.dist-info"):
            self.skipTest("Debian's cryptography is not installed here")

    def test_a_person_s_own_over_debian_s_is_a_remark(self):
        home = os.path.join(LAB.folder, "copies-home")
        version = lab.must([lab.PYTHON, "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"]).strip()
        site = os.path.join(home, ".local", "lib", version, "site-packages")
        lab.must([lab.PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps",
                  "--find-links", LAB.wheels, "--target", site, "cryptography"],
                 env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))
        _, document = lab.check(lab.PYTHON, HOME=home)
        findings = {f["code"]: f for f in document["environments"][0]["findings"]}
        self.assertIn("distro-package-conflict", findings, document)
        self.assertEqual(findings["distro-package-conflict"]["severity"], "info")
        owners = {e["owner"] for e in findings["distro-package-conflict"]["evidence"]}
        self.assertEqual(owners, {"pip", "python3-cryptography"})
        self.assertEqual(lab.codes(document, "error"), set())


class HealthyOnes(unittest.TestCase):
    """Healthy environments of other shapes: nobody may call them broken."""

    def assert_well(self, path, **environment):
        code, document = lab.check(path, **environment)
        self.assertEqual(lab.codes(document, "error"), set(), document)
        self.assertEqual(lab.codes(document, "warning"), set(), document)
        self.assertEqual(code, 0)

    def test_a_venv_without_the_chain(self):
        folder = os.path.join(LAB.folder, "empty-venv")
        lab.must([lab.PYTHON, "-m", "venv", "--without-pip", folder], env=lab.clean_environment())
        self.assert_well(folder)

    def test_a_venv_that_sees_the_system(self):
        folder = os.path.join(LAB.folder, "system-site")
        lab.must([lab.PYTHON, "-m", "venv", "--without-pip", "--system-site-packages", folder], env=lab.clean_environment())
        works, _ = lab.import_chain(f"{folder}/bin/python", ("cffi",))
        self.assert_well(folder)
        self.assertIsNotNone(works)

    def test_an_editable_install(self):
        venv = LAB.project("editable")
        source = os.path.join(LAB.folder, "editable-source")
        os.makedirs(f"{source}/app")
        with open(f"{source}/app/__init__.py", "w") as file:
            file.write("import jwt\n")
        with open(f"{lab.site_packages(venv)}/__editable__.app-1.0.pth", "w") as file:
            file.write(source + "\n")
        works, said = lab.import_chain(f"{venv}/bin/python", ("app", "jwt"))
        self.assertTrue(works, said)
        self.assert_well(venv)

    def test_debian_s_own_python(self):
        self.assert_well(lab.PYTHON)

    def test_that_pip_does_not_install_there_is_a_remark(self):
        if not glob.glob("/usr/lib/python3.*/EXTERNALLY-MANAGED"):
            self.skipTest("this system has no such marker")
        code, document = lab.check(lab.PYTHON)
        self.assertIn("externally-managed-environment", lab.codes(document, "info"))
        self.assertEqual(code, 0)
        self.assertEqual(document["environments"][0]["state"], "healthy")


if __name__ == "__main__":
    unittest.main(verbosity=2)
