"""A password in the person's index URL is used, and never told: not in the log, the journal, any answer, the bus, a command line."""
import base64
import glob
import http.server
import os
import shutil
import subprocess
import threading
import unittest
import urllib.parse

import breakages
import lab

USER, PASSWORD = "ann", "S3cret-Pa55.word"
#: To see the test fail: something that may well be told, such as ENVFIX_LOOK_FOR=127.0.0.1.
LOOKED_FOR = {os.environ["ENVFIX_LOOK_FOR"].encode()} if "ENVFIX_LOOK_FOR" in os.environ else set()
FOLDER = WHEELS = None


def setUpModule():
    global FOLDER, WHEELS
    FOLDER = lab.tempfile.mkdtemp(prefix="envfix-secrets-")
    lab.atexit.register(shutil.rmtree, FOLDER, True)
    WHEELS = lab.wheelhouse()


class Index(http.server.BaseHTTPRequestHandler):
    """A simple index (PEP 503) of the wheels that wants a password."""
    with_password = 0

    def do_GET(self):
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="wheels"')
            self.end_headers()
            return
        Index.with_password += 1
        parts = [part for part in urllib.parse.unquote(self.path).split("/") if part]
        if parts[:1] == ["simple"] and len(parts) == 2:
            names = [n for n in os.listdir(WHEELS) if n.lower().replace("_", "-").startswith(parts[1] + "-")]
            body, kind = "".join(f'<a href="/files/{n}">{n}</a>\n' for n in names).encode(), "text/html"
        elif parts[:1] == ["files"] and os.path.exists(os.path.join(WHEELS, parts[-1])):
            with open(os.path.join(WHEELS, parts[-1]), "rb") as file:
                body, kind = file.read(), "application/octet-stream"
        else:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Leaks(threading.Thread):
    """Looks at every command line of the machine until it is told to stop."""

    def __init__(self):
        super().__init__(daemon=True)
        self.found = set()
        self.seen_pip = False
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            for path in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(path, "rb") as file:
                        words = file.read()
                except OSError:
                    continue
                self.seen_pip = self.seen_pip or (b"/pip" in words and FOLDER.encode() in words)
                if PASSWORD.encode() in words:
                    self.found.add(words.replace(b"\0", b" ").decode(errors="replace"))
            self.stopping.wait(0.005)


class Secrets(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        folder = os.path.join(FOLDER, self._testMethodName)
        self.daemon = lab.Daemon(folder)
        self.daemon.policy("by-pip.yaml", "envfix: 1\nfix: by-pip\ndescribe: by pip\nwhen:\n  findings: [cffi-backend-missing]\n"
                                          "do:\n  - pip: {reinstall: [cffi]}\nmode: ask\n")
        self.daemon.policy("daemon.yaml", "envfix: 1\nlog: debug\n")
        url = f"http://{USER}:{PASSWORD}@127.0.0.1:{self.server.server_port}/simple"
        pip = os.path.join(self.daemon.environment["HOME"], ".config", "pip")
        os.makedirs(pip)
        with open(os.path.join(pip, "pip.conf"), "w") as file:
            file.write(f"[global]\nindex-url = {url}\n")
        self.venv = os.path.join(folder, "project", ".venv")
        os.makedirs(os.path.dirname(self.venv))
        lab.must([lab.PYTHON, "-m", "venv", "--without-pip", self.venv], env=lab.clean_environment())
        wheel = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"))[-1]
        lab.must([f"{self.venv}/bin/python", "-I", f"{wheel}/pip", "install", "-q", "--no-compile", "--no-index", "--find-links",
                  WHEELS, "cffi"], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))
        self.heard = open(os.path.join(FOLDER, self._testMethodName + ".bus"), "wb")
        self.monitor = subprocess.Popen(["dbus-monitor", "--session", "--binary"], stdout=self.heard, stderr=subprocess.DEVNULL,
                                        env=self.daemon.environment)
        self.daemon.start()
        self.assertEqual(self.daemon.ctl("add", os.path.dirname(self.venv)).returncode, 0)
        breakages.remove_backend(self.venv)
        lab.wait_for(lambda: self.daemon.environment_at(self.venv)["state"] == "broken", "broken", self.daemon.said)
        self.leaks = Leaks()
        self.leaks.start()
        self.said = ""

    def tearDown(self):
        self.leaks.stopping.set()
        self.monitor.kill()
        self.monitor.wait()
        self.heard.close()
        self.daemon.kill()
        self.server.shutdown()
        self.server.server_close()

    def tell(self, *words):
        done = self.daemon.ctl(*words)
        self.said += done.stdout + done.stderr
        return done

    def everything(self):
        """All that was written anywhere, by name."""
        for words in (("status",), ("show", self.venv), ("history",), ("doctor",), ("policy", "why", self.venv), ("plan", self.venv)):
            self.tell(*words)
            self.tell("--json", *words)
        self.leaks.stopping.set()
        self.leaks.join()
        lab.wait_for(lambda: os.path.getsize(self.heard.name) > 1000, "the monitor has heard something")
        self.daemon.stop()
        self.monitor.terminate()
        self.monitor.wait()
        yield "what envfixctl said", self.said.encode()
        yield "command lines", "\n".join(self.leaks.found).encode()
        with open(self.heard.name, "rb") as file:
            yield "the bus", file.read()
        for top in (self.daemon.folder, self.venv):
            for place, _, names in os.walk(top):
                for name in names:
                    path = os.path.join(place, name)
                    if name != "pip.conf" and os.path.isfile(path):
                        with open(path, "rb") as file:
                            yield path, file.read()

    def told_nowhere(self):
        forms = LOOKED_FOR or {PASSWORD.encode(), base64.b64encode(f"{USER}:{PASSWORD}".encode())}
        leaks = [name for name, text in self.everything() if any(form in text for form in forms)]
        self.assertEqual(leaks, [])

    def test_a_fix_through_an_index_with_a_password(self):
        self.assertEqual(self.tell("policy", "approve", "by-pip").returncode, 0)
        plan = self.tell("--json", "plan", self.venv)
        self.assertEqual(plan.returncode, 0, plan.stderr + self.daemon.said())
        self.assertIn(f"127.0.0.1:{self.server.server_port}", plan.stdout, "the plan shows where it comes from")
        done = self.tell("fix", self.venv, "--yes", "--wait")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.daemon.said())
        self.assertGreater(Index.with_password, 1, "the password is used")
        self.assertTrue(self.leaks.seen_pip, "the command line of pip was looked at")
        self.told_nowhere()

    def test_an_index_that_refuses_the_password_and_one_that_is_gone(self):
        conf = os.path.join(self.daemon.environment["HOME"], ".config", "pip", "pip.conf")
        with open(conf) as file:
            text = file.read()
        with open(conf, "w") as file:
            file.write(text.replace("/simple", "/nothing"))
        self.assertEqual(self.tell("policy", "approve", "by-pip").returncode, 0)
        refused = self.tell("fix", self.venv, "--yes", "--wait")
        self.assertNotEqual(refused.returncode, 0)
        self.server.shutdown()
        self.server.server_close()
        with open(conf, "w") as file:
            file.write(text)
        failed = self.tell("fix", self.venv, "--yes", "--wait")
        self.assertNotEqual(failed.returncode, 0, self.said + self.daemon.said())
        self.told_nowhere()


if __name__ == "__main__":
    unittest.main(verbosity=2)
