"""Policies and approvals that whoever manages machines delivers as files: they hold without any command, and users cannot mask them."""
import hashlib
import os
import unittest

import breakages
import lab

LAB = None
NAME = "fleet-cffi"


def setUpModule():
    global LAB
    LAB = lab.Lab()


@unittest.skipUnless(os.geteuid() == 0, "approvals count only in a file that root owns")
class Fleet(unittest.TestCase):
    def setUp(self):
        folder = os.path.join(LAB.folder, self._testMethodName)
        self.daemon = lab.Daemon(folder)
        self.etc = os.path.join(folder, "etc")
        self.approvals = os.path.join(self.etc, "approvals.d", "fleet.yaml")
        for name in ("policies.d", "approvals.d"):
            os.makedirs(os.path.join(self.etc, name))
        # As where nothing is said: the last place but one is the administrator's, the last the user's.
        self.daemon.environment["ENVFIX_CONFIG_DIRS"] = f"{self.etc}:{self.daemon.config}"
        self.policy = os.path.join(self.etc, "policies.d", "cffi.yaml")
        with open(self.policy, "w") as file:
            file.write(lab.policy_text(NAME, more="enforced: true\n"))
        self.approve()
        self.daemon.start()

    def tearDown(self):
        self.daemon.kill()

    def approve(self):
        with open(self.policy, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        with open(self.approvals, "w") as file:
            file.write(f"envfix: 1\napprovals:\n  - {{policy: {NAME}, sha256: {digest}, by: ops@example.org, when: 2026-11-22T09:00:00Z}}\n")
        os.chmod(self.approvals, 0o644)

    def listed(self):
        """The policy as the daemon has it after it has read all files again, and what it says of files."""
        self.daemon.ctl("reload")
        document = self.daemon.json("policy", "list")
        found = [p for p in document["policies"] if p["name"] == NAME]
        self.assertEqual(len(found), 1)
        return found[0], [p["reason"] for p in document["problems"]]

    def test_a_policy_approved_by_a_file_acts_without_a_command(self):
        policy, problems = self.listed()
        self.assertEqual((policy["approved"], policy["enforced"], problems), (True, True, []))
        venv = LAB.project(self._testMethodName)
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(venv)).returncode, 0)
        lab.wait_for(lambda: self.daemon.kept("cffi"), "kept in the store", self.daemon.said)
        breakages.remove_backend(venv)
        plans = lab.wait_for(lambda: [p for p in self.daemon.json("status")["plans"] if p["state"] == "waiting"],
                             "it plans by itself", self.daemon.said)
        self.assertEqual(plans[0]["policy"], NAME)
        fixed = self.daemon.ctl("fix", venv, "--yes", "--wait")
        self.assertEqual(fixed.returncode, 0, fixed.stdout + fixed.stderr + self.daemon.said())
        self.assertTrue(lab.import_chain(f"{venv}/bin/python")[0])

    def test_one_byte_more_and_it_is_not_approved(self):
        with open(self.policy, "a") as file:
            file.write("# one byte more\n")
        self.assertFalse(self.listed()[0]["approved"])
        self.approve()
        self.assertTrue(self.listed()[0]["approved"])

    def test_a_file_that_others_could_have_written_approves_nothing(self):
        for spoil in (lambda: os.chmod(self.approvals, 0o666), lambda: os.chmod(self.approvals, 0o664),
                      lambda: os.chown(self.approvals, 12345, 0)):
            self.approve()
            os.chown(self.approvals, 0, 0)
            self.assertTrue(self.listed()[0]["approved"])
            spoil()
            policy, problems = self.listed()
            self.assertFalse(policy["approved"])
            self.assertTrue(any("root owns" in reason for reason in problems), problems)

    def test_a_user_cannot_mask_what_is_enforced(self):
        own = os.path.join(self.daemon.config, "policies.d", "cffi.yaml")
        os.symlink("/dev/null", own)
        policy, problems = self.listed()
        self.assertEqual((policy["approved"], policy["file"]), (True, self.policy))
        self.assertTrue(any("enforced" in reason for reason in problems), problems)

        os.unlink(own)
        with open(own, "w") as file:
            file.write(f"envfix: 1\nfix: {NAME}\ndescribe: Mine\nwhen:\n  findings: [corrupt-binary]\ndo:\n  - advise: no\nmode: observe\n")
        policy, problems = self.listed()
        self.assertEqual((policy["approved"], policy["file"]), (True, self.policy))
        self.assertTrue(any("enforced" in reason for reason in problems), problems)

    def test_what_is_not_enforced_the_user_may_switch_off(self):
        with open(self.policy) as file:
            text = file.read()
        with open(self.policy, "w") as file:
            file.write(text.replace("enforced: true\n", ""))
        os.symlink("/dev/null", os.path.join(self.daemon.config, "policies.d", "cffi.yaml"))
        self.daemon.ctl("reload")
        self.assertNotIn(NAME, {p["name"] for p in self.daemon.json("policy", "list")["policies"]})


if __name__ == "__main__":
    unittest.main(verbosity=2)
