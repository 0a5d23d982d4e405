"""What lies around an environment: the project's own files, variables, first lines, mounts, rights, the interpreter under it,
and another root. For each: what a program says, what we say, and that we say nothing once it is put right."""
import glob
import os
import shutil
import subprocess
import sys
import unittest
import zipfile

import lab

LAB = None
USES = "import jwt, cffi, supabase\ncffi.FFI()\nprint(jwt.encode({}, 'k' * 32, algorithm='HS256')[:2])\n"


def setUpModule():
    global LAB
    LAB = lab.Lab()
    os.chmod(LAB.folder, 0o755)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def severities(document):
    return {f["code"]: f["severity"] for e in document["environments"] for f in e["findings"]}


class Places(unittest.TestCase):
    """A project with a healthy venv, and a home of its own."""

    def setUp(self):
        name = self.id().rsplit(".", 1)[-1]
        self.venv = LAB.project(name)
        self.project = os.path.dirname(self.venv)
        self.python = f"{self.venv}/bin/python"
        self.home = os.path.join(LAB.folder, "homes", name)
        os.makedirs(self.home)
        write(f"{self.project}/pyproject.toml", "[project]\nname = 'app'\n")

    def program(self, name, text=USES, cwd=None, **environment):
        """(works, what it said) of a program of the project that is started in its folder."""
        path = write(f"{self.project}/{name}", text)
        done = lab.run([self.python, "-B", path], cwd=cwd or self.project, env=lab.clean_environment(HOME=self.home, **environment))
        return done.returncode == 0, (done.stdout + done.stderr).strip()

    def check(self, *options, **environment):
        return lab.check(self.venv, options=options, HOME=self.home, **environment)

    def assert_told(self, code, severity, **environment):
        _, document = self.check(**environment)
        self.assertEqual(severities(document).get(code), severity, document)
        state = document["environments"][0]["state"]
        self.assertEqual(state, "broken" if severity == "error" else "degraded")
        return [f for f in document["environments"][0]["findings"] if f["code"] == code][0]

    def assert_well(self, **environment):
        code, document = self.check(**environment)
        self.assertEqual(severities(document), {}, document)
        self.assertEqual(code, 0, document)


class LocalModules(Places):
    def test_a_file_of_the_project_hides_a_package(self):
        write(f"{self.project}/jwt.py", "def sign(): pass\n")
        works, said = self.program("main.py")
        self.assertFalse(works)
        self.assertIn("jwt", said)
        finding = self.assert_told("local-module-shadowing", "warning")
        self.assertIn(f"{self.project}/jwt.py", [e["path"] for e in finding["evidence"]])
        os.rename(f"{self.project}/jwt.py", f"{self.project}/tokens.py")
        works, said = self.program("main.py")
        self.assertTrue(works, said)
        self.assert_well()

    def test_a_file_beside_a_script_hides_a_package(self):
        write(f"{self.project}/scripts/cffi.py", "")
        works, _ = self.program("scripts/run.py", USES + "if __name__ == '__main__':\n    pass\n")
        self.assertFalse(works)
        self.assert_told("local-module-shadowing", "warning")

    def test_a_folder_is_taken_for_the_absent_package(self):
        write(f"{self.project}/supabase/migrations/1.sql", "")
        works, said = self.program("main.py")
        self.assertTrue(works, said)  # the package wins
        self.assert_well()
        lab.must([self.python, "-m", "pip", "uninstall", "-y", "-q", "supabase"], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))
        works, said = self.program("main.py", "from supabase import create_client\n")
        self.assertFalse(works)
        self.assertIn("unknown location", said)
        self.assert_told("local-module-shadowing", "error")

    def test_modules_inside_of_packages_hide_nothing(self):
        write(f"{self.project}/app/__init__.py", "")
        write(f"{self.project}/app/jwt.py", "")
        write(f"{self.project}/core/jwt.py", "")
        write(f"{self.project}/core/settings.py", "")
        works, said = self.program("main.py", USES + "import app.jwt, core.jwt\n")
        self.assertTrue(works, said)
        self.assert_well()


class Variables(Places):
    def setUp(self):
        super().setUp()
        self.other = os.path.join(self.home, "other")  # another cffi, whose half does not fit the venv's
        shutil.copytree(f"{lab.site_packages(self.venv)}/cffi", f"{self.other}/cffi")
        init = f"{self.other}/cffi/__init__.py"
        with open(init) as file:
            lines = ['__version__ = "9.9.9"' if line.startswith("__version__ =") else line for line in file.read().splitlines()]
        write(init, "\n".join(lines) + "\n")

    def test_the_session_brings_in_another_package(self):
        works, said = self.program("main.py", PYTHONPATH=self.other)
        self.assertFalse(works)
        self.assertIn("9.9.9", said)
        finding = self.assert_told("pythonpath-conflict", "error", PYTHONPATH=self.other)
        self.assertIn("the session", finding["summary"])
        works, said = self.program("main.py")
        self.assertTrue(works, said)
        self.assert_well()

    def test_each_file_that_sets_it_is_named(self):
        unit = f"[Service]\nWorkingDirectory={self.project}\nEnvironment=PYTHONPATH={self.other}\nExecStart={self.python} main.py\n"
        for path, text in ((f"{self.project}/.env", f"A=1\nPYTHONPATH={self.other}\n"),
                           (f"{self.project}/.envrc", f"layout python\npath_add PYTHONPATH {self.other}\n"),
                           (f"{self.home}/.bashrc", f"# ROS\nexport PYTHONPATH=$HOME/other:$PYTHONPATH\n"),
                           (f"{self.home}/.config/environment.d/x.conf", f"PYTHONPATH={self.other}\n"),
                           (f"{self.home}/.config/systemd/user/app.service", unit)):
            with self.subTest(path):
                write(path, text)
                finding = self.assert_told("pythonpath-conflict", "error")
                self.assertIn(path + ":", finding["summary"])
                os.unlink(path)
                self.assert_well()

    def test_a_variable_that_brings_nothing_of_the_chain_is_nobody_s_business(self):
        write(f"{self.project}/src/app/__init__.py", "")
        write(f"{self.project}/.env", "PYTHONPATH=src:.\n")
        self.assert_well(PYTHONPATH=f"{self.project}/src")

    def test_the_same_package_from_elsewhere_is_a_warning(self):
        same = os.path.join(self.home, "same")
        shutil.copytree(f"{lab.site_packages(self.venv)}/jwt", f"{same}/jwt")
        works, said = self.program("main.py", PYTHONPATH=same)
        self.assertTrue(works, said)
        self.assert_told("pythonpath-conflict", "warning", PYTHONPATH=same)

    def test_a_prefix_without_a_library_stops_the_interpreter(self):
        nowhere = os.path.join(self.home, "nowhere")
        os.makedirs(nowhere)
        works, said = self.program("main.py", PYTHONHOME=nowhere)
        self.assertFalse(works, said)
        self.assert_told("pythonpath-conflict", "error", PYTHONHOME=nowhere)


class Interpreters(Places):
    def bare_python(self):
        bare = os.path.join(self.home, "bare")
        lab.must([lab.PYTHON, "-m", "venv", "--without-pip", bare], env=lab.clean_environment())
        return f"{bare}/bin/python"

    def test_a_script_names_a_python_without_the_packages(self):
        bare = self.bare_python()
        script = write(f"{self.project}/main.py", f"#!{bare}\n{USES}", 0o755)
        done = lab.run([script], env=lab.clean_environment())
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("No module named", done.stderr)
        self.assert_told("wrong-interpreter", "warning")
        write(script, f"#!{self.python}\n{USES}", 0o755)
        self.assertEqual(lab.run([script], env=lab.clean_environment()).returncode, 0)
        self.assert_well()

    def test_a_unit_names_a_python_without_the_packages(self):
        write(f"{self.project}/main.py", USES)
        unit = write(f"{self.home}/.config/systemd/user/app.service", f"[Service]\nExecStart={self.bare_python()} {self.project}/main.py\n")
        finding = self.assert_told("wrong-interpreter", "warning")
        self.assertEqual(finding["evidence"][0]["path"], unit)

    def test_the_commands_of_a_venv_that_was_moved_do_not_start(self):
        first = os.path.join(self.home, "first")
        lab.must([lab.PYTHON, "-m", "venv", first], env=lab.clean_environment())
        moved = os.path.join(self.home, "moved")
        os.rename(first, moved)
        with self.assertRaises(FileNotFoundError):
            subprocess.run([f"{moved}/bin/pip", "--version"], check=True)
        _, document = lab.check(moved, HOME=self.home)
        self.assertEqual(severities(document), {"venv-interpreter-missing": "warning"}, document)

    def test_the_commands_of_a_venv_that_was_copied_work_in_the_original(self):
        copy = os.path.join(self.home, "copy")
        lab.must(["cp", "-a", self.venv, copy])
        self.assertIn(self.venv, lab.must([f"{copy}/bin/pip", "--version"]))
        self.assertTrue(lab.import_chain(f"{copy}/bin/python")[0])
        code, document = lab.check(copy, HOME=self.home)
        self.assertEqual((code, severities(document)), (11, {"wrong-interpreter": "warning"}), document)
        lab.settle(copy, self.venv)
        code, document = lab.check(copy, HOME=self.home)
        self.assertEqual((code, severities(document)), (0, {}), document)


def other_pythons():
    own = sys.version_info[:2]
    found = {}
    for path in sorted(glob.glob("/root/.pyenv/versions/3.1[0-9]*/bin/python3") + glob.glob(os.path.expanduser("~/.pyenv/versions/3.1*/bin/python3"))):
        version = tuple(int(part) for part in lab.must([path, "-c", "import sys; print(*sys.version_info[:2])"]).split())
        if version != own:
            found[version] = path
    return sorted(found.items())


class BasePythons(unittest.TestCase):
    """A venv whose base Python was upgraded, moved or removed."""

    def setUp(self):
        self.folder = os.path.join(LAB.folder, self.id().rsplit(".", 1)[-1])
        os.makedirs(self.folder)
        self.venv = os.path.join(self.folder, ".venv")
        pythons = other_pythons()
        if len(pythons) < 2:
            self.skipTest("needs two more Pythons below ~/.pyenv")
        (self.older, self.old), (self.newer, self.new) = pythons[-2:]
        self.site = f"{self.venv}/lib/python{self.older[0]}.{self.older[1]}/site-packages"

    def make(self, *options):
        lab.must([self.old, "-m", "venv", "--without-pip", *options, self.venv], env=lab.clean_environment())
        shutil.copytree(f"{lab.site_packages(LAB.template)}/jwt", f"{self.site}/jwt")
        shutil.copytree(lab.only_dist_info(LAB.template, "PyJWT"), f"{self.site}/PyJWT-2.6.0.dist-info")
        self.assert_imports(True)
        self.assertNotIn("venv-interpreter-missing", lab.codes(lab.check(self.venv)[1]))

    def assert_imports(self, wanted):
        try:
            works, said = lab.import_chain(f"{self.venv}/bin/python", ("jwt.exceptions",))
        except FileNotFoundError:
            works, said = False, "no such file"
        if wanted or "has_crypto" not in said:
            self.assertEqual(works or "has_crypto" in said, wanted, said)

    def assert_told(self):
        self.assert_imports(False)
        code, document = lab.check(self.venv)
        self.assertEqual(severities(document).get("venv-interpreter-missing"), "error", document)
        self.assertEqual(code, 11)

    def test_upgraded_to_another_minor_version(self):
        self.make()
        for name in ("python", "python3"):
            os.unlink(f"{self.venv}/bin/{name}")
            os.symlink(self.new, f"{self.venv}/bin/{name}")
        self.assert_told()

    def test_made_again_by_a_newer_python_over_the_old_one(self):
        self.make()
        for name in glob.glob(f"{self.venv}/bin/python*"):
            os.unlink(name)
        lab.must([self.new, "-m", "venv", "--without-pip", self.venv], env=lab.clean_environment())
        self.assert_told()

    def test_moved_away(self):
        base = os.path.join(self.folder, "base")
        os.makedirs(f"{base}/bin")
        os.symlink(self.old, f"{base}/bin/python3")
        self.make()
        for name in ("python", "python3"):
            os.unlink(f"{self.venv}/bin/{name}")
            os.symlink(f"{base}/bin/python3", f"{self.venv}/bin/{name}")
        os.rename(base, base + "-elsewhere")
        self.assert_told()


class Barriers(Places):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root to give files away and to mount")

    def as_nobody(self, *argv):
        return lab.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *argv], cwd="/", env=lab.clean_environment())

    def test_a_package_that_its_user_may_not_read(self):
        lab.must(["chown", "-R", "65534:65534", self.venv])
        for folder in (os.path.join(LAB.folder, "projects"), self.project):
            os.chmod(folder, 0o755)
        importing = [self.python, "-B", "-c", "import jwt; jwt.encode"]
        done = self.as_nobody(*importing)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_well()
        lab.must(["chown", "0:0", f"{lab.site_packages(self.venv)}/jwt"])
        lab.must(["chmod", "700", f"{lab.site_packages(self.venv)}/jwt"])
        self.assertNotEqual(self.as_nobody(*importing).returncode, 0)
        self.assert_told("install-location-unusable", "error")
        done = self.as_nobody(lab.ENVFIXD, "check", "--json", self.venv)
        self.assertIn("install-location-unusable", done.stdout, done.stderr)

    def test_a_folder_that_sudo_pip_took(self):
        lab.must(["chown", "-R", "65534:65534", self.venv])
        lab.must(["chown", "0:0", lab.site_packages(self.venv)])
        self.assert_told("install-location-unusable", "warning")

    def test_a_mount_that_forbids_to_execute(self):
        script = """
import json, os, subprocess, sys
envfixd, venv, place = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", "noexec", "none", place], check=True)
subprocess.run(["cp", "-a", venv, place + "/v"], check=True)
done = subprocess.run([place + "/v/bin/python", "-c", "import _cffi_backend"], stderr=subprocess.PIPE, text=True)
said = done.stderr.strip().splitlines()[-1]
print(json.dumps([said, json.loads(subprocess.run([envfixd, "check", "--json", place + "/v"], stdout=subprocess.PIPE).stdout)]))
"""
        place = os.path.join(self.home, "mount")
        os.makedirs(place)
        done = lab.run(["unshare", "-m", sys.executable, "-c", script, lab.ENVFIXD, self.venv, place], env=lab.clean_environment())
        if "unshare" in done.stderr or "mount:" in done.stderr:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        said, document = lab.json.loads(done.stdout)
        self.assertIn("failed to map segment", said)
        findings = {f["code"]: f for f in document["environments"][0]["findings"]}
        self.assertIn("execution-blocked", findings)
        self.assertIn(place, findings["execution-blocked"]["summary"])


class HealthyLayouts(Places):
    def move_jwt_to(self, folder):
        site = lab.site_packages(self.venv)
        os.makedirs(folder)
        shutil.move(f"{site}/jwt", folder)
        return site

    def test_an_editable_install_that_a_finder_serves(self):
        source = os.path.join(self.home, "source")
        site = self.move_jwt_to(source)
        name = "__editable___PyJWT_2_6_0_finder"
        write(f"{site}/__editable__.PyJWT-2.6.0.pth", f"import {name}; {name}.install()")
        write(f"{site}/{name}.py", f"""import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location
MAPPING: dict[str, str] = {{'jwt': '{source}/jwt'}}
NAMESPACES: dict[str, list[str]] = {{}}
class _EditableFinder:
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname in MAPPING:
            return spec_from_file_location(fullname, MAPPING[fullname] + '/__init__.py')
def install():
    sys.meta_path.append(_EditableFinder)
""")
        record = f"{lab.only_dist_info(self.venv, 'PyJWT')}/RECORD"
        with open(record) as file:
            rows = [row for row in file if not row.startswith("jwt/")]
        write(record, "".join(rows))
        works, said = self.program("main.py")
        self.assertTrue(works, said)
        self.assert_well()

    def test_a_zipped_egg(self):
        site = self.move_jwt_to(os.path.join(self.home, "egg"))
        shutil.rmtree(lab.only_dist_info(self.venv, "PyJWT"))
        with zipfile.ZipFile(f"{site}/PyJWT-2.6.0-py3.11.egg", "w", zipfile.ZIP_DEFLATED) as egg:
            egg.writestr("EGG-INFO/PKG-INFO", "Metadata-Version: 2.1\nName: PyJWT\nVersion: 2.6.0\n")
            for path in glob.glob(os.path.join(self.home, "egg", "jwt", "*.py")):
                egg.write(path, "jwt/" + os.path.basename(path))
        write(f"{site}/easy-install.pth", "./PyJWT-2.6.0-py3.11.egg\n")
        works, said = self.program("main.py")
        self.assertTrue(works, said)
        self.assert_well()

    def test_an_egg_link(self):
        source = os.path.join(self.home, "develop")
        site = self.move_jwt_to(source)
        shutil.rmtree(lab.only_dist_info(self.venv, "PyJWT"))
        write(f"{source}/PyJWT.egg-info/PKG-INFO", "Metadata-Version: 2.1\nName: PyJWT\nVersion: 2.6.0\n")
        write(f"{site}/PyJWT.egg-link", f"{source}\n.")
        write(f"{site}/easy-install.pth", source + "\n")
        works, said = self.program("main.py")
        self.assertTrue(works, said)
        self.assert_well()


class AnotherRoot(unittest.TestCase):
    """A tree of real files that never was this machine's root. What lies outside is a trap."""

    def setUp(self):
        self.outside = os.path.join(LAB.folder, "outside-" + self.id().rsplit(".", 1)[-1])
        self.root = os.path.join(self.outside, "root")
        real = os.path.realpath(lab.PYTHON)
        minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
        os.makedirs(f"{self.root}/usr/bin")
        shutil.copy(real, f"{self.root}/usr/bin/{minor}")
        os.symlink(f"/usr/bin/{minor}", f"{self.root}/usr/bin/python3")
        library = f"{self.root}/usr/lib/{minor}"
        os.makedirs(f"{library}/lib-dynload")
        for path in [f"/usr/lib/{minor}/{name}" for name in ("os.py", "site.py")] + glob.glob(f"/usr/lib/{minor}/_sysconfigdata_*"):
            shutil.copy(path, library)
        shutil.copytree(f"/usr/lib/{minor}/encodings", f"{library}/encodings", ignore=shutil.ignore_patterns("__pycache__"))
        for path in glob.glob("/lib/*-linux-gnu/libc.so.6") + glob.glob("/lib/*-linux-gnu/lib*.so.*"):
            name = os.path.basename(path)
            if not name.startswith(("libc.so", "libm.so", "libz.so", "libexpat", "libffi", "libssl", "libcrypto", "libdl", "libpthread", "libgcc_s")):
                continue
            target = self.root + path.replace("/lib/", "/usr/lib/", 1)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(path, target)
        for path in glob.glob("/lib64/ld-linux*") + glob.glob("/lib/ld-linux*"):  # a link into the multiarch folder
            real_loader = os.path.realpath(path)
            os.makedirs(f"{self.root}/usr{os.path.dirname(path)}", exist_ok=True)
            os.makedirs(os.path.dirname(self.root + real_loader), exist_ok=True)
            shutil.copy(real_loader, self.root + real_loader)
            os.symlink(real_loader, f"{self.root}/usr{path}")
        os.symlink("usr/lib", f"{self.root}/lib")
        os.symlink("usr/lib64", f"{self.root}/lib64")
        self.venv = f"{self.root}/srv/app/.venv"
        os.makedirs(f"{self.root}/srv/app")
        lab.must(["cp", "-a", LAB.template, self.venv])
        self.site = lab.site_packages(self.venv)
        for path in glob.glob(f"{self.site}/pip*"):  # its commands name the folder that they were made in
            shutil.rmtree(path)
        for path in glob.glob(f"{self.venv}/bin/pip*"):
            os.unlink(path)
        made_with = f"#!{LAB.template}/bin/python"
        for path in glob.glob(f"{self.venv}/bin/*"):
            with open(path, errors="replace") as file:
                text = file.read() if os.path.getsize(path) < 65536 else ""
            if text.startswith(made_with):  # of the same length, as RECORD has it
                write(path, text.replace(made_with, "#!/srv/app/.venv/bin/python".ljust(len(made_with)), 1), 0o755)

    def check(self):
        before = lab.tree(self.outside)
        done = lab.run([lab.ENVFIXD, "check", "--json", "--root", self.root, "/srv/app"], env=lab.clean_environment())
        self.assertEqual(lab.differences(before, lab.tree(self.outside)), [])
        self.assertTrue(done.stdout, done.stderr)
        document = lab.json.loads(done.stdout)
        self.assertEqual(document["environments"][0]["path"], "/srv/app/.venv")
        return done.returncode, document

    def test_a_whole_environment_is_healthy_there(self):
        code, document = self.check()
        self.assertEqual(severities(document), {}, document)
        self.assertEqual(code, 0, document)

    def test_a_fault_is_found_there_and_named_with_its_paths(self):
        os.unlink(glob.glob(f"{self.site}/_cffi_backend*.so")[0])
        code, document = self.check()
        self.assertEqual(code, 11)
        findings = {f["code"]: f for f in document["environments"][0]["findings"]}
        self.assertIn("cffi-backend-missing", findings, document)
        self.assertNotIn(self.root, lab.json.dumps(document))

    def test_links_are_never_followed_out(self):
        backend = glob.glob(f"{self.site}/_cffi_backend*.so")[0]
        shutil.move(backend, self.outside)  # there for whoever leaves the root
        os.symlink(os.path.join(self.outside, os.path.basename(backend)), backend)
        code, document = self.check()
        self.assertEqual(code, 11, document)
        os.unlink(backend)
        shutil.move(os.path.join(self.outside, os.path.basename(backend)), backend)
        os.unlink(f"{self.root}/usr/bin/python3")
        os.symlink(os.path.realpath(lab.PYTHON), os.path.join(self.outside, "python3"))
        os.symlink("../../../python3", f"{self.root}/usr/bin/python3")  # leads out of the root, were it no root
        code, document = self.check()
        self.assertEqual(severities(document).get("venv-interpreter-missing"), "error", document)


if __name__ == "__main__":
    unittest.main(verbosity=2)
