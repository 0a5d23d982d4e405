"""Runs as root inside a booted Debian tree: a user's daemon has the machine's one install a package, with the real polkit and apt."""
import glob
import json
import os
import signal
import unittest

import inside
import inside_system
from inside import HOME, USER, as_user, service, systemctl
from inside_system import BACKEND, make_repository, must, offer, offered, run, slow_package, unit, wait_for

VENV = f"{HOME}/src/shop/.venv"
PACKAGE = "python3-cffi-backend"
RULE = "/etc/polkit-1/rules.d/40-ann.rules"
POLICY = f"{HOME}/.config/envfix/policies.d/cffi-backend-missing.yaml"
LADDER = f"  - system-packages: {{apt: [{PACKAGE}]}}\n"


def ctl(*words):
    return inside.ctl(*words)


def machine(*words):
    return inside_system.ctl(*words)


def runs(of):
    return json.loads(of("--json", "history").stdout)["runs"]


def venv():
    done = ctl("--json", "list")
    if done.returncode not in (0, 11):
        return {}
    return next((e for e in json.loads(done.stdout)["environments"] if e["path"] == VENV), {})


def version():
    return must(["dpkg-query", "-f", "${Version}", "-W", PACKAGE])


def policy(ladder=LADDER, more=""):
    """The user's own policy for a lost backend, which masks the one that ships."""
    with open(POLICY, "w") as file:
        file.write("envfix: 1\nfix: cffi-backend-missing\ndescribe: Have Debian's backend installed again\n"
                   f"when:\n  findings: [cffi-backend-missing]\n  environments: {{kind: [venv]}}\ndo:\n{ladder}{more}"
                   "mode: ask\nlimits: {attempts: 10, cooldown: 1s}\n")
    must(as_user("envfixctl", "--user", "reload"))
    must(as_user("envfixctl", "--user", "policy", "approve", "cffi-backend-missing"))


def lose_backend():
    os.unlink(glob.glob(BACKEND)[0])
    wait_for(lambda: venv().get("state") in ("broken", "awaiting-approval"), "the user's daemon sees the loss")


def fix():
    return ctl("fix", VENV, "--yes", "--wait")


class Packages(unittest.TestCase):
    """In this order: each test goes on from where the one before it ended."""

    def test_01_a_venv_that_uses_packages_of_the_system(self):
        must(["apt-get", "update", "-q"])
        must(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "--no-install-recommends",
              "/work/envfix.deb", "polkitd", "python3-cryptography", PACKAGE])
        make_repository(PACKAGE)
        must(["useradd", "-m", "-s", "/bin/bash", USER])
        must(["loginctl", "enable-linger", USER])
        wait_for(lambda: systemctl("is-system-running").stdout.strip() in ("running", "degraded"), "the user manager runs")
        must(as_user("mkdir", "-p", f"{HOME}/src/shop", os.path.dirname(POLICY)))
        with open(f"{HOME}/.config/envfix/envfixd.yaml", "w") as file:
            file.write("roots: [~/src]\n")
        must(as_user("python3", "-m", "venv", "--system-site-packages", VENV))
        must(as_user("systemctl", "--user", "enable", "--now", "envfixd.service"))
        self.assertEqual(service("ActiveState"), "active")
        wait_for(lambda: venv().get("state") in ("healthy", "degraded"), "the venv is seen")
        policy()

    def test_02_where_no_daemon_of_the_machine_is_a_person_gets_the_command_and_the_reason(self):
        lose_backend()
        self.assertEqual(unit("ActiveState"), "inactive")
        planned = ctl("plan", VENV)
        self.assertIn("which could do it, is not there", " ".join(planned.stdout.split()), planned.stderr)
        self.assertIn(f"sudo apt-get install --reinstall -- {PACKAGE}\n", planned.stdout)
        self.assertEqual(fix().returncode, 1)
        self.assertEqual(runs(ctl), [])

    def test_03_with_it_the_plan_names_the_version(self):
        must(["systemctl", "enable", "--now", "envfixd.service"])
        planned = ctl("plan", VENV)
        self.assertIn("the machine's envfix does it", " ".join(planned.stdout.split()), planned.stderr)
        self.assertIn(f"{PACKAGE}={version()}", planned.stdout)

    def test_04_a_user_whom_polkit_refuses_gets_the_command(self):
        refused = fix()
        self.assertEqual(refused.returncode, 5, refused.stdout + refused.stderr)
        text = " ".join((refused.stdout + refused.stderr).split())
        self.assertIn("you may not do this (org.envfix1.system-packages)", text)
        self.assertIn(f"by hand: sudo apt-get install --reinstall -- {PACKAGE}={version()}", text)
        self.assertEqual(glob.glob(BACKEND), [])
        self.assertEqual(runs(machine), [])

    def test_05_a_user_who_may_has_it_installed_and_proved(self):
        with open(RULE, "w") as file:
            file.write('polkit.addRule(function(action, subject) {\n  if (action.id === "org.envfix1.system-packages" && '
                       f'subject.user === "{USER}") return polkit.Result.YES;\n}});\n')
        must(["systemctl", "restart", "polkit.service"])
        fixed = fix()
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr + inside_system.journal())
        self.assertEqual(len(glob.glob(BACKEND)), 1)
        must(as_user(f"{VENV}/bin/python", "-c", "import _cffi_backend"))
        wait_for(lambda: venv().get("state") in ("healthy", "degraded"), "the venv is well")
        own, others = runs(ctl)[0], runs(machine)
        self.assertEqual([r["state"] for r in others], ["fixed"])
        self.assertEqual(own["state"], "fixed")
        self.assertIn(f"{PACKAGE} {version()} installed again by the machine's envfix (its run {others[0]['id']})", own["summary"])
        self.assertIn("cffi-backend-missing is gone", own["proof"])
        self.assertIn(f"imported by {VENV}/bin/python", own["proof"])
        self.assertIn(f"{PACKAGE} {version()} installed again by apt-get", others[0]["summary"])
        self.assertIn(USER, others[0]["approved_by"])
        self.assertIn(f"{PACKAGE} {version()}", machine("history").stdout)

    def test_06_what_was_installed_is_not_taken_back(self):
        undone = ctl("undo", runs(ctl)[0]["id"])
        self.assertEqual(undone.returncode, 1, undone.stdout)
        self.assertIn(f"packages of the system are not taken back: {PACKAGE} {version()}", undone.stderr)
        self.assertEqual(runs(ctl)[0]["state"], "fixed")

    def call(self, method, *arguments):
        done = run(as_user("busctl", "--system", "--timeout=20", "call", "--", "org.envfix1", "/org/envfix1", "org.envfix1.Manager",
                           method, *arguments))
        return done.returncode, done.stdout + done.stderr

    def test_07_of_what_is_asked_for_only_names_of_the_list_and_versions_that_are_there_pass(self):
        before = runs(machine)
        for packages, says in ((("2", PACKAGE, version(), "sudo", "1"), "sudo is not among the packages"),
                               (("1", PACKAGE, "99-1"), "have a new plan made"),
                               (("1", "-oDPkg::Pre-Invoke::=touch /owned", "1"), "not the name of a package"),
                               (("1", f"{PACKAGE}-", version()), "not the name of a package"),
                               (("0",), "no package is named"),
                               (("1", "python3-deprecation", "1"), "python3-deprecation is not installed")):
            code, text = self.call("InstallPackages", "a(ss)", *packages)
            self.assertNotEqual(code, 0, packages)
            self.assertIn(says, text, packages)
        self.assertEqual(self.call("PackageVersions", "as", "1", PACKAGE)[1].strip(), f'a(ss) 1 "{PACKAGE}" "{version()}"')
        self.assertIn("sudo is not among the packages", self.call("PackageVersions", "as", "1", "sudo")[1])
        self.assertFalse(os.path.exists("/owned"))
        self.assertEqual(runs(machine), before)
        own = run(as_user("busctl", "--user", "call", "org.envfix1", "/org/envfix1", "org.envfix1.Manager", "InstallPackages", "a(ss)", "1",
                          PACKAGE, version()))
        self.assertIn("are installed by the machine's daemon", own.stderr)

    def test_08_a_name_that_is_not_on_the_list_is_left_to_the_person(self):
        lose_backend()
        policy("  - system-packages: {apt: [sudo]}\n")
        planned = " ".join(ctl("plan", VENV).stdout.split())
        self.assertIn("sudo is not among the packages that may be asked for", planned)
        self.assertIn("sudo apt-get install --reinstall -- sudo", planned)

    def test_09_apt_that_fails_is_told_and_the_next_rung_is_tried(self):
        policy(LADDER + "  - quarantine: leftovers\n" + LADDER)
        self.assertEqual(ctl("plan", VENV).returncode, 0)
        before = offered()
        offer(before.replace(f"\nVersion: {version()}\n", "\nVersion: 99-1\n"))
        failed = fix()
        offer(before)
        self.assertEqual(failed.returncode, 5, failed.stdout + failed.stderr)
        text = " ".join((failed.stdout + failed.stderr).split())
        self.assertIn(f"apt does not offer {PACKAGE}={version()} any more", text)
        self.assertEqual([r["state"] for r in runs(machine)][:2], ["failed", "failed"])
        self.assertEqual(glob.glob(BACKEND), [])

    def test_10_a_proof_that_fails_says_that_the_packages_stay(self):
        policy(more="verify: {command: [/bin/false]}\n")
        failed = fix()
        self.assertEqual(failed.returncode, 5, failed.stdout + failed.stderr)
        latest = runs(ctl)[0]
        self.assertEqual(latest["state"], "failed")
        self.assertIn("the packages stay as they are installed now", latest["proof"])
        self.assertEqual(len(glob.glob(BACKEND)), 1)

    def test_11_a_machines_daemon_that_is_killed_meanwhile_is_waited_for(self):
        policy()
        lose_backend()
        back = slow_package(8)
        self.assertEqual(ctl("fix", VENV, "--yes").returncode, 0)
        wait_for(lambda: os.path.exists("/srv/at-work"), "apt is at work")
        busy = self.call("InstallPackages", "a(ss)", "1", PACKAGE, version())
        self.assertIn("at work on another fix", busy[1])  # one at a time
        before = unit("MainPID")
        os.kill(int(before), signal.SIGKILL)
        wait_for(lambda: unit("MainPID") not in (before, "0") and unit("ActiveState") == "active", "it runs again")
        self.assertFalse(os.path.exists("/srv/finished"), "the script was too fast to show anything")
        ended = wait_for(lambda: (r := runs(ctl)[0])["state"] != "running" and r, "it ended")
        self.assertEqual(ended["state"], "fixed", ended)
        self.assertIn("while the daemon was away", runs(machine)[0]["summary"])
        self.assertEqual(len(glob.glob(BACKEND)), 1)
        back()

    def test_12_a_users_daemon_that_is_killed_meanwhile_says_what_it_does_not_know(self):
        lose_backend()
        back = slow_package(4)
        for path in ("/srv/at-work", "/srv/finished"):
            os.unlink(path)
        self.assertEqual(ctl("fix", VENV, "--yes").returncode, 0)
        wait_for(lambda: os.path.exists("/srv/at-work"), "apt is at work")
        before = service("MainPID")
        os.kill(int(before), signal.SIGKILL)
        wait_for(lambda: service("MainPID") not in (before, "0") and service("ActiveState") == "active", "it runs again")
        latest = runs(ctl)[0]
        self.assertEqual((latest["state"], latest["summary"]), ("failed", "it is not known what became of it"))
        wait_for(lambda: runs(machine)[0]["state"] == "fixed", "the machine's daemon went on")
        wait_for(lambda: venv().get("state") in ("healthy", "degraded"), "the venv is well")
        back()


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
