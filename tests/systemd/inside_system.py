"""Runs as root inside a booted Debian tree: the machine's daemon, with the real polkit, the real apt and a repository of its own."""
import glob
import hashlib
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
import unittest
import xml.etree.ElementTree as ElementTree

REPOSITORY = "/srv/repository"
BACKEND = "/usr/lib/python3/dist-packages/_cffi_backend*.so"
MONITOR_AT_MOST, HELPER_AT_MOST = 0.5, 4.0


def run(argv, **options):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=180, **options)


def must(argv, **options):
    done = run(argv, **options)
    if done.returncode != 0:
        raise AssertionError(f"{argv}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def as_user(user, *argv):
    return ["runuser", "-u", user, "--", "env", "-i", "PATH=/usr/bin:/bin", "LANG=C.UTF-8", *argv]


def ctl(*words, user=None):
    argv = ["envfixctl", "--system", *words]
    return run(as_user(user, *argv) if user else argv, cwd="/")


def unit(name, of="envfixd.service"):
    return must(["systemctl", "show", "-P", name, of]).strip()


def journal():
    return run(["journalctl", "-n", "60", "--no-pager"]).stdout


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}\n{journal()}")
        time.sleep(0.1)
    return value


def system_python():
    """What the daemon says of the interpreter of the distribution."""
    done = ctl("--json", "list")
    if done.returncode not in (0, 11):
        return None
    version = re.search(r"python3\.\d+", os.path.realpath("/usr/bin/python3")).group()
    found = [e for e in json.loads(done.stdout)["environments"] if e["interpreter"]["path"] == f"/usr/bin/{version}"]
    return found[0] if found else None


def exposure(of):
    """By systemd's own count, of a unit that is installed."""
    text = must(["systemd-analyze", "security", "--no-pager", of])
    return float(re.search(r"Overall exposure level for .*: ([\d.]+)", text).group(1)), text


def make_repository(package):
    """A flat repository with the one package, which is all that apt knows from then on."""
    os.makedirs(REPOSITORY, exist_ok=True)
    must(["apt-get", "download", package], cwd=REPOSITORY)
    deb = glob.glob(f"{REPOSITORY}/*.deb")[0]
    with open(deb, "rb") as file:
        data = file.read()
    control = must(["dpkg-deb", "--field", deb])
    with open(f"{REPOSITORY}/Packages", "w") as file:
        file.write(control + f"Filename: ./{os.path.basename(deb)}\nSize: {len(data)}\n"
                             f"SHA256: {hashlib.sha256(data).hexdigest()}\n")
    for path in glob.glob("/etc/apt/sources.list*"):
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    with open("/etc/apt/sources.list", "w") as file:
        file.write(f"deb [trusted=yes] file:{REPOSITORY} ./\n")
    must(["apt-get", "update", "-q"])
    must(["apt-get", "clean"])  # what the network brought would do as well


def slow_package(seconds):
    """The repository's package again, but with a script that takes its time; gives what puts the old one back."""
    deb = glob.glob(f"{REPOSITORY}/*.deb")[0]
    before = offered()
    os.rename(deb, deb + ".away")
    must(["dpkg-deb", "-R", deb + ".away", "/srv/unpacked"])
    with open("/srv/unpacked/DEBIAN/postinst", "w") as file:
        file.write(f"#!/bin/sh\ntouch /srv/at-work\nsleep {seconds}\necho done >>/srv/finished\n")
    os.chmod("/srv/unpacked/DEBIAN/postinst", 0o755)
    must(["dpkg-deb", "-b", "/srv/unpacked", deb])
    with open(deb, "rb") as file:
        data = file.read()
    offer(re.sub(r"Size: .*\nSHA256: .*\n", f"Size: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n", before))

    def back():
        shutil.rmtree("/srv/unpacked")
        os.replace(deb + ".away", deb)
        offer(before)
    return back


def offered():
    with open(f"{REPOSITORY}/Packages") as file:
        return file.read()


def offer(packages):
    """Another list of what the repository has."""
    with open(f"{REPOSITORY}/Packages", "w") as file:
        file.write(packages)
    must(["apt-get", "update", "-q"])


class Machine(unittest.TestCase):
    """In this order: each test goes on from where the one before it ended."""

    def test_01_it_installs_and_is_off_until_somebody_wants_it(self):
        must(["apt-get", "update", "-q"])
        must(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "--no-install-recommends",
              "/work/envfix.deb", "polkitd", "python3-cryptography", "python3-cffi-backend"])
        must(["useradd", "-m", "ann"])
        self.assertNotEqual(pwd.getpwnam("envfix").pw_uid, 0)
        self.assertEqual(unit("ActiveState"), "inactive")
        self.assertEqual(ctl("status", user="ann").returncode, 8)  # no user starts it by asking
        self.assertEqual(unit("ActiveState"), "inactive")
        make_repository("python3-cffi-backend")

    def test_02_its_units_are_sound_and_shut_in(self):
        sound = run(["systemd-analyze", "verify", "--man=no", "/usr/lib/systemd/system/envfixd.service",
                     "/usr/lib/systemd/system/envfix-apply@.service"])
        self.assertEqual((sound.returncode, sound.stdout + sound.stderr), (0, ""))
        must(["systemctl", "enable", "--now", "envfixd.service"])
        self.assertEqual(unit("ActiveState"), "active")
        level, text = exposure("envfixd.service")
        print(f"exposure of the monitor: {level}")
        self.assertLessEqual(level, MONITOR_AT_MOST, text)
        level, text = exposure("envfix-apply@0123456789ab.service")
        print(f"exposure of the helper: {level}")
        self.assertLessEqual(level, HELPER_AT_MOST, text)

    def test_03_it_runs_as_its_own_user_without_any_right(self):
        with open(f"/proc/{unit('MainPID')}/status") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        uid = str(pwd.getpwnam("envfix").pw_uid)
        self.assertEqual(status["Uid"].split(), [uid] * 4)
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
        state = os.stat("/var/lib/envfix")
        self.assertEqual((state.st_uid, state.st_mode & 0o777), (int(uid), 0o700))

    def test_04_root_and_every_user_see_the_same(self):
        wait_for(system_python, "the system's Python is known")
        for user in (None, "ann"):
            done = ctl("status", user=user)
            self.assertIn(done.returncode, (0, 11), done.stdout + done.stderr)
        doctor = ctl("doctor").stdout
        self.assertIn("environments of users are not read", doctor)
        self.assertIn("org.envfix1 on the system bus", doctor)
        self.assertIn("tried at start, and it holds", doctor)

    def test_04_a_sandbox_that_does_not_hold_is_told(self):
        folder = "/etc/systemd/system/envfixd.service.d"
        os.makedirs(folder)
        with open(f"{folder}/open.conf", "w") as file:
            file.write("[Service]\nNoExecPaths=\nExecPaths=\nRestrictAddressFamilies=\nRestrictAddressFamilies=AF_UNIX AF_INET\n")
        try:
            must(["systemctl", "daemon-reload"])
            must(["systemctl", "restart", "envfixd.service"])
            doctor = ctl("doctor").stdout
            self.assertIn("execute programs of the system", doctor)
            self.assertIn("open sockets of the network", doctor)
            self.assertNotIn("ProtectSystem", doctor)
            self.assertEqual(json.loads(ctl("--json", "status").stdout)["daemon"]["state"], "degraded")
        finally:
            shutil.rmtree(folder)
            must(["systemctl", "daemon-reload"])
            must(["systemctl", "restart", "envfixd.service"])
        self.assertIn("tried at start, and it holds", ctl("doctor").stdout)
        wait_for(system_python, "the system's Python is known again")

    def test_05_what_it_does_not_do_it_says(self):
        probed = ctl("check", system_python()["id"], "--probe")
        self.assertNotIn(probed.returncode, (0, 11))
        self.assertIn("starts no interpreter", probed.stderr)
        self.assertIn("takes no paths", self.call("/org/envfix1", "org.envfix1.Manager", "CheckPaths", "asb", "1", "/srv", "false"))

    def test_06_a_lost_file_of_a_package_is_found(self):
        self.assertNotEqual(system_python()["state"], "broken")
        os.unlink(glob.glob(BACKEND)[0])
        broken = wait_for(lambda: (e := system_python()) and e["state"] == "broken" and e, "the loss is seen")
        self.assertIn("cffi-backend-missing", [f["code"] for f in broken["findings"]])

    def test_07_a_plain_user_changes_nothing(self):
        for words in (("policy", "approve", "system-reinstall-cffi-backend"), ("plan", system_python()["id"]), ("reload",),
                      ("fix", system_python()["id"], "--yes"), ("hold", system_python()["id"])):
            done = ctl(*words, user="ann")
            self.assertEqual(done.returncode, 3, (words, done.stdout, done.stderr))
        self.assertEqual(glob.glob(BACKEND), [])

    def test_08_the_monitor_may_start_its_helper_and_nothing_else(self):
        for name in ("systemd-journal-flush.service", "envfix-apply@0123456789ag.service", "envfix-apply@0123456789ab0.service",
                     "envfix-apply@.service", "xenvfix-apply@0123456789ab.service", "emergency.target"):
            for verb in ("start", "stop", "restart"):
                refused = run(as_user("envfix", "systemctl", "--no-ask-password", verb, name))
                self.assertNotEqual(refused.returncode, 0, (verb, name))
        self.assertNotEqual(run(as_user("envfix", "systemctl", "--no-ask-password", "restart",
                                        "envfix-apply@0123456789ab.service")).returncode, 0)
        self.assertNotEqual(run(as_user("ann", "systemctl", "--no-ask-password", "start",
                                        "envfix-apply@0123456789ab.service")).returncode, 0)

    def test_09_a_monitor_that_lies_gets_nothing_installed(self):
        must(as_user("envfix", "mkdir", "-p", "-m", "700", "/run/envfix/apply"))
        bodies = {"sudo": "package sudo=1\n", "option": "package -oDPkg::Pre-Invoke::=touch${IFS}/owned\n",
                  "removal": "package python3-cffi-backend=1-\n", "any version": "package python3-cffi-backend\n",
                  "file": "package /tmp/evil.deb=1\n", "none": ""}
        for number, (what, body) in enumerate(bodies.items()):
            name = f"{number:012x}"
            text = f"envfix-apply 2\ntransaction {name}\n{body}"
            text += f"sha256 {hashlib.sha256(text.encode()).hexdigest()}\n"
            must(as_user("envfix", "sh", "-c", f"umask 077; printf %s '{text}' >/run/envfix/apply/{name}"))
            started = run(as_user("envfix", "systemctl", "--no-ask-password", "start", f"envfix-apply@{name}.service"))
            self.assertNotEqual(started.returncode, 0, what)
            self.assertEqual(unit("ExecMainStatus", f"envfix-apply@{name}.service"), "2", what)
            with open(f"/run/envfix-apply/{name}") as file:
                self.assertIn("refused", file.read(), what)
        self.assertFalse(os.path.exists("/owned"))
        self.assertNotEqual(run(["dpkg", "-s", "sudo"]).returncode, 0)

    def test_10_after_an_approval_apt_brings_it_back_and_the_disk_proves_it(self):
        python = system_python()["id"]
        unapproved = ctl("fix", python, "--yes")
        self.assertEqual(unapproved.returncode, 7, unapproved.stdout + unapproved.stderr)
        self.assertEqual(ctl("policy", "approve", "system-reinstall-cffi-backend").returncode, 0)
        planned = ctl("plan", python)
        version = must(["dpkg-query", "-f", "${Version}", "-W", "python3-cffi-backend"])
        self.assertIn(f"python3-cffi-backend={version}", planned.stdout, planned.stderr)
        with subprocess.Popen(as_user("ann", "envfixctl", "--system", "--json", "watch"), stdout=subprocess.PIPE, text=True, cwd="/") as watch:
            fixed = ctl("fix", python, "--yes", "--wait")
            watch.terminate()
            seen = watch.communicate(timeout=20)[0]
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr + journal())
        self.assertIn(f"python3-cffi-backend {version} installed again by apt-get", seen)  # told to whoever subscribed and may see it
        self.assertEqual(len(glob.glob(BACKEND)), 1)
        self.assertEqual(run(["dpkg", "--verify", "python3-cffi-backend"]).stdout, "")
        must(["/usr/bin/python3", "-c", "import _cffi_backend"])
        self.assertNotIn("cffi-backend-missing", [f["code"] for f in system_python()["findings"]])
        history = json.loads(ctl("--json", "history").stdout)["runs"]
        self.assertEqual([r["state"] for r in history], ["fixed"])
        self.assertIn("root", history[0]["approved_by"])
        self.assertEqual(sorted(os.listdir("/run/envfix/apply")), [f"{n:012x}" for n in range(6)])

    def test_11_apt_that_fails_is_told_and_nothing_is_claimed(self):
        os.unlink(glob.glob(BACKEND)[0])
        for deb in glob.glob(f"{REPOSITORY}/*.deb"):
            os.rename(deb, deb + ".away")
        wait_for(lambda: (e := system_python()) and e["state"] in ("broken", "awaiting-approval"), "the loss is seen")
        failed = ctl("fix", system_python()["id"], "--yes", "--wait")
        self.assertEqual(failed.returncode, 5, failed.stdout + failed.stderr)
        self.assertEqual(glob.glob(BACKEND), [])
        for deb in glob.glob(f"{REPOSITORY}/*.away"):
            os.rename(deb, deb[:-len(".away")])
        fixed = ctl("fix", system_python()["id"], "--yes", "--wait")
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr + journal())

    def test_11_a_version_that_is_offered_no_more_is_not_replaced_by_another(self):
        os.unlink(glob.glob(BACKEND)[0])
        wait_for(lambda: (e := system_python()) and e["state"] in ("broken", "awaiting-approval"), "the loss is seen")
        self.assertEqual(ctl("plan", system_python()["id"]).returncode, 0)
        installed = must(["dpkg-query", "-f", "${Version}", "-W", "python3-cffi-backend"])
        before = offered()
        offer(before.replace(f"\nVersion: {installed}\n", "\nVersion: 99-1\n"))
        failed = ctl("fix", system_python()["id"], "--yes", "--wait")
        self.assertEqual(failed.returncode, 5, failed.stdout + failed.stderr)
        self.assertIn(f"nothing was changed: apt does not offer python3-cffi-backend={installed} any more", failed.stdout + failed.stderr)
        self.assertEqual(glob.glob(BACKEND), [])
        self.assertEqual(must(["dpkg-query", "-f", "${Version}", "-W", "python3-cffi-backend"]), installed)
        offer(before)
        fixed = ctl("fix", system_python()["id"], "--yes", "--wait")
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr + journal())

    def test_12_killed_it_comes_back_with_its_history(self):
        before = unit("MainPID")
        os.kill(int(before), signal.SIGKILL)
        wait_for(lambda: unit("MainPID") not in (before, "0") and unit("ActiveState") == "active", "it runs again")
        history = json.loads(ctl("--json", "history").stdout)["runs"]
        self.assertEqual([r["state"] for r in history], ["fixed", "failed"] * 2 + ["fixed"])

    def test_12_killed_while_apt_works_it_comes_back_waits_and_tells_the_truth_once(self):
        back = slow_package(8)
        runs = len(json.loads(ctl("--json", "history").stdout)["runs"])
        os.unlink(glob.glob(BACKEND)[0])
        wait_for(lambda: (e := system_python()) and e["state"] in ("broken", "awaiting-approval"), "the loss is seen")
        python = system_python()["id"]
        self.assertEqual(ctl("fix", python, "--yes").returncode, 0)
        wait_for(lambda: os.path.exists("/srv/at-work"), "apt is at work")
        before = unit("MainPID")
        os.kill(int(before), signal.SIGKILL)
        wait_for(lambda: unit("MainPID") not in (before, "0") and unit("ActiveState") == "active", "it runs again")
        self.assertFalse(os.path.exists("/srv/finished"), "the script was too fast to show anything")
        latest = json.loads(ctl("--json", "history").stdout)["runs"][0]
        self.assertEqual(latest["state"], "running")
        busy = ctl("fix", python, "--yes")
        self.assertNotEqual(busy.returncode, 0, busy.stdout)
        self.assertIn("planned when it has ended", busy.stderr)
        # Once more, in the middle of waiting.
        before = unit("MainPID")
        os.kill(int(before), signal.SIGKILL)
        wait_for(lambda: unit("MainPID") not in (before, "0") and unit("ActiveState") == "active", "it runs again")
        ended = wait_for(lambda: (r := json.loads(ctl("--json", "history").stdout)["runs"][0])["state"] != "running" and r, "it ended")
        self.assertEqual((ended["id"], ended["state"]), (latest["id"], "fixed"), ended)
        self.assertIn("while the daemon was away", ended["summary"])
        self.assertTrue(os.path.exists("/srv/finished"))
        with open("/srv/finished") as file:
            self.assertEqual(file.read(), "done\n")
        self.assertEqual(len(glob.glob(BACKEND)), 1)
        self.assertNotIn(system_python()["state"], ("broken", "fixing"))
        self.assertEqual(len(json.loads(ctl("--json", "history").stdout)["runs"]), runs + 1)
        wait_for(lambda: "envfix-apply@" not in must(["systemctl", "list-units", "--no-legend", "--state=active", "envfix-apply@*"]),
                 "its unit is let go of")
        back()

    ARGUMENTS = {"s": ["x"], "b": ["false"], "u": ["1"], "t": ["1"], "as": ["1", "/srv"], "a(ss)": ["1", "x", "1"], "ay": ["1", "97"]}

    def call(self, path, interface, method, *arguments, user=None):
        """The error's text, or nothing."""
        argv = ["busctl", "--system", "--timeout=20", "call", "org.envfix1", path, interface, method, *arguments]
        done = run(as_user(user, *argv) if user else argv)
        return "" if done.returncode == 0 else done.stderr

    def methods(self):
        text = must(["busctl", "--system", "introspect", "--xml-interface", "org.envfix1", "/org/envfix1"])
        for interface in ElementTree.fromstring(text).iter("interface"):
            for method in interface.iter("method"):
                if interface.get("name").startswith("org.envfix1."):
                    types = [a.get("type") for a in method.iter("arg") if a.get("direction") == "in"]
                    values = [value for each in types for value in self.ARGUMENTS[each]]
                    yield interface.get("name"), method.get("name"), ["".join(types), *values] if types else []

    SHOWS = {"Status", "List", "Show", "Explain", "Plans", "GetPlan", "History", "GetRun", "Policies", "GetPolicy", "CheckPolicy",
             "WhyPolicies", "TestPolicy", "Doctor", "Subscribe", "Unsubscribe"}
    EVERYBODY = SHOWS | {"Check", "CheckPaths", "Diagnose", "DiagnoseCommand", "PackageVersions"}

    def denied(self, user=None):
        # Reload goes last: it has everything judged again.
        return {method for interface, method, arguments in self.methods()
                if "may not do this" in (text := self.call("/org/envfix1", interface, method, *arguments, user=user))
                or "polkit" in text}

    def test_13_every_method_asks_polkit_as_its_kind_of_risk_says(self):
        every = {method for _, method, _ in self.methods()}
        self.assertGreater(len(every), 25)
        self.assertEqual(self.denied(), set())
        self.assertEqual(self.denied("ann"), every - self.EVERYBODY)
        must(["systemctl", "mask", "--runtime", "--now", "polkit.service"])
        for user in (None, "ann"):
            self.assertEqual(self.denied(user), every - self.SHOWS, user)
        must(["systemctl", "unmask", "--runtime", "polkit.service"])
        must(["systemctl", "start", "polkit.service"])
        self.assertEqual(self.denied(), set())
        self.assertNotIn("GetManagedObjects", must(["busctl", "--system", "introspect", "org.envfix1", "/org/envfix1"]))

    def test_14_removed_it_leaves_nothing(self):
        files = must(["dpkg", "-L", "envfix"]).split()
        must(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "purge", "-q", "-y", "envfix"])
        self.assertEqual([f for f in files if os.path.isfile(f)], [])
        self.assertEqual(unit("LoadState"), "not-found")
        for path in ("/var/lib/envfix", "/var/cache/envfix", "/etc/envfix"):
            self.assertFalse(os.path.exists(path), path)


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
