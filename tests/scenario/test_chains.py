"""Another chain is one YAML file: numpy, scipy and pandas, by small stand-ins with compiled members of their own."""
import glob
import os
import subprocess
import sys
import sysconfig
import unittest

import lab

sys.path.insert(0, os.path.join(lab.HERE, "..", "support"))
import wheelhouse  # noqa: E402

LAB = None
CHAIN = os.path.join(lab.HERE, "..", "chains", "numpy.yaml")
IMPORTS = ("numpy", "scipy", "scipy.linalg", "pandas")

# A module that does nothing, written without Python's headers, which a machine need not have: the layout of PyModuleDef
# is the same in every CPython of 64 bits from 3.5 on.
MODULE = """
struct module { long references; void *type; void *(*init)(void); long index; void *copy;
                const char *name, *doc; long size; void *methods, *slots, *traverse, *clear, *release; };
extern void *PyModule_Create2(void *, int);
static struct module self = {1, 0, 0, 0, 0, "%(name)s", "Stand-in for the tests of envfix", -1, 0, 0, 0, 0, 0};
void *PyInit_%(name)s(void) { return PyModule_Create2(&self, 1013); }
"""

PACKAGES = {
    "numpy": ("1.24.2", [], {"numpy/__init__.py": "from numpy.core import _multiarray_umath\nfrom numpy import linalg\n",
                             "numpy/core/__init__.py": "from . import _multiarray_umath\n",
                             "numpy/linalg/__init__.py": "from . import _umath_linalg\n"},
              ["numpy/core/_multiarray_umath", "numpy/linalg/_umath_linalg"]),
    "scipy": ("1.10.1", ["numpy<1.27.0,>=1.19.5"], {"scipy/__init__.py": "import numpy\n",
                                                    "scipy/linalg/__init__.py": "from . import _fblas\n"},
              ["scipy/linalg/_fblas"]),
    "pandas": ("1.5.3", ["numpy>=1.21.0"], {"pandas/__init__.py": "import numpy\nfrom pandas._libs import lib\n",
                                            "pandas/_libs/__init__.py": ""},
               ["pandas/_libs/lib"]),
}


def compiled(folder, name):
    source = os.path.join(folder, name + ".c")
    with open(source, "w") as file:
        file.write(MODULE % {"name": name})
    output = os.path.join(folder, name + ".so")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", output, source], check=True)
    with open(output, "rb") as file:
        return file.read()


def make_wheels(folder):
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    tag = "cp{0}{1}-cp{0}{1}-{2}".format(*sys.version_info[:2], wheelhouse.PLATFORM)
    for name, (version, requires, sources, modules) in PACKAGES.items():
        files = {path: text.encode() for path, text in sources.items()}
        files.update({module + suffix: compiled(folder, os.path.basename(module)) for module in modules})
        wheelhouse.write_wheel(folder, name, version, tag, files, wheelhouse.STAND_IN, requires)


def setUpModule():
    global LAB
    LAB = lab.Lab()
    wheels = os.path.join(LAB.folder, "numpy-wheels")
    os.makedirs(wheels)
    make_wheels(wheels)
    LAB.template = os.path.join(LAB.folder, "numpy-template")
    lab.must([lab.PYTHON, "-m", "venv", LAB.template], env=lab.clean_environment())
    lab.must([f"{LAB.template}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
              "--find-links", wheels, *PACKAGES], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))


def imports(venv):
    return lab.run_program(f"{venv}/bin/python", "import " + ", ".join(IMPORTS))


class SecondChain(unittest.TestCase):
    def setUp(self):
        self.config = os.path.join(LAB.folder, "config-" + self._testMethodName)
        os.makedirs(os.path.join(self.config, "chains"))
        with open(CHAIN) as source, open(os.path.join(self.config, "chains", "numpy.yaml"), "w") as file:
            file.write(source.read())

    def configure(self, text):
        with open(os.path.join(self.config, "envfixd.yaml"), "w") as file:
            file.write("envfix: 1\n" + text)

    def check(self, venv):
        return lab.check(venv, ENVFIX_CONFIG_DIRS=self.config)

    def broken(self, name):
        venv = LAB.project(name)
        file = glob.glob(f"{lab.site_packages(venv)}/numpy/core/_multiarray_umath*.so")[0]
        os.unlink(file)
        works, said = imports(venv)
        self.assertFalse(works, said)
        return venv, file

    def test_a_whole_one_is_healthy(self):
        works, said = imports(LAB.template)
        self.assertTrue(works, said)
        code, document = self.check(LAB.template)
        self.assertEqual((code, lab.codes(document)), (0, set()), document)
        self.assertEqual([link["distribution"] for link in document["environments"][0]["chain"]],
                         ["numpy", "scipy", "pandas"])

    def test_a_missing_compiled_file_is_named(self):
        venv, file = self.broken("numpy-missing")
        code, document = self.check(venv)
        self.assertEqual(code, 11)
        found = [f for f in document["environments"][0]["findings"] if f["code"] == "extension-abi-mismatch"]
        self.assertEqual([e["path"] for e in found[0]["evidence"]], [file])

    def test_a_file_for_another_python_is_named(self):
        venv = LAB.project("numpy-retagged")
        file = glob.glob(f"{lab.site_packages(venv)}/pandas/_libs/lib*.so")[0]
        own = "cpython-{}{}".format(*sys.version_info[:2])
        other = file.replace(own, "cpython-39")
        os.rename(file, other)
        works, said = imports(venv)
        self.assertFalse(works, said)
        code, document = self.check(venv)
        self.assertEqual(code, 11)
        found = [f for f in document["environments"][0]["findings"] if f["code"] == "extension-abi-mismatch"]
        self.assertEqual((found[0]["distribution"], [e["path"] for e in found[0]["evidence"]]), ("pandas", [other]))

    def test_the_daemon_follows_it_too(self):
        venv, file = self.broken("numpy-daemon")
        daemon = lab.Daemon(os.path.join(LAB.folder, "numpy-daemon-home"))
        os.rename(os.path.join(self.config, "chains"), os.path.join(daemon.config, "chains"))
        daemon.start()
        self.addCleanup(daemon.stop)
        self.assertEqual(daemon.ctl("add", os.path.dirname(venv)).returncode, 0)
        self.assertIn(file, daemon.ctl("--json", "show", venv).stdout)

    def test_only_chains_that_are_asked_for_count(self):
        venv, _ = self.broken("numpy-unasked")
        self.configure("chains: [supabase]\n")
        code, document = self.check(venv)
        self.assertEqual((code, lab.codes(document)), (0, set()))
        self.configure("chains: [supabase, numpy]\n")
        self.assertEqual(self.check(venv)[0], 11)

    def test_a_chain_that_nobody_describes_is_told(self):
        self.configure("chains: [numpy, tensorflow]\n")
        done = lab.run([lab.ENVFIXD, "check", LAB.template], env=lab.clean_environment(ENVFIX_CONFIG_DIRS=self.config))
        self.assertEqual(done.returncode, 0)
        self.assertIn("'tensorflow', which no file describes", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
