"""Started with closed standard streams: what is opened later must not become standard output."""
import itertools
import os
import subprocess
import unittest

import lab

LAB = None
CLOSED = [c for n in (1, 2, 3) for c in itertools.combinations((0, 1, 2), n)]


def setUpModule():
    global LAB
    LAB = lab.Lab()


def without(closed, argv, **options):
    """Starts a program in which these descriptors are closed; the others are pipes or /dev/null."""
    closing = " ".join(f"{fd}{'<' if fd == 0 else '>'}&-" for fd in closed)
    return subprocess.Popen(["/bin/sh", "-c", f'exec "$@" {closing}', "sh", *argv], stdin=subprocess.DEVNULL, **options)


class ClosedStreams(unittest.TestCase):
    def test_the_daemon_has_nothing_of_its_own_there(self):
        for closed in CLOSED:
            with self.subTest(closed=closed):
                name = "closed-" + "".join(map(str, closed))
                daemon = lab.Daemon(os.path.join(LAB.folder, name))
                with open(os.path.join(daemon.folder, "daemon.log"), "ab") as log:
                    daemon.process = without(closed, [lab.ENVFIXD, "--user"], env=daemon.environment, stdout=log, stderr=log)
                self.addCleanup(daemon.kill)
                lab.wait_for(lambda: daemon.ctl("status").returncode != 8, "the daemon answers", daemon.said)
                for fd in closed:
                    self.assertEqual(os.readlink(f"/proc/{daemon.process.pid}/fd/{fd}"), "/dev/null")
                _, code = daemon.stop()
                self.assertEqual(code, 0, daemon.said())

    def test_the_client_ends_by_itself_and_what_is_open_gets_what_belongs_there(self):
        daemon = lab.Daemon(os.path.join(LAB.folder, "client"))
        daemon.start()
        self.addCleanup(daemon.kill)
        wanted = daemon.ctl("--json", "list").stdout
        for closed in CLOSED:
            with self.subTest(closed=closed):
                client = without(closed, [lab.ENVFIXCTL, "--user", "--json", "list"], env=daemon.environment,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                out, err = client.communicate(timeout=60)
                self.assertGreaterEqual(client.returncode, 0, "it was killed by a signal")
                self.assertEqual(out, "" if 1 in closed else wanted)
                if 1 not in closed:
                    self.assertEqual((client.returncode, err), (0, ""))
        self.assertEqual(daemon.ctl("status").returncode, 0)
        daemon.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
