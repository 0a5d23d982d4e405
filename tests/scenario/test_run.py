"""`envfixctl run -- CMD`: the command behaves as without it, and where it fails the cause is told."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

import breakages
import lab

RUN = [lab.ENVFIXCTL, "--user", "run", "--"]
# No daemon there, and none that a call would start.
ALONE = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8",
         "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
IMPOSSIBLE = "envfixctl: no diagnosis: the daemon cannot be reached"


def python(text, *words):
    return [lab.PYTHON, "-c", text, *words]


def without_our_lines(error):
    return "".join(line for line in error.splitlines(True) if not line.startswith("envfixctl: "))


def alone(command, **options):
    options.setdefault("env", ALONE)
    return lab.run(RUN + command, **options)


class Terminal:
    """A session with a terminal of its own, in which a shell-like child runs one job in the foreground."""

    def __init__(self, command, **streams):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 77, 0, 0))
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
                os.dup2(streams.get(name, slave), fd)
            os.closerange(3, 256)
            os.execve(command[0], command, ALONE)
        os.close(slave)
        self.said = ""

    def read_until(self, text, seconds=20, after=0):
        """Until the text is among what was said after so many characters."""
        end = time.monotonic() + seconds
        while text not in self.said[after:]:
            if time.monotonic() > end:
                raise AssertionError(f"{text!r} not within {seconds} s:\n{self.said}")
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.said += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    break
        return self.said

    def type(self, text):
        os.write(self.master, text.encode())

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))

    def end(self):
        """The wait status, and all that was written."""
        while True:
            try:
                more = os.read(self.master, 65536)
            except OSError:
                break
            if not more:
                break
            self.said += more.decode(errors="replace")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.master)
        return status, self.said


class PassThrough(unittest.TestCase):
    def test_exit_codes(self):
        for code in (0, 1, 2, 42, 126, 127, 130, 255):
            self.assertEqual(alone(["/bin/sh", "-c", f"exit {code}"]).returncode, code)

    def test_death_by_signal(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGPIPE, signal.SIGUSR1):
            done = alone(["/bin/sh", "-c", f"kill -{int(number)} $$"])
            self.assertEqual(done.returncode, -number)

    def test_what_cannot_be_run(self):
        for words, code, text in ((["no-such-command"], 127, "no-such-command: command not found"),
                                  (["./no/such"], 127, "No such file"), (["/etc/passwd"], 126, "Permission denied"),
                                  (["/"], 126, "Is a directory"), ([""], 127, "command not found")):
            done = alone(words)
            self.assertEqual((done.returncode, done.stdout), (code, ""))
            self.assertIn(text, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_a_text_without_an_interpreter_goes_to_sh(self):
        path = os.path.join(LAB.folder, "no-shebang")
        with open(path, "w") as file:
            file.write('echo "$0 $1"; exit 3\n')
        os.chmod(path, 0o755)
        done = alone([path, "a b"])
        self.assertEqual((done.returncode, done.stdout), (3, f"{path} a b\n"))

    def test_streams_are_apart_and_untouched(self):
        # The bytes 0..255 on both, input through, nothing of ours in a success.
        done = subprocess.run(RUN + python("import sys; d = sys.stdin.buffer.read(); sys.stdout.buffer.write(d);"
                                           "sys.stderr.buffer.write(d[::-1])"), input=bytes(range(256)) * 100, env=ALONE,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout, bytes(range(256)) * 100)
        self.assertEqual(done.stderr, bytes(range(255, -1, -1)) * 100)

    def test_words_and_surroundings_are_the_same(self):
        show = "import os, sys; print(sys.argv[1:], sorted(os.environ), os.getcwd())"
        words = ["--json", "--", "-x", "", "a b", "ä"]
        plain = lab.run(python(show, *words), env=ALONE)
        self.assertEqual(alone(python(show, *words)).stdout, plain.stdout)

    def test_large_outputs(self):
        text = "import sys\nfor i in range(400000): sys.stderr.write('%d some text on standard error\\n' % i)\nsys.exit(1)"
        done = alone(python(text))
        self.assertEqual(done.returncode, 1)
        plain = lab.run(python(text), env=ALONE)
        self.assertEqual(without_our_lines(done.stderr), plain.stderr)

    def test_without_a_daemon_one_line_says_so(self):
        done = alone(python("import nothing_of_that_name"))
        self.assertEqual(done.returncode, 1)
        ours = [line for line in done.stderr.splitlines() if line.startswith("envfixctl: ")]
        self.assertEqual(len(ours), 1, done.stderr)
        self.assertTrue(ours[0].startswith(IMPOSSIBLE), ours)
        self.assertEqual(lab.run([*RUN[:2], "-q", *RUN[2:], *python("import nothing_of_that_name")], env=ALONE).stderr,
                         without_our_lines(done.stderr))

    def test_silence_stays_silence(self):
        done = alone(["/bin/false"])
        self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", ""))

    def test_closed_streams_stay_closed(self):
        show = ("import os\ndef there(fd):\n    try: os.fstat(fd)\n    except OSError: return False\n    return True\n"
                "open(os.environ['TO'], 'w').write(str([there(fd) for fd in (0, 1, 2)]))")
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            said = []
            for words in (python(show), RUN + python(show)):
                to = os.path.join(LAB.folder, "streams")
                lab.run(["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *words], env={**ALONE, "TO": to})
                with open(to) as file:
                    said.append(file.read())
            self.assertEqual(said[0], said[1], closed)

    def test_a_reader_of_standard_error_that_leaves(self):
        # The command learns it as without us: by SIGPIPE.
        write = "import signal, sys\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\nwhile True: sys.stderr.write('x' * 1000)"
        child = subprocess.Popen(RUN + python(write), stderr=subprocess.PIPE, env=ALONE)
        child.stderr.read(10)
        child.stderr.close()
        self.assertEqual(child.wait(20), -signal.SIGPIPE)

    def test_ignored_and_blocked_signals_are_inherited(self):
        show = ("import signal\nprint(sorted(int(s) for s in signal.pthread_sigmask(signal.SIG_BLOCK, [])),"
                "[int(s) for s in signal.valid_signals() if signal.getsignal(s) == signal.SIG_IGN])")

        def bend():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])

        plain = subprocess.run(python(show), env=ALONE, capture_output=True, text=True, preexec_fn=bend, timeout=60)
        ours = subprocess.run(RUN + python(show), env=ALONE, capture_output=True, text=True, preexec_fn=bend, timeout=60)
        self.assertEqual((ours.returncode, ours.stdout), (0, plain.stdout))

    def test_what_goes_on_in_the_background_keeps_its_standard_error(self):
        started = time.monotonic()
        child = subprocess.Popen(RUN + ["/bin/sh", "-c", "(sleep 2; echo late >&2) >/dev/null & echo early >&2; exit 7"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ALONE)
        self.assertEqual(child.wait(20), 7)
        self.assertEqual(child.stdout.read(), b"")
        self.assertLess(time.monotonic() - started, 1.8, "the background job was waited for")
        self.assertIn("late\n", child.stderr.read().decode())
        child.stdout.close()
        child.stderr.close()


class Signals(unittest.TestCase):
    def start(self, text, **options):
        child = subprocess.Popen(RUN + python(text), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ALONE, text=True,
                                 **options)
        self.assertEqual(child.stdout.readline(), "ready\n")
        return child

    def test_signals_that_reach_only_us_are_passed_on(self):
        text = ("import os, signal, time\nfor s in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT, signal.SIGRTMIN):\n"
                "    signal.signal(s, lambda n, f: (os.write(1, b'%d\\n' % n), os._exit(50 + n)))\n"
                "print('ready', flush=True)\nwhile True: time.sleep(1)")
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT, signal.SIGRTMIN):
            child = self.start(text)
            child.send_signal(number)
            out, error = child.communicate(timeout=20)
            self.assertEqual((child.returncode, out), (50 + number, f"{int(number)}\n"))
            if number != signal.SIGUSR1 and number != signal.SIGRTMIN:
                self.assertEqual(error, "", "whoever asked it to end needs no diagnosis")

    def test_death_by_a_signal_that_was_passed_on(self):
        child = self.start("import time; print('ready', flush=True); time.sleep(60)")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.communicate(timeout=20), ("", ""))
        self.assertEqual(child.returncode, -signal.SIGTERM)

    def test_a_command_that_stops_itself_stops_the_job(self):
        child = self.start("import os, signal; print('ready', flush=True); os.kill(os.getpid(), signal.SIGSTOP);"
                           "print('again', flush=True)")
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        self.assertTrue(os.WIFSTOPPED(status))
        child.send_signal(signal.SIGCONT)
        self.assertEqual(child.stdout.readline(), "again\n")
        self.assertEqual(child.wait(20), 0)
        child.communicate()


class OnATerminal(unittest.TestCase):
    def test_the_command_finds_a_terminal_where_there_was_one(self):
        show = "import os; print([os.isatty(i) for i in (0, 1, 2)], os.get_terminal_size(2).columns, os.ttyname(0) == os.ttyname(1))"
        status, said = Terminal(RUN + python(show)).end()
        self.assertEqual((status, said), (0, "[True, True, True] 77 True\r\n"))
        null = os.open("/dev/null", os.O_RDWR)
        status, said = Terminal(RUN + python("import os; print([os.isatty(i) for i in (0, 1, 2)])"), stderr=null).end()
        self.assertEqual(said, "[True, True, False]\r\n")
        reader, writer = os.pipe()
        status, said = Terminal(RUN + python("import os, sys; os.write(2, b'x'); print(os.isatty(1), os.isatty(2))"),
                                stdout=writer).end()
        os.close(writer)
        self.assertEqual((said, os.read(reader, 99)), ("x", b"False True\n"))
        os.close(reader)
        os.close(null)

    def test_line_ends_are_those_of_the_terminal(self):
        text = "import os; os.write(2, b'one\\ntwo\\r\\n\\x1b[1mthree\\x00\\xff')"
        plain = Terminal(python(text)).end()[1]
        self.assertEqual(Terminal(RUN + python(text)).end()[1], plain)

    def test_ctrl_c_reaches_the_command_once_and_ends_us_as_it(self):
        text = ("import time\ntry:\n print('ready', flush=True)\n time.sleep(60)\nexcept KeyboardInterrupt: print('caught', flush=True)\n"
                "try: time.sleep(0.5)\nexcept KeyboardInterrupt: print('twice', flush=True)\nraise KeyboardInterrupt")
        terminal = Terminal(RUN + python(text))
        terminal.read_until("ready")
        terminal.type("\x03")
        status, said = terminal.end()
        self.assertTrue(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status)
        self.assertIn("caught", said)
        self.assertNotIn("twice", said)
        self.assertNotIn("envfixctl: ", said)

    def test_ctrl_z_stops_the_job_and_it_goes_on(self):
        shell = Terminal(["/bin/bash", "--norc", "--noprofile", "-i"])
        shell.type("PS1='$ '\n")
        job = ('import sys; print("rea" + "dy"); '
               'print("got", next(line for line in iter(sys.stdin.readline, "") if line == "line\\n"))')
        shell.type(" ".join(RUN) + f" {lab.PYTHON} -c '{job}'\n")
        shell.read_until("ready")
        shell.type("\x1a")
        shell.read_until("Stopped")
        shell.read_until("$ ", after=shell.said.index("Stopped"))
        # What is typed while the shell takes the terminal back may stay in the terminal until the job has it again: the shell is
        # asked whether it listens, as often as it takes, and the job passes over what it was not meant to have.
        for _ in range(5):
            shell.type('echo liste""ning\n')
            try:
                shell.read_until("listening\r\n$ ", 4)
                break
            except AssertionError:
                pass
        shell.type("fg\n")
        shell.read_until("run --", after=shell.said.rindex("listening"))
        shell.type("line\n")
        shell.read_until("got line")
        shell.type("echo exit-$?\n")
        shell.read_until("exit-0")
        shell.type("exit\n")
        shell.end()

    def test_a_new_size_reaches_the_pty(self):
        text = ("import os, signal, time\nsignal.signal(signal.SIGWINCH, lambda n, f: os.write(1, b'now %d\\n' % os.get_terminal_size(2).columns))\n"
                "print('ready', flush=True)\nend = time.monotonic() + 20\n"
                "while os.get_terminal_size(2).columns != 99 and time.monotonic() < end: time.sleep(0.01)\ntime.sleep(0.1)")
        terminal = Terminal(RUN + python(text))
        terminal.read_until("ready")
        terminal.resize(99)
        status, said = terminal.end()
        self.assertEqual(status, 0)
        self.assertIn("now 99", said)

    def test_the_terminal_can_be_read(self):
        terminal = Terminal(RUN + python("import getpass; print(getpass.getpass('secret? '))"))
        terminal.read_until("secret? ")
        terminal.type("word\n")
        status, said = terminal.end()
        self.assertEqual(status, 0)
        self.assertEqual(said.count("word"), 1, "it was not echoed")


class Diagnosis(unittest.TestCase):
    def setUp(self):
        self.daemon = lab.Daemon(os.path.join(LAB.folder, self._testMethodName))
        self.daemon.start()
        self.venv = LAB.project(self._testMethodName)

    def tearDown(self):
        self.daemon.kill()

    def run_it(self, *words, **more):
        return lab.run(RUN + list(words), env={**self.daemon.environment, **more})

    def test_the_broken_chain_is_named(self):
        breakages.remove_backend(self.venv)
        program = ["-c", "import cryptography.fernet"]
        plain = lab.run([f"{self.venv}/bin/python", *program], env=self.daemon.environment)
        for words in ([f"{self.venv}/bin/python", *program], ["/bin/sh", "-c", f"{self.venv}/bin/python -c '{program[1]}'"]):
            done = self.run_it(*words, VIRTUAL_ENV=self.venv)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertTrue(done.stderr.startswith(plain.stderr), done.stderr)
            added = done.stderr[len(plain.stderr):]
            self.assertIn("cffi-backend-missing (certain)", added)
            self.assertIn(self.venv, added)
        document = lab.run([*RUN[:2], "--json", *RUN[2:], f"{self.venv}/bin/python", *program], env=self.daemon.environment)
        self.assertEqual(document.stdout, "")
        self.assertIn('"cffi-backend-missing"', document.stderr)

    def test_a_script_whose_python_is_gone(self):
        script = f"{self.venv}/bin/tool"
        with open(script, "w") as file:
            file.write(f"#!{self.venv}/bin/python3\nprint('x')\n")
        os.chmod(script, 0o755)
        os.unlink(f"{self.venv}/bin/python3")
        done = self.run_it(script)
        self.assertEqual(done.returncode, 126)
        self.assertIn("bad interpreter", done.stderr.splitlines()[0])
        self.assertIn("venv-interpreter-missing", done.stderr)

    def test_what_is_none_of_ours_stays_short(self):
        for words in (["/bin/sh", "-c", "echo 'no such table: users' >&2; exit 1"], ["/bin/ls", "/nonexistent"],
                      [f"{self.venv}/bin/python", "-c", "raise ValueError('x')"]):
            plain = lab.run(words, env=self.daemon.environment)
            done = self.run_it(*words)
            self.assertEqual(done.returncode, plain.returncode)
            self.assertTrue(done.stderr.startswith(plain.stderr))
            added = done.stderr[len(plain.stderr):]
            self.assertLessEqual(len(added.splitlines()), 1, added)


def setUpModule():
    global LAB
    LAB = lab.Lab()


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
