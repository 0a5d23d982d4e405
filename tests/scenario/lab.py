"""What every scenario needs: real venvs from real wheels, the daemon on a bus of its own, and the means to compare.

Nothing here knows a finding code. The build to test is in $ENVFIX_BUILD.
"""
import atexit
import glob
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ["ENVFIX_BUILD"]
ENVFIXD = os.path.join(BUILD, "envfixd")
ENVFIXCTL = os.path.join(BUILD, "envfixctl")
CACHE = os.environ.get("ENVFIX_TEST_CACHE") or os.path.expanduser("~/.cache/envfix-tests")
PYTHON = "/usr/bin/python3"
CHAIN = ("cffi", "cryptography.fernet", "jwt", "supabase")

# Imports the chain as a program would, one module after the other, and says which one failed.
IMPORT_CHAIN = """
import sys
for name in sys.argv[1:]:
    try:
        __import__(name)
    except BaseException as error:
        print(f"{name}: {type(error).__name__}: {error}")
        sys.exit(1)
import jwt.algorithms
if not jwt.algorithms.has_crypto:
    print("jwt: has_crypto is False")
    sys.exit(1)
"""


def run(argv, **options):
    """Runs to the end; output is text. Never raises for an exit code."""
    options.setdefault("timeout", 180)
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def must(argv, **options):
    done = run(argv, **options)
    if done.returncode != 0:
        raise AssertionError(f"{argv}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def clean_environment(**more):
    """PATH and HOME, nothing else that could bend an interpreter."""
    keep = {k: os.environ[k] for k in ("PATH", "HOME", "LANG", "DBUS_SESSION_BUS_ADDRESS", "TMPDIR",
                                       "ASAN_OPTIONS", "UBSAN_OPTIONS") if k in os.environ}
    keep.update(more)
    return keep


def wheelhouse():
    folder = os.path.join(CACHE, "wheelhouse")
    must([PYTHON, os.path.join(HERE, "..", "support", "wheelhouse.py"), folder])
    return folder


def make_template(folder, wheels, python=PYTHON):
    """A healthy venv with the whole chain, made as a person makes one."""
    must([python, "-m", "venv", folder], env=clean_environment())
    must([f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
          "--find-links", wheels, "supabase"], env=clean_environment(PIP_CONFIG_FILE="/dev/null"))
    return folder


def import_chain(python, modules=CHAIN, **environment):
    """The interpreter's own word: (works, what it said). Writes no bytecode."""
    with tempfile.TemporaryDirectory() as empty:
        done = run([python, "-B", "-c", IMPORT_CHAIN, *modules], cwd=empty, env=clean_environment(**environment))
    said = (done.stdout + done.stderr).strip().splitlines()
    return done.returncode == 0, (said[-1] if said else f"exit {done.returncode}")


def run_program(python, program, **environment):
    """(works, what it said) of a program given as text, in an empty folder."""
    with tempfile.TemporaryDirectory() as empty:
        done = run([python, "-B", "-c", program], cwd=empty, env=clean_environment(**environment))
    said = (done.stdout + done.stderr).strip().splitlines()
    return done.returncode == 0, (said[-1] if said else f"exit {done.returncode}")


def tree(folder, leave_out=(".envfix", "__pycache__")):
    """Every file, link and folder below: path -> what it is, with content, mode and modification time of files."""
    found = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [n for n in folders if n not in leave_out]
        for name in folders + files:
            path = os.path.join(place, name)
            key = os.path.relpath(path, folder)
            status = os.lstat(path)
            if os.path.islink(path):
                found[key] = ("link", os.readlink(path))
            elif os.path.isdir(path):
                found[key] = ("folder", status.st_mode)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    digest = hashlib.sha256(file.read()).hexdigest()
                found[key] = ("file", status.st_mode, digest, status.st_mtime_ns)
            else:
                found[key] = ("other", status.st_mode)
    return found


def differences(before, after):
    return sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))


def check(*paths, options=(), **environment):
    """`envfixd check --json`: (exit code, document)."""
    done = run([ENVFIXD, "check", "--json", *options, *paths], env=clean_environment(**environment))
    if not done.stdout.strip():
        raise AssertionError(f"envfixd check said nothing: exit {done.returncode}\n{done.stderr}")
    return done.returncode, json.loads(done.stdout)


def codes(document, severity=None):
    return {f["code"] for e in document["environments"] for f in e["findings"]
            if severity is None or f["severity"] == severity}


class Daemon:
    """`envfixd --user` with folders of its own on the session bus that runs the test."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.config = os.path.join(folder, "config")
        self.state = os.path.join(folder, "state")
        os.makedirs(os.path.join(self.config, "policies.d"), exist_ok=True)
        self.environment = clean_environment(ENVFIX_CONFIG_DIRS=self.config, ENVFIX_STATE_DIR=self.state,
                                             HOME=os.path.join(folder, "home"), **environment)
        os.makedirs(self.environment["HOME"], exist_ok=True)
        self.process = None

    def start(self):
        self.log = open(os.path.join(self.folder, "daemon.log"), "ab")
        self.process = subprocess.Popen([ENVFIXD, "--user"], env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        atexit.register(self.kill)
        wait_for(lambda: self.ctl("status").returncode != 8, "the daemon answers", self.said)

    def said(self):
        with open(os.path.join(self.folder, "daemon.log"), errors="replace") as file:
            return file.read()[-4000:]

    def stop(self):
        """SIGTERM; gives the seconds that it took to end, and its exit code."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        return time.monotonic() - begun, code

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def ctl(self, *words, **options):
        return run([ENVFIXCTL, "--user", *words], env=self.environment, **options)

    def json(self, *words):
        done = self.ctl("--json", *words)
        if not done.stdout.strip():
            raise AssertionError(f"envfixctl {words}: exit {done.returncode}: {done.stderr}\n{self.said()}")
        return json.loads(done.stdout)

    def kept(self, name):
        """What the store holds of a distribution: a file of its index for each. One that is being written has another name."""
        return glob.glob(f"{self.state}/store/index/{name}/*[0-9a-f]")

    def environment_at(self, path):
        for found in self.json("list")["environments"]:
            if found["path"] == path:
                return found
        return None

    def policy(self, name, text):
        path = os.path.join(self.config, "policies.d", name)
        with open(path, "w") as file:
            file.write(text)
        return path


def policy_text(name, findings="cffi-backend-missing", steps=("restore: cffi",), mode="ask", more=""):
    """A policy that puts cffi back from the store; `more`: further lines."""
    rungs = "".join(f"  - {step}\n" for step in steps)
    return f"envfix: 1\nfix: {name}\ndescribe: from the store\nwhen:\n  findings: [{findings}]\ndo:\n{rungs}mode: {mode}\n{more}"


def wait_for(condition, what, tell=lambda: "", seconds=30):
    """Polls until it holds. The last value is given back."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}\n{tell()}")
        time.sleep(0.02)


class Lab:
    """A folder with one healthy template; `project` gives a fresh copy of it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="envfix-scenario-")
        atexit.register(shutil.rmtree, self.folder, True)
        self.wheels = wheelhouse()
        self.template = make_template(os.path.join(self.folder, "template"), self.wheels)

    def project(self, name):
        """A project folder with a copy of the template as its `.venv`; gives the venv's path."""
        project = os.path.join(self.folder, "projects", name)
        os.makedirs(project)
        venv = os.path.join(project, ".venv")
        must(["cp", "-a", "--reflink=auto", self.template, venv])
        settle(venv, self.template)
        return venv


def settle(venv, original):
    """Lets the commands of a copy start with its own Python, as if the venv had been made there."""
    for entry in os.scandir(f"{venv}/bin"):
        if entry.is_symlink() or not entry.is_file() or entry.stat().st_size > 65536:
            continue
        with open(entry.path, "rb") as file:
            text = file.read()
        if original.encode() in text:
            with open(entry.path, "wb") as file:
                file.write(text.replace(original.encode(), venv.encode()))


def only_dist_info(venv, name):
    """The metadata folder of one distribution."""
    found = [n for n in os.listdir(site_packages(venv)) if n.startswith(name + "-") and n.endswith(".dist-info")]
    assert len(found) == 1, f"{name}: {found}"
    return os.path.join(site_packages(venv), found[0])


def site_packages(venv):
    """Its one folder of packages, whatever its Python is."""
    found = glob.glob(f"{venv}/lib/python3.*/site-packages")
    assert len(found) == 1, f"{venv}: {found}"
    return found[0]
