"""A free-threaded Python: which compiled modules it takes, and which end it.

Debian has none. Where this machine has one (pyenv, /usr/local, /opt), it is asked; with --long, one is built from Debian's source
of Python 3.13. Without one, what is looked at is a layout as `make install` of 3.13.5 leaves it, and the interpreter's word is
what that one said (measured with the one that --long builds): the table of agreement has no rows then.
Releases of cffi and cryptography for it cannot be had from Debian either: they are stand-ins here, and say so.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import agreement
import lab

sys.path.insert(0, os.path.join(lab.HERE, "..", "support"))
import free_threaded  # noqa: E402
import wheelhouse  # noqa: E402

SOABI = "cpython-313t-x86_64-linux-gnu"
# Written without Python's headers, which a layout does not have: PyInit_ of a module with slots, whose definition begins with an
# object of 32 bytes in a free-threaded build.
MODULE = """
struct { char object[32]; void *init; long index; void *copy; const char *name, *doc; long size; void *methods, *slots, *traverse, *clear,
         *release; } self = {.name = "%(name)s", .doc = "Stand-in for the tests of envfix"};
struct { int slot; void *value; } slots[] = {{4, (void *)1}, {0, 0}};
extern void *PyModuleDef_Init(void *);
__attribute__((constructor)) static void fill(void) { self.slots = slots; }
void *PyInit_%(name)s(void) { return PyModuleDef_Init(&self); }
"""
# A module that has whatever PyJWT asks of it.
ANYTHING = b"""
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (), {})
"""
FOLDER = PYTHON = BASE = None


def setUpModule():
    global FOLDER, PYTHON, BASE
    FOLDER = lab.Lab().folder
    PYTHON = free_threaded.python(lab.CACHE, build=bool(os.environ.get("ENVFIX_LONG_TESTS")))
    BASE = os.path.dirname(os.path.dirname(PYTHON)) if PYTHON else layout()


def layout():
    base = os.path.join(FOLDER, "free-threaded")
    library = f"{base}/lib/python3.13t"
    os.makedirs(f"{base}/bin")
    os.makedirs(f"{library}/lib-dynload")
    os.makedirs(f"{library}/site-packages")
    shutil.copy2(os.path.realpath(lab.PYTHON), f"{base}/bin/python3.13t")
    os.link(f"{base}/bin/python3.13t", f"{base}/bin/python3.13")
    os.symlink("python3.13", f"{base}/bin/python3")
    for path, text in {"os.py": "", "lib-dynload/_bisect." + SOABI + ".so": "",
                       "_sysconfigdata_t_linux_x86_64-linux-gnu.py":
                           f"build_time_vars = {{'ABIFLAGS': 't',\n 'MULTIARCH': 'x86_64-linux-gnu',\n 'SOABI': '{SOABI}'}}\n"}.items():
        with open(f"{library}/{path}", "w") as file:
            file.write(text)
    return base


def compiled(name):
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, name + ".c")
        with open(source, "w") as file:
            file.write(MODULE % {"name": name})
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", f"{folder}/{name}.so", source], check=True)
        with open(f"{folder}/{name}.so", "rb") as file:
            return file.read()


def releases(folder):
    """Wheels of cffi and cryptography for this Python: stand-ins."""
    tag = "cp313-cp313t-" + wheelhouse.PLATFORM
    wheelhouse.write_wheel(folder, "cffi", "2.0.0", tag, {
        "cffi/__init__.py": b"import _cffi_backend\n", f"_cffi_backend.{SOABI}.so": compiled("_cffi_backend")}, wheelhouse.STAND_IN)
    files = {f"cryptography/{path}.py": ANYTHING for path in
             ("exceptions", "hazmat/backends", "hazmat/primitives/hashes", "hazmat/primitives/serialization",
              *(f"hazmat/primitives/asymmetric/{name}" for name in ("ec", "ed25519", "ed448", "padding", "rsa", "utils")))}
    files |= {f"cryptography/{path}__init__.py": b"" for path in
              ("", "hazmat/", "hazmat/bindings/", "hazmat/primitives/", "hazmat/primitives/asymmetric/")}
    files["cryptography/fernet.py"] = b"import _cffi_backend\nfrom cryptography.hazmat.bindings import _rust\n"
    files[f"cryptography/hazmat/bindings/_rust.{SOABI}.so"] = compiled("_rust")
    wheelhouse.write_wheel(folder, "cryptography", "46.0.0", tag, files, wheelhouse.STAND_IN, ["cffi>=1.12"])


@unittest.skipUnless(os.uname().machine == "x86_64", "its names are those of x86_64")
class FreeThreaded(unittest.TestCase):
    number = 0

    def venv(self, name="python3.13t"):
        """As venv makes one of this Python, with the chain in it."""
        FreeThreaded.number += 1
        venv = os.path.join(FOLDER, "venvs", str(self.number))
        site = f"{venv}/lib/python3.13t/site-packages"
        if PYTHON:
            lab.must([f"{BASE}/bin/{name}", "-m", "venv", "--without-pip", venv], env=lab.clean_environment())
        else:
            os.makedirs(f"{venv}/bin")
            os.makedirs(site)
            os.symlink(f"{BASE}/bin/{name}", f"{venv}/bin/{name}")
            if name != "python3":
                os.symlink(name, f"{venv}/bin/python3")
            os.symlink(name, f"{venv}/bin/python")
            with open(f"{venv}/pyvenv.cfg", "w") as file:
                file.write(f"home = {BASE}/bin\ninclude-system-site-packages = false\nversion = 3.13.5\n"
                           f"executable = {BASE}/bin/python3.13\ncommand = {BASE}/bin/{name} -m venv {venv}\n")
        wheels = os.path.join(FOLDER, "releases")
        if not os.path.isdir(wheels):
            os.makedirs(wheels)
            releases(wheels)
        debian = os.path.join(lab.CACHE, "wheelhouse")
        for wheel in glob.glob(f"{wheels}/*.whl") + [w for n in ("PyJWT", "supabase", "httpx", "pycparser")
                                                     for w in glob.glob(f"{debian}/{n}-*.whl")]:
            shutil.unpack_archive(wheel, site, "zip")
        for info in glob.glob(f"{site}/*.dist-info"):
            with open(f"{info}/INSTALLER", "w") as file:
                file.write("pip\n")
        return venv, site

    def judge(self, name, venv, works, code="-"):
        """The disk's word is the interpreter's, which is asked where there is one."""
        document = lab.check(venv, options=("--probe",) if PYTHON else ())[1]
        environment = document["environments"][0]
        self.assertEqual(environment["interpreter"]["soabi"], SOABI, document)
        self.assertEqual(not lab.codes(document, "error"), works, document)
        if PYTHON:
            found, said = lab.import_chain(f"{venv}/bin/python", ("_cffi_backend", *lab.CHAIN))
            self.assertEqual(found, works, said)
            self.assertTrue(agreement.add(lab.BUILD, code, name, "3.13t", found, document), document)
        return document

    def test_the_chain_for_it_is_healthy_by_each_of_its_names(self):
        for name in ("python3.13t", "python3.13", "python3"):
            with self.subTest(name):
                venv, _ = self.venv(name)
                document = self.judge(f"free-threaded, by {name}", venv, True)
                self.assertEqual(lab.codes(document), set(), document)

    def test_an_abi3_module_of_the_ordinary_build_ends_it(self):
        venv, site = self.venv()
        bindings = f"{site}/cryptography/hazmat/bindings"
        os.unlink(f"{bindings}/_rust.{SOABI}.so")
        ordinary = glob.glob(os.path.join(lab.CACHE, "wheelhouse", "cryptography-*-abi3-*.whl"))[0]
        with tempfile.TemporaryDirectory() as folder:
            shutil.unpack_archive(ordinary, folder, "zip")
            shutil.copy2(f"{folder}/cryptography/hazmat/bindings/_rust.abi3.so", bindings)
        document = self.judge("abi3-binding", venv, False, "interpreter-mode-unsupported")
        self.assertIn("interpreter-mode-unsupported", lab.codes(document, "error"), document)

    def test_a_backend_of_the_ordinary_build_is_not_seen_by_it(self):
        venv, site = self.venv()
        os.rename(f"{site}/_cffi_backend.{SOABI}.so", f"{site}/_cffi_backend.{SOABI.replace('313t', '313')}.so")
        document = self.judge("backend-of-the-ordinary-build", venv, False, "cffi-backend-abi-mismatch")
        self.assertIn("cffi-backend-abi-mismatch", lab.codes(document, "error"), document)

    def test_an_old_cffi_that_was_compiled_for_it_works_and_is_warned_of(self):
        venv, site = self.venv()
        os.rename(f"{site}/cffi-2.0.0.dist-info", f"{site}/cffi-1.17.1.dist-info")
        for name in ("METADATA", "RECORD"):
            path = f"{site}/cffi-1.17.1.dist-info/{name}"
            with open(path) as file:
                rows = [row for row in file if "dist-info/METADATA," not in row]
            with open(path, "w") as file:
                file.writelines(row.replace("2.0.0", "1.17.1") for row in rows)
        document = self.judge("old-cffi", venv, True, "interpreter-mode-unsupported")
        self.assertIn("interpreter-mode-unsupported", lab.codes(document, "warning"), document)


if __name__ == "__main__":
    unittest.main()
