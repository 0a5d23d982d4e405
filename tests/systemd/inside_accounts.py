"""Runs as root inside a booted Debian tree: environments of an account in a root that the administrator named, with real workers."""
import glob
import json
import os
import pwd
import shutil
import signal
import unittest

import inside_system
from inside_system import as_user, ctl, exposure, journal, must, run, wait_for

ROOT = "/srv/app"
VENV = f"{ROOT}/.venv"
WORKER_AT_MOST = 0.7
FINDING = "cffi-backend-missing"


def unit(name, of):
    return inside_system.unit(name, of)


def uid():
    return pwd.getpwnam("svc").pw_uid


def watch():
    return f"envfix-watch@{uid()}.service"


def listed(user=None, *words):
    done = ctl("--json", *(words or ("list",)), user=user)
    return json.loads(done.stdout)["environments"] if done.returncode in (0, 11, 12) else None


def venv(user=None):
    """What the daemon tells this user of the account's venv."""
    found = [e for e in listed(user) or [] if e["path"] == VENV]
    return found[0] if found else None


def state(user=None):
    found = venv(user)
    return found and found["state"]


def wait_state(wanted, what, user=None):
    try:
        wait_for(lambda: state(user) == wanted, what)
    except AssertionError as error:
        raise AssertionError(f"{venv(user)}\n{listed(user)}\n{error}") from None


def codes(environment):
    return [f["code"] for f in environment["findings"]]


class Accounts(unittest.TestCase):
    """In this order: each test goes on from where the one before it ended."""

    def test_01_an_account_and_a_root_that_it_owns(self):
        must(["apt-get", "update", "-q"])
        must(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "--no-install-recommends",
              "/work/envfix.deb", "polkitd"])
        must(["useradd", "-m", "ann"])
        must(["useradd", "-m", "-d", ROOT, "svc"])
        os.chmod(ROOT, 0o750)
        must(as_user("svc", "python3", "-m", "venv", VENV))
        must(as_user("svc", f"{VENV}/bin/python", "-m", "pip", "install", "-q", "--no-index", "--find-links", "/work/wheels",
                     "supabase"))
        os.makedirs("/srv/web")
        shutil.chown("/srv/web", "www-data")
        with open("/etc/envfix/envfixd.yaml", "w") as file:
            file.write(f"roots: [{ROOT}, /srv/web, /home/ann]\n")

    def test_02_units_of_workers_are_sound_and_shut_in(self):
        sound = run(["systemd-analyze", "verify", "--man=no", "/usr/lib/systemd/system/envfixd.service",
                     "/usr/lib/systemd/system/envfix-watch@.service", "/usr/lib/systemd/system/envfix-probe@.service"])
        self.assertEqual((sound.returncode, sound.stdout + sound.stderr), (0, ""))
        must(["systemctl", "enable", "--now", "envfixd.service"])
        for name in ("watch", "probe"):
            level, text = exposure(f"envfix-{name}@{uid()}.service")
            print(f"exposure of the {name} worker: {level}")
            self.assertLessEqual(level, WORKER_AT_MOST, text)

    def test_03_it_is_seen_by_its_owner_and_by_root(self):
        wait_state("healthy", "root sees the venv")
        self.assertEqual(state("svc"), "healthy")
        with open(f"/proc/{unit('MainPID', watch())}/status") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        self.assertEqual(status["Uid"].split(), [str(uid())] * 4)
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))

    def test_04_what_breaks_is_found_without_being_asked_for(self):
        os.unlink(glob.glob(f"{VENV}/lib/python3*/site-packages/_cffi_backend*.so")[0])
        wait_state("broken", "the loss is seen")
        for user in (None, "svc"):
            self.assertIn(FINDING, codes(venv(user)), user)
            told = ctl("status", user=user)
            self.assertEqual(told.returncode, 11)
            self.assertIn(VENV, told.stdout)
            shown = ctl("show", VENV, user=user)
            self.assertIn(FINDING, shown.stdout, shown.stderr)

    def test_05_to_others_it_is_not_there(self):
        known = venv()["id"]
        self.assertIsNotNone(listed("ann"))
        for words in (("--json", "list"), ("--json", "status"), ("status",), ("--json", "check")):
            done = ctl(*words, user="ann")
            self.assertNotIn(VENV, done.stdout, words)
            self.assertNotIn(known, done.stdout, words)
        for words in (("show",), ("check",), ("status",), ("history",)):
            foreign, missing = (ctl(*words, name, user="ann") for name in (known, "0123456789ab"))
            self.assertEqual(foreign.returncode, missing.returncode, words)
            self.assertEqual(foreign.stderr.replace(known, "ID"), missing.stderr.replace("0123456789ab", "ID"), words)
        self.assertNotIn(known, must(["busctl", "--system", "--list", "tree", "org.envfix1"]))

    def test_06_probed_as_its_owner(self):
        for user, name in ((None, venv()["id"]), ("svc", venv()["id"]), ("svc", VENV)):
            probed = ctl("--json", "check", name, "--probe", user=user)
            self.assertEqual(probed.returncode, 11, probed.stdout + probed.stderr + journal())
            told = json.loads(probed.stdout)["environments"][0]["probe"]
            self.assertEqual((told["ran"], told["ok"]), (True, False), told)
            self.assertIn("_cffi_backend", told["error"])
        self.assertNotIn(ctl("check", venv()["id"], "--probe", user="ann").returncode, (0, 11))
        marks = [path for path in glob.glob("/run/envfix-probe/*/*")]
        self.assertEqual(marks, [])

    def test_07_it_only_advises(self):
        for words in (("plan", VENV), ("fix", VENV, "--yes")):
            told = ctl(*words)
            self.assertNotIn(told.returncode, (0, 5), words)
            self.assertIn("belongs to svc", told.stdout + told.stderr, words)

    def test_08_a_worker_that_dies_comes_back(self):
        before = unit("MainPID", watch())
        os.kill(int(before), signal.SIGKILL)
        wait_for(lambda: unit("MainPID", watch()) not in (before, "0"), "it runs again")
        wait_state("broken", "and tells again")

    def test_09_no_worker_runs_as_root_or_as_an_account_of_the_system(self):
        for name in ("0", "33", "999", "01001", "65534", str(pwd.getpwnam("envfix").pw_uid)):
            for kind in ("watch", "probe"):
                instance = f"envfix-{kind}@{name}.service"
                run(["systemctl", "start", instance])
                wait_for(lambda: unit("ActiveState", instance) in ("failed", "inactive"), f"{instance} ends")
                # systemd takes no user with a 0 before its number, and we take none of the others.
                self.assertTrue(unit("Result", instance) != "success" or unit("LoadState", instance) == "bad-setting", instance)
                run(["systemctl", "reset-failed", instance])
        ours = [str(uid()), "12345"]
        others = ["0", "33", "999", "01001", "1e3", "12345678901", "", "1001x", "../1001"]
        for kind in ("watch", "probe"):
            for name in others:
                for verb in ("start", "stop"):
                    refused = run(as_user("envfix", "systemctl", "--no-ask-password", verb, f"envfix-{kind}@{name}.service"))
                    self.assertNotEqual(refused.returncode, 0, (kind, name, verb))
            for name in ours:
                must(as_user("envfix", "systemctl", "--no-ask-password", "stop", f"envfix-{kind}@{name}.service"))
                self.assertNotEqual(run(as_user("envfix", "systemctl", "--no-ask-password", "restart",
                                                f"envfix-{kind}@{name}.service")).returncode, 0)
                self.assertNotEqual(run(as_user("svc", "systemctl", "--no-ask-password", "start",
                                                f"envfix-{kind}@{name}.service")).returncode, 0)
        wait_state("broken", "its own worker is back")

    def test_10_what_is_not_looked_at_is_told(self):
        daemon = json.loads(ctl("--json", "status").stdout)["daemon"]
        self.assertEqual(daemon["state"], "degraded")
        texts = "\n".join(daemon["degraded"])
        self.assertIn("/srv/web is not looked at", texts)
        self.assertIn("/home/ann is not looked at", texts)
        self.assertNotIn(ROOT, texts)
        self.assertIn("1 account", ctl("doctor").stdout)

    def test_11_without_its_worker_nothing_is_claimed(self):
        must(["systemctl", "mask", "--runtime", "envfix-watch@.service"])
        os.kill(int(unit("MainPID", watch())), signal.SIGKILL)
        wait_for(lambda: "mask" in (venv() or {}).get("reason", ""), "why it cannot be told")
        self.assertEqual((state(), codes(venv())), ("unverifiable", []))
        self.assertIn("are not watched", "\n".join(json.loads(ctl("--json", "status").stdout)["daemon"]["degraded"]))
        must(["systemctl", "unmask", "--runtime", "envfix-watch@.service"])
        must(["systemctl", "reload", "envfixd.service"])
        wait_state("broken", "it is looked at again")

    TALK = """
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
for packet in sys.argv[2:]:
    s.send(bytes.fromhex(packet))
time.sleep(1)
"""

    def talk(self, user, *packets):
        return run(as_user(user, "python3", "-c", self.TALK, f"/run/envfix/worker-{uid()}", *packets))

    def test_12_the_channel_is_for_that_account_alone(self):
        refused = self.talk("ann", "010100")
        self.assertIn("PermissionError", refused.stderr)
        before = unit("MainPID", "envfixd.service")
        # A second worker is sent away; what is no record, too.
        for packets in (("010100", "ff" * 100), ("00",), ("0109",), ("010100",), ("010101",)):
            self.talk("svc", *packets)
        self.assertEqual(unit("MainPID", "envfixd.service"), before)
        self.assertEqual(state(), "broken")

    def test_13_a_daemon_that_dies_takes_up_where_it_was(self):
        before = unit("MainPID", "envfixd.service")
        os.kill(int(before), signal.SIGKILL)
        wait_for(lambda: unit("MainPID", "envfixd.service") not in (before, "0"), "it runs again")
        wait_state("broken", "and knows the account's environments")

    def test_14_put_right_it_is_well(self):
        must(as_user("svc", f"{VENV}/bin/python", "-m", "pip", "install", "-q", "--no-index", "--find-links", "/work/wheels",
                     "--force-reinstall", "--no-deps", "cffi"))
        wait_state("healthy", "it is well")
        probed = ctl("--json", "check", VENV, "--probe", user="svc")
        self.assertEqual(probed.returncode, 0, probed.stdout + probed.stderr)
        self.assertTrue(json.loads(probed.stdout)["environments"][0]["probe"]["ok"])

    def test_15_a_root_that_is_named_no_more_is_left_alone(self):
        with open("/etc/envfix/envfixd.yaml", "w") as file:
            file.write("roots: []\n")
        must(["systemctl", "reload", "envfixd.service"])
        wait_for(lambda: venv() is None, "it is not known any more")
        wait_for(lambda: unit("ActiveState", watch()) == "inactive", "its worker ends")

    def test_16_removed_it_leaves_nothing(self):
        files = must(["dpkg", "-L", "envfix"]).split()
        must(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "purge", "-q", "-y", "envfix"])
        self.assertEqual([f for f in files if os.path.isfile(f)], [])
        for path in ("/run/envfix", "/run/envfix-probe"):
            self.assertEqual([os.path.join(path, name) for name in os.listdir(path)] if os.path.isdir(path) else [], [])


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
