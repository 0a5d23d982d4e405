"""A library that a compiled module was linked to is truly gone: it is named, nothing of the environment is touched for it, and
once it is back the environment is whole again without anybody asking."""
import os
import subprocess
import sys
import sysconfig
import unittest

import agreement
import lab

sys.path.insert(0, os.path.join(lab.HERE, "..", "support"))
import wheelhouse  # noqa: E402

LIBRARY = "libffi.so.93"

CHAIN = """
envfix: 1
chain: boiler
describe: A package whose compiled module is linked to a library outside of it
links:
  - distribution: boiler
    imports: [boiler]
    extensions: [boiler._pump]
"""

# A module without Python's headers, which a machine need not have; it cannot be loaded without the library's function.
MODULE = """
struct module { long references; void *type; void *(*init)(void); long index; void *copy;
                const char *name, *doc; long size; void *methods, *slots, *traverse, *clear, *release; };
extern void *PyModule_Create2(void *, int);
extern int pump(void);
static struct module self = {1, 0, 0, 0, 0, "_pump", "Stand-in for the tests of envfix", -1, 0, 0, 0, 0, 0};
void *PyInit__pump(void) { return pump() ? PyModule_Create2(&self, 1013) : 0; }
"""


class TrulyMissing(unittest.TestCase):
    def setUp(self):
        self.lab = lab.Lab()
        self.vendor = os.path.join(self.lab.folder, "vendor", "lib")
        self.library = os.path.join(self.vendor, LIBRARY)
        os.makedirs(self.vendor)
        self.compile("pump", "int pump(void) { return 1; }\n", self.library, f"-Wl,-soname,{LIBRARY}")
        wheels = os.path.join(self.lab.folder, "boiler-wheels")
        os.makedirs(wheels)
        module = os.path.join(self.lab.folder, "_pump.so")
        self.compile("_pump", MODULE, module, f"-L{self.vendor}", f"-l:{LIBRARY}", f"-Wl,-rpath,{self.vendor}")
        with open(module, "rb") as file:
            files = {"boiler/__init__.py": b"from boiler import _pump\n",
                     "boiler/_pump" + sysconfig.get_config_var("EXT_SUFFIX"): file.read()}
        tag = "cp{0}{1}-cp{0}{1}-{2}".format(*sys.version_info[:2], wheelhouse.PLATFORM)
        wheelhouse.write_wheel(wheels, "boiler", "1.0", tag, files, wheelhouse.STAND_IN, [])
        self.venv = os.path.join(self.lab.folder, "projects", "heating", ".venv")
        lab.must([lab.PYTHON, "-m", "venv", self.venv], env=lab.clean_environment())
        lab.must([f"{self.venv}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
                  "--find-links", wheels, "boiler"], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))
        self.daemon = lab.Daemon(os.path.join(self.lab.folder, "daemon"))
        os.makedirs(os.path.join(self.daemon.config, "chains"))
        with open(os.path.join(self.daemon.config, "chains", "boiler.yaml"), "w") as file:
            file.write(CHAIN)

    def compile(self, name, text, output, *options):
        source = os.path.join(self.lab.folder, name + ".c")
        with open(source, "w") as file:
            file.write(text)
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", output, source, *options], check=True)

    def imports(self):
        return lab.run_program(f"{self.venv}/bin/python", "import boiler")

    def state(self):
        return (self.daemon.environment_at(self.venv) or {}).get("state")

    def test_it_is_named_and_forgotten_once_it_is_back(self):
        works, said = self.imports()
        self.assertTrue(works, said)
        self.daemon.start()
        self.addCleanup(self.daemon.stop)
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(self.venv)).returncode, 0)
        lab.wait_for(lambda: self.state() == "healthy", "healthy at first", self.daemon.said)
        before = lab.tree(self.venv)

        os.rename(self.library, self.library + ".away")
        works, said = self.imports()
        self.assertFalse(works)
        self.assertIn(f"{LIBRARY}: cannot open shared object file", said)
        code, document = lab.check(self.venv, options=("--probe",), ENVFIX_CONFIG_DIRS=self.daemon.config)
        self.assertEqual(code, 11)
        self.assertTrue(agreement.add(lab.BUILD, "libffi-runtime-missing", "library-gone", "python3", works, document), document)
        found = [f for f in document["environments"][0]["findings"] if f["severity"] == "error"]
        self.assertEqual([(f["code"], f["evidence"][0]["expected"]) for f in found], [("libffi-runtime-missing", LIBRARY)])
        told = lab.run([lab.ENVFIXD, "diagnose", "--json"], input=said,
                       env=lab.clean_environment(ENVFIX_CONFIG_DIRS=self.daemon.config))
        self.assertIn('"libffi-runtime-missing"', told.stdout, told.stderr)

        self.assertEqual(self.daemon.ctl("check", self.venv).returncode, 11)
        lab.wait_for(lambda: self.state() == "broken", "the daemon sees it", self.daemon.said)
        self.daemon.ctl("fix", self.venv, "--yes", "--wait")
        self.assertEqual(lab.differences(before, lab.tree(self.venv)), [], "what is outside is not mended inside")

        os.rename(self.library + ".away", self.library)
        if os.geteuid() == 0:
            lab.must(["/sbin/ldconfig"])  # as the trigger of a package does that brings a library
        else:
            self.assertEqual(self.daemon.ctl("check", self.venv).returncode, 0)
        lab.wait_for(lambda: self.state() == "healthy", "it is whole again", self.daemon.said)
        works, said = self.imports()
        self.assertTrue(works, said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
