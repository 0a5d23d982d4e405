"""Healthy environments of every make: the interpreter imports the chain, and neither the disk nor the probe may say otherwise.

What a tool made is made by that tool. uv and conda cannot be had from Debian: theirs are layouts as measured, and say so.
"""
import glob
import os
import re
import shutil
import unittest

import agreement
import lab

LAB = None
PIP = {"PIP_CONFIG_FILE": "/dev/null"}


def setUpModule():
    global LAB
    LAB = lab.Lab()


class Healthy(unittest.TestCase):
    def folder(self, name):
        path = os.path.join(LAB.folder, "healthy", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def all_agree(self, name, environment, python, modules=lab.CHAIN, more=()):
        """The interpreter, the disk and the probe: all is well. `more`: modules beside the chain."""
        works, said = lab.import_chain(python, (*modules, *more))
        self.assertTrue(works, said)
        code, document = lab.check(environment, options=("--probe",))
        self.assertTrue(agreement.add(lab.BUILD, "-", name, os.path.basename(python), works, document), document)
        self.assertEqual(lab.codes(document, "error") | lab.codes(document, "warning"), set(), document)
        self.assertEqual((code, document["environments"][0]["state"]), (0, "healthy"))
        self.assertTrue(document["environments"][0]["probe"]["ok"])
        return document["environments"][0]

    def install(self, python, *names):
        lab.must([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--find-links",
                  LAB.wheels, *names], env=lab.clean_environment(**PIP))


class Makes(Healthy):
    def test_virtualenv_s(self):
        if not shutil.which("virtualenv", path="/usr/bin"):
            self.skipTest("needs Debian's virtualenv")
        venv = self.folder("virtualenv")
        lab.must(["/usr/bin/python3", "-m", "virtualenv", "-q", "--no-download", "-p", lab.PYTHON, venv], env=lab.clean_environment())
        self.install(f"{venv}/bin/python", "supabase")
        self.assertTrue(os.path.exists(f"{lab.site_packages(venv)}/_virtualenv.pth"))
        self.all_agree("virtualenv", venv, f"{venv}/bin/python")

    def test_uv_s_layout(self):
        """As uv 0.4 leaves it: no pip, its own keys in pyvenv.cfg, INSTALLER uv, bytecode not compiled."""
        venv = self.folder("uv")
        shutil.copytree(LAB.template, venv, symlinks=True)
        lab.settle(venv, LAB.template)
        site = lab.site_packages(venv)
        for name in glob.glob(f"{site}/pip*") + glob.glob(f"{site}/setuptools*") + glob.glob(f"{site}/**/__pycache__", recursive=True):
            shutil.rmtree(name, True)
        for name in glob.glob(f"{site}/*.dist-info/INSTALLER"):
            with open(name, "w") as file:
                file.write("uv")
        for name in glob.glob(f"{site}/*.dist-info/RECORD"):  # bytecode is no part of what uv records
            with open(name) as file:
                rows = [row for row in file if ".pyc," not in row and "/INSTALLER," not in row]
            with open(name, "w") as file:
                file.writelines(rows)
        with open(f"{venv}/pyvenv.cfg", "w") as file:
            file.write("home = /usr/bin\nimplementation = CPython\nuv = 0.4.30\nversion_info = 3.11.2\n"
                       "include-system-site-packages = false\nprompt = shop\n")
        with open(f"{site}/_virtualenv.pth", "w") as file:
            file.write("import _virtualenv")
        with open(f"{site}/_virtualenv.py", "w") as file:
            file.write('"""Patches that are applied at runtime to the virtual environment."""\n')
        self.all_agree("uv (layout)", venv, f"{venv}/bin/python")

    def test_conda_s_layout(self):
        """A prefix of its own with conda-meta, made of a Python of pyenv, INSTALLER conda."""
        found = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.11.*/bin/python3.11")))
        if not found:
            self.skipTest("needs a relocatable Python 3.11 of pyenv")
        base = os.path.dirname(os.path.dirname(found[0]))
        prefix = self.folder("conda")
        keep_out = shutil.ignore_patterns("test", "tests", "idlelib", "*.a", "__pycache__", "site-packages")
        shutil.copytree(base, prefix, symlinks=True, ignore=keep_out)
        site = f"{prefix}/lib/python3.11/site-packages"
        shutil.copytree(lab.site_packages(LAB.template), site)
        os.makedirs(f"{prefix}/conda-meta")
        with open(f"{prefix}/conda-meta/history", "w") as file:
            file.write("==> 2026-01-01 00:00:00 <==\n")
        for name in glob.glob(f"{site}/*.dist-info/INSTALLER"):
            with open(name, "w") as file:
                file.write("conda")
        for name in glob.glob(f"{site}/*.dist-info/RECORD"):
            with open(name) as file:
                rows = [row for row in file if "/INSTALLER," not in row and not row.startswith("../../../bin/")]
            with open(name, "w") as file:
                file.writelines(rows)
        found = self.all_agree("conda (layout)", prefix, f"{prefix}/bin/python3.11")
        self.assertEqual(found["kind"], "conda")

    def test_a_debug_build(self):
        debug = sorted(glob.glob("/usr/bin/python3.[0-9]*d"))
        if not debug:
            self.skipTest("needs Debian's debug build of Python")
        venv = self.folder("debug")
        lab.must([debug[0], "-m", "venv", venv], env=lab.clean_environment())
        self.install(f"{venv}/bin/python", "supabase")
        self.all_agree("debug build", venv, f"{venv}/bin/python")

        # The same with a backend whose name says that it was made for a debug build, which no other Python would take.
        found = glob.glob(f"{lab.site_packages(venv)}/_cffi_backend*.so")[0]
        own = re.sub(r"(cpython-3\d+)-", r"\1d-", found)
        os.rename(found, own)
        record = glob.glob(f"{lab.site_packages(venv)}/cffi-*.dist-info/RECORD")[0]
        with open(record) as file:
            rows = file.read()
        with open(record, "w") as file:
            file.write(rows.replace(os.path.basename(found), os.path.basename(own)))
        self.all_agree("debug build, its own backend", venv, f"{venv}/bin/python")


class Contents(Healthy):
    def test_three_hundred_distributions(self):
        venv = self.folder("many")
        shutil.copytree(LAB.template, venv, symlinks=True)
        lab.settle(venv, LAB.template)
        site = lab.site_packages(venv)
        for number in range(300):
            name = f"filler_{number:03}"
            os.makedirs(f"{site}/{name}")
            os.makedirs(f"{site}/{name}-1.{number}.dist-info")
            for path, text in {f"{name}/__init__.py": f"number = {number}\n",
                               f"{name}-1.{number}.dist-info/METADATA":
                                   f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.{number}\nRequires-Dist: PyJWT>=2\n",
                               f"{name}-1.{number}.dist-info/INSTALLER": "pip\n",
                               f"{name}-1.{number}.dist-info/RECORD": f"{name}/__init__.py,,\n"}.items():
                with open(f"{site}/{path}", "w") as file:
                    file.write(text)
        self.all_agree("300 distributions", venv, f"{venv}/bin/python", more=("filler_000", "filler_299"))

    def test_namespace_packages_of_two_folders(self):
        venv = LAB.project("namespaces")
        site = lab.site_packages(venv)
        other = os.path.join(os.path.dirname(venv), "vendor")
        for folder, part in ((site, "one"), (other, "two")):
            os.makedirs(f"{folder}/company/{part}")
            with open(f"{folder}/company/{part}/__init__.py", "w") as file:
                file.write("import jwt\n")
        with open(f"{site}/vendor.pth", "w") as file:
            file.write(other + "\n")
        self.all_agree("namespace packages", venv, f"{venv}/bin/python", more=("company.one", "company.two"))

    def editable(self, name, layout):
        venv = LAB.project(f"editable-{layout}")
        source = os.path.join(os.path.dirname(venv), "source")
        package = os.path.join(source, "src" if layout == "src" else "", name)
        os.makedirs(package)
        with open(f"{package}/__init__.py", "w") as file:
            file.write("import jwt\n")
        with open(f"{source}/pyproject.toml", "w") as file:
            file.write('[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
                       f'[project]\nname = "{name}"\nversion = "1.0"\ndependencies = ["PyJWT>=2"]\n')
        for wheel in glob.glob("/usr/share/python-wheels/wheel-*.whl"):  # setuptools below 70 builds no wheel alone
            self.install(f"{venv}/bin/python", wheel)
        lab.must([f"{venv}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
                  "--no-build-isolation", "--no-deps", "--editable", source], env=lab.clean_environment(**PIP))
        self.all_agree(f"editable, {layout} layout", venv, f"{venv}/bin/python", more=(name,))

    def test_an_editable_install_of_a_src_layout(self):
        self.editable("from_src", "src")

    def test_an_editable_install_of_a_flat_layout(self):
        self.editable("from_flat", "flat")

    def test_the_system_s_packages_seen_from_a_venv(self):
        system = lab.import_chain(lab.PYTHON, ("cffi", "cryptography.fernet", "jwt"))[0]
        venv = self.folder("system-site")
        lab.must([lab.PYTHON, "-m", "venv", "--system-site-packages", venv], env=lab.clean_environment())
        if not system:
            self.skipTest("needs Debian's python3-cryptography and python3-jwt")
        self.all_agree("system packages in a venv", venv, f"{venv}/bin/python", ("cffi", "cryptography.fernet", "jwt"))

    def test_debian_s_own_python_with_its_egg_info_files(self):
        if not lab.import_chain(lab.PYTHON, ("cffi", "cryptography.fernet", "jwt"))[0]:
            self.skipTest("needs Debian's python3-cryptography and python3-jwt")
        works, said = lab.import_chain(lab.PYTHON, ("cffi", "cryptography.fernet", "jwt"))
        _, document = lab.check(lab.PYTHON, options=("--probe",))
        self.assertTrue(agreement.add(lab.BUILD, "-", "Debian's own", "python3", works, document), document)
        self.assertEqual(lab.codes(document, "error"), set(), said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
