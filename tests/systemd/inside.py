"""Runs as root inside a booted Debian tree: the package is installed, its user service runs, finds, fixes, survives."""
import glob
import json
import os
import pwd
import signal
import subprocess
import time
import unittest

USER = "ann"
HOME = f"/home/{USER}"


def run(argv, **options):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=180, **options)


def must(argv, **options):
    done = run(argv, **options)
    if done.returncode != 0:
        raise AssertionError(f"{argv}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def as_user(*argv):
    uid = pwd.getpwnam(USER).pw_uid
    return ["runuser", "-u", USER, "--", "env", "-i", f"HOME={HOME}", f"USER={USER}", "PATH=/usr/bin:/bin", "LANG=C.UTF-8",
            f"XDG_RUNTIME_DIR=/run/user/{uid}", f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{uid}/bus", *argv]


def systemctl(*words):
    return run(as_user("systemctl", "--user", *words))


def ctl(*words):
    return run(as_user("envfixctl", "--user", *words), cwd="/")


def service(name):
    return systemctl("show", "-P", name, "envfixd.service").stdout.strip()


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            journal = run(["journalctl", "-n", "40", "--no-pager"]).stdout
            raise AssertionError(f"not within {seconds} s: {what}\n{journal}")
        time.sleep(0.1)
    return value


def state_of(path):
    done = ctl("--json", "list")
    if done.returncode != 0:
        return None
    return next((e["state"] for e in json.loads(done.stdout)["environments"] if e["path"] == path), None)


class Package(unittest.TestCase):
    """In this order: each test goes on from where the one before it ended."""

    venv = f"{HOME}/src/shop/.venv"

    def test_1_it_installs(self):
        must(["apt-get", "update", "-q"])
        must(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "/work/envfix.deb"])
        self.assertEqual(must(["envfixd", "--version"]).split()[-1], must(["dpkg-query", "-Wf", "${Version}", "envfix"]))

    def test_2_a_user_enables_it(self):
        must(["useradd", "-m", "-s", "/bin/bash", USER])
        must(["loginctl", "enable-linger", USER])
        wait_for(lambda: systemctl("is-system-running").stdout.strip() in ("running", "degraded"), "the user manager runs")
        must(as_user("mkdir", "-p", f"{HOME}/src/shop", f"{HOME}/.config/pip", f"{HOME}/.config/envfix"))
        with open(f"{HOME}/.config/pip/pip.conf", "w") as file:
            file.write("[global]\nno-index = true\nfind-links = /work/wheels\n")
        with open(f"{HOME}/.config/envfix/envfixd.yaml", "w") as file:
            file.write("roots: [~/src]\n")
        # The tree has no man; that the page is there is seen without it.
        sound = run(as_user("systemd-analyze", "--user", "verify", "--man=no", "/usr/lib/systemd/user/envfixd.service"))
        self.assertEqual((sound.returncode, sound.stdout + sound.stderr), (0, ""))
        self.assertTrue(os.path.exists("/usr/share/man/man8/envfixd.8.gz"))
        enabled = systemctl("enable", "--now", "envfixd.service")
        self.assertEqual(enabled.returncode, 0, enabled.stderr)
        self.assertEqual(service("ActiveState"), "active")
        self.assertEqual(service("StatusErrno"), "0")
        self.assertNotEqual(service("StatusText"), "")
        self.assertIn(ctl("status").returncode, (0, 11))

    def test_3_it_finds_fixes_and_proves(self):
        must(as_user("python3", "-m", "venv", self.venv))
        must(as_user(f"{self.venv}/bin/python", "-m", "pip", "install", "-q", "supabase"))
        wait_for(lambda: state_of(self.venv) == "healthy", "the venv is healthy")
        os.unlink(glob.glob(f"{self.venv}/lib/python3*/site-packages/_cffi_backend*.so")[0])
        wait_for(lambda: state_of(self.venv) == "broken", "the loss is seen")
        self.assertEqual(ctl("policy", "approve", "cffi-backend-missing").returncode, 0)
        fixed = ctl("fix", self.venv, "--yes", "--wait")
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr)
        must(as_user(f"{self.venv}/bin/python", "-c", "import cryptography.fernet"))
        self.assertEqual(state_of(self.venv), "healthy")

    def test_3_the_journal_has_it_in_fields(self):
        listed = json.loads(must(as_user("envfixctl", "--user", "--json", "list")))["environments"]
        identity = next(e["id"] for e in listed if e["path"] == self.venv)

        def records(*more):
            lines = must(["journalctl", "--no-pager", "-o", "json", f"ENVFIX_ENVIRONMENT={identity}", *more]).splitlines()
            return [json.loads(line) for line in lines]

        found = wait_for(lambda: records("ENVFIX_CODE=cffi-backend-missing"), "the finding is in the journal")
        for record in found:
            self.assertEqual(record["ENVFIX_PATH"], self.venv)
            self.assertEqual(record["SYSLOG_IDENTIFIER"], "envfixd")
            self.assertRegex(record["MESSAGE_ID"], "^[0-9a-f]{32}$")
        kinds = {record["MESSAGE_ID"] for record in records()}
        for kind in ("0bc59d925b594395b72c870146766734",  # it broke
                     "b9a2d29a615749429250ab010932f095",  # what was found
                     "c0dc3167cd9c4d38aac21649bc32c406", "bd486f98c701445fb138f7577bf1c8df",  # plan made, approved
                     "dc0e34c3dff24a0b895de81686b97e8f", "4462e52a716d43fc8a28010df4cbd6c9",  # run started, ended
                     "55dc016e83fc48458aec344429081286"):  # it is well
            self.assertIn(kind, kinds)
        history = json.loads(must(as_user("envfixctl", "--user", "--json", "history")))["runs"]
        ended = records(f"ENVFIX_RUN={history[0]['id']}", "MESSAGE_ID=4462e52a716d43fc8a28010df4cbd6c9")
        self.assertEqual([(r["ENVFIX_POLICY"], r["PRIORITY"]) for r in ended], [("cffi-backend-missing", "5")])
        # dpkg's trigger of systemd has taken our catalogue.
        explained = must(["journalctl", "--no-pager", "-x", "-n", "1", f"ENVFIX_RUN={history[0]['id']}",
                          "MESSAGE_ID=4462e52a716d43fc8a28010df4cbd6c9"])
        self.assertIn("Defined-By: envfix", explained)
        self.assertIn(f"envfixctl undo {history[0]['id']}", explained)

    def test_4_another_user_sees_nothing_of_it(self):
        must(["useradd", "-m", "bob"])
        uid = pwd.getpwnam(USER).pw_uid
        done = run(["runuser", "-u", "bob", "--", "env", f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{uid}/bus",
                    "envfixctl", "--user", "status"])
        self.assertEqual(done.returncode, 8, done.stdout + done.stderr)

    def test_5_killed_it_comes_back_with_its_history(self):
        before = service("MainPID")
        os.kill(int(before), signal.SIGKILL)
        wait_for(lambda: service("MainPID") not in (before, "0") and service("ActiveState") == "active", "it runs again")
        history = json.loads(must(as_user("envfixctl", "--user", "--json", "history")))
        self.assertEqual([r["state"] for r in history["runs"]], ["fixed"])

    def test_6_hung_the_watchdog_ends_it_and_it_comes_back(self):
        drop_in = f"{HOME}/.config/systemd/user/envfixd.service.d"
        must(as_user("mkdir", "-p", drop_in))
        with open(f"{drop_in}/watchdog.conf", "w") as file:
            file.write("[Service]\nWatchdogSec=3s\nRestart=on-failure\nRestartSec=100ms\n")
        self.assertEqual(systemctl("daemon-reload").returncode, 0)
        self.assertEqual(systemctl("restart", "envfixd.service").returncode, 0)
        before = service("MainPID")
        time.sleep(5)  # longer than the watchdog: while it is well, it is left alone
        self.assertEqual(service("MainPID"), before)
        os.kill(int(before), signal.SIGSTOP)
        wait_for(lambda: service("MainPID") not in (before, "0") and service("ActiveState") == "active", "it runs again")
        self.assertEqual(state_of(self.venv), "healthy")

    def test_7_reload_and_reexec_of_the_manager_leave_it_alone(self):
        before = service("MainPID")
        for _ in range(5):
            self.assertEqual(systemctl("reload", "envfixd.service").returncode, 0)
            self.assertEqual(systemctl("daemon-reexec").returncode, 0)
        self.assertEqual(service("MainPID"), before)
        self.assertEqual(ctl("status").returncode, 0)

    def test_8_stopped_it_is_activated_by_the_bus(self):
        self.assertEqual(systemctl("stop", "envfixd.service").returncode, 0)
        self.assertEqual(service("Result"), "success")
        self.assertEqual(ctl("status").returncode, 0)
        self.assertEqual(service("ActiveState"), "active")

    def test_9_removed_it_leaves_people_s_data_and_nothing_else(self):
        files = must(["dpkg", "-L", "envfix"]).split()
        must(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "purge", "-q", "-y", "envfix"])
        self.assertEqual([f for f in files if os.path.isfile(f)], [])
        self.assertTrue(os.path.isdir(f"{HOME}/.local/state/envfix"))
        self.assertFalse(os.path.exists("/etc/envfix"))


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
