"""What every benchmark stands on: the build, a venv of 40 distributions, the daemon, small C programs, the newest pip."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

if len(sys.argv) < 2:
    sys.exit(f"usage: {sys.argv[0]} BUILD [ROUNDS]")
BUILD = os.path.abspath(sys.argv[1])
os.environ["ENVFIX_BUILD"] = BUILD
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))
import lab  # noqa: E402


def rounds(default):
    return int(sys.argv[2]) if len(sys.argv) > 2 else default


class Work:
    """A folder for `with`: gone afterwards."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="envfix-bench-")
        return self.folder

    def __exit__(self, *_):
        shutil.rmtree(self.folder, True)


def forty(folder):
    """A healthy venv of 40 distributions: the chain, pip and setuptools, and others without code."""
    venv = lab.make_template(folder, lab.wheelhouse())
    site = lab.site_packages(venv)
    for i in range(40 - len(glob.glob(f"{site}/*.dist-info"))):
        name = f"filler_{i}-1.{i}.dist-info"
        os.makedirs(f"{site}/{name}")
        # As long as real ones are.
        metadata = f"Metadata-Version: 2.1\nName: filler-{i}\nVersion: 1.{i}\nRequires-Dist: cffi\n\n" + "text\n" * 900
        for file, text in (("METADATA", metadata), ("RECORD", f"{name}/METADATA,,\n"), ("INSTALLER", "pip\n"),
                           ("WHEEL", "Wheel-Version: 1.0\nGenerator: filler\nRoot-Is-Purelib: true\nTag: py3-none-any\n")):
            with open(f"{site}/{name}/{file}", "w") as out:
                out.write(text)
    return venv


def what_is_read(venv):
    """What any checker has to read: the site folder, and the files of which it needs the ELF headers."""
    site = lab.site_packages(venv)
    return [site, os.path.realpath(f"{venv}/bin/python"), *glob.glob(f"{site}/_cffi_backend*.so"),
            *glob.glob(f"{site}/cryptography/hazmat/bindings/_rust*.so")]


def compile_c(folder, name, *options):
    program = os.path.join(folder, name)
    subprocess.run(["cc", "-O2", "-o", program, os.path.join(HERE, name + ".c"), *options], check=True)
    return program


def newest_pip():
    """The newest pip of the machine: (its version, the folder to give to a Python)."""
    patterns = (os.path.expanduser("~/.pyenv/versions/*/lib/python3*/site-packages/pip-*.dist-info"),
                "/usr/lib/python3/dist-packages/pip-*.dist-info", "/usr/local/lib/python3*/*-packages/pip-*.dist-info")
    found = [path for pattern in patterns for path in glob.glob(pattern)]
    version = lambda path: os.path.basename(path)[len("pip-"):-len(".dist-info")]  # noqa: E731
    newest = max(found, key=lambda path: [int(n) if n.isdigit() else 0 for n in version(path).split(".")])
    return version(newest), os.path.join(os.path.dirname(newest), "pip")


def daemon_on(folder, root, count):
    """The daemon, with `root` added, once it has judged `count` environments below it."""
    daemon = lab.Daemon(os.path.join(folder, "daemon"))
    daemon.start()
    daemon.ctl("add", root)

    def judged():
        found = [e for e in daemon.json("list")["environments"] if e["path"].startswith(root + "/")]
        return len(found) == count and all(e["state"] != "unverifiable" for e in found)
    lab.wait_for(judged, f"{count} environments are judged", daemon.said, seconds=300)
    return daemon
