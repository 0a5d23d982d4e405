"""Manual pages, README and schemas against the real programs: each says what the other does."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "scenario"))
import lab  # noqa: E402

PAGES = sorted(glob.glob(os.path.join(ROOT, "*", "man", "*.[0-9]")))
LAB = None
DAEMON = None


def setUpModule():
    global LAB, DAEMON
    LAB = lab.Lab()
    DAEMON = lab.Daemon(LAB.folder)
    with open(os.path.join(DAEMON.config, "envfixd.yaml"), "w") as file:
        file.write("envfix: 1\n")
    DAEMON.start()


def tearDownModule():
    DAEMON.stop()


def page(name):
    """What a reader sees of a manual page, in one line."""
    path = next(p for p in PAGES if os.path.basename(p) == name)
    text = lab.must(["mandoc", "-T", "utf8", "-O", "width=1000", path])
    return " ".join(re.sub(r".\x08", "", text).split())


def example(name):
    """The first display below EXAMPLES, as it would be typed into a file."""
    path = next(p for p in PAGES if os.path.basename(p) == name)
    with open(path) as file:
        text = file.read()
    return re.search(r"^\.Sh EXAMPLES\n\.Bd -literal[^\n]*\n(.*?)^\.Ed$", text, re.S | re.M).group(1)


def schema(*path):
    with open(os.path.join(ROOT, *path)) as file:
        found = json.load(file)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def properties(of):
    """Every key that a schema knows, however deep."""
    if isinstance(of, dict):
        for key in of.get("properties", {}):
            yield key
        for value in of.values():
            yield from properties(value)
    elif isinstance(of, list):
        for value in of:
            yield from properties(value)


class Installation(unittest.TestCase):
    def test_units_name_the_programs_of_whatever_prefix_is_asked_for(self):
        with tempfile.TemporaryDirectory() as prefix:
            lab.must(["cmake", "--install", lab.BUILD, "--prefix", prefix])
            named = []
            for path in glob.glob(f"{prefix}/**/*.service", recursive=True):
                with open(path) as file:
                    named += re.findall(r"^Exec(?:Start)?=(/\S+)", file.read(), re.M)
            self.assertGreaterEqual(len(named), 6, named)
            wrong = [program for program in named
                     if program != "/bin/false" and not (program.startswith(prefix) and os.access(program, os.X_OK))]
            self.assertEqual(wrong, [])
            self.assertTrue(os.path.exists(f"{prefix}/etc/envfix/envfixd.yaml"))


class ManualPages(unittest.TestCase):
    def test_there_are_four(self):
        self.assertEqual([os.path.basename(p) for p in PAGES],
                         ["envfixctl.1", "envfixd.8", "envfixd.yaml.5", "envfix-policy.5"])

    def test_mandoc_has_nothing_to_say(self):
        for path in PAGES:
            done = lab.run(["mandoc", "-T", "lint", "-W", "warning", path])
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), path)

    def help_of(self, *words):
        return lab.must(list(words) + ["--help"])

    def test_envfixctl_names_each_command_and_option(self):
        told = page("envfixctl.1")
        commands = re.findall(r"^  ([a-z]+)  ", self.help_of(lab.ENVFIXCTL), re.M)
        self.assertIn("status", commands)
        for command in commands:
            self.assertRegex(told, rf" {command} ", command)
            for option in re.findall(r"(--[a-z-]+)", self.help_of(lab.ENVFIXCTL, command)):
                if option != "--help":
                    self.assertIn(option.replace("--no-colour", "--no-color"), told, f"{command} {option}")
                    if f"[{option}" in self.help_of(lab.ENVFIXCTL, command): # one of its own
                        for shell in ("bash", "zsh", "fish"):
                            script = lab.must([lab.ENVFIXCTL, "completion", shell])
                            self.assertIn(option.lstrip("-"), script, f"{shell}: {command} {option}")
        for command in re.findall(r"^  ([a-z]+)  ", self.help_of(lab.ENVFIXCTL, "policy"), re.M):
            self.assertIn(f"policy {command} ", told)

    def test_envfixd_names_each_command_and_option(self):
        told = page("envfixd.8")
        commands = re.findall(r"^  ([a-z]+)  ", self.help_of(lab.ENVFIXD), re.M)
        self.assertIn("check", commands)
        for command in [""] + commands:
            self.assertRegex(told, rf" {command}", command)
            for option in re.findall(r"(--[a-z-]+)", self.help_of(lab.ENVFIXD, *([command] if command else []))):
                if option not in ("--help", "--version"):
                    self.assertIn(option, told, f"{command} {option}")

    def test_the_configuration_shown_is_taken(self):
        with open(os.path.join(DAEMON.config, "envfixd.yaml"), "w") as file:
            file.write(example("envfixd.yaml.5"))
        done = lab.run([lab.ENVFIXD, "--check-config", "--user"], env=DAEMON.environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_policy_shown_is_taken_and_fits_the_schema(self):
        path = os.path.join(LAB.folder, "example.yaml")
        with open(path, "w") as file:
            file.write(example("envfix-policy.5"))
        done = DAEMON.ctl("policy", "check", path)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_envfix_policy_names_each_key(self):
        told = page("envfix-policy.5")
        for key in set(properties(schema("policies", "schema", "fix-policy.schema.json"))):
            self.assertIn(key, told, key)


class Completion(unittest.TestCase):
    def commands(self, *words):
        return re.findall(r"^  ([a-z]+)  ", lab.must([lab.ENVFIXCTL, *words, "--help"]), re.M)

    def complete(self, *words):
        """What bash would offer for the last word."""
        script = lab.must([lab.ENVFIXCTL, "completion", "bash"]) + """
PATH=$1:$PATH; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_envfixctl 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""
        offered = lab.must(["bash", "-c", script, "bash", lab.BUILD, "envfixctl", *words], env=DAEMON.environment)
        return set(offered.split("\n")) - {""}

    def test_each_command_is_offered(self):
        self.assertEqual(self.complete(""), set(self.commands()))
        self.assertEqual(self.complete("policy", ""), set(self.commands("policy")))
        for shell in ("zsh", "fish"):
            script = lab.must([lab.ENVFIXCTL, "completion", shell])
            for command in self.commands() + self.commands("policy"):
                self.assertRegex(script, rf"\b{command}\b")

    def test_each_shell_takes_its_script(self):
        for shell, argv in {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}.items():
            path = os.path.join(LAB.folder, f"completion.{shell}")
            with open(path, "w") as file:
                file.write(lab.must([lab.ENVFIXCTL, "completion", shell]))
            done = lab.run(argv + [path])
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), shell)

    def test_names_that_only_the_daemon_knows_are_offered(self):
        venv = LAB.project("completion")
        self.assertEqual(DAEMON.ctl("add", os.path.dirname(venv)).returncode, 0)
        lab.wait_for(lambda: DAEMON.environment_at(venv), "it is known", DAEMON.said)
        self.assertIn(venv, self.complete("status", venv[:-2]))
        self.assertIn("cffi-backend-missing", self.complete("policy", "approve", "cffi-b"))
        self.assertEqual(self.complete("fix", "--y"), {"--yes"})


class Readme(unittest.TestCase):
    def test_each_command_that_it_shows_exists(self):
        with open(os.path.join(ROOT, "README.md")) as file:
            text = file.read()
        known = set(re.findall(r"^  ([a-z]+)  ", lab.must([lab.ENVFIXCTL, "--help"]), re.M))
        shown = set(re.findall(r"envfixctl(?: -[-a-zA-Z]+)* ([a-z]+)", text))
        self.assertTrue(shown)
        self.assertEqual(shown - known, set())

    def test_each_path_that_it_names_exists(self):
        with open(os.path.join(ROOT, "README.md")) as file:
            text = file.read()
        for path in re.findall(r"\b((?:daemon|cli|policies|systemd|tests)/[\w./-]*\w)", text):
            self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)


class JournalCatalogue(unittest.TestCase):
    def test_systemd_takes_every_entry(self):
        source = os.path.join(ROOT, "systemd", "catalog", "envfix.catalog")
        with open(source) as file:
            ids = set(re.findall(r"^-- ([0-9a-f]{32})", file.read(), re.M))
        self.assertTrue(ids)
        with tempfile.TemporaryDirectory() as root:
            for folder in ("usr/lib/systemd/catalog", "var/lib/systemd/catalog"):
                os.makedirs(os.path.join(root, folder))
            shutil.copy(source, os.path.join(root, "usr/lib/systemd/catalog"))
            done = lab.run(["journalctl", f"--root={root}", "--update-catalog"])
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
            listed = lab.must(["journalctl", f"--root={root}", "--list-catalog"])
        self.assertEqual(set(re.findall(r"^([0-9a-f]{32}) envfix: ", listed, re.M)), ids)


class Output(unittest.TestCase):
    """Real output against the schema, one document for each command."""

    def setUp(self):
        self.schema = schema("daemon", "report", "schema", "output.schema.json")

    def fits(self, kind, text):
        document = json.loads(text)
        jsonschema.validate(document, {**self.schema, "anyOf": [{"$ref": f"#/$defs/{kind}"}]})
        return document

    def broken(self, name):
        venv = LAB.project(name)
        os.unlink(glob.glob(f"{lab.site_packages(venv)}/_cffi_backend*.so")[0])
        return venv

    def test_the_schema_refuses_what_we_never_print(self):
        with self.assertRaises(jsonschema.ValidationError):
            self.fits("environments", '{"schema":1,"environments":[{"id":"x"}]}')

    def test_envfixd_check(self):
        done = lab.run([lab.ENVFIXD, "check", "--json", "--probe", self.broken("schema-check")])
        document = self.fits("environments", done.stdout)
        self.assertTrue(document["environments"][0]["findings"])

    def test_diagnose_and_explain(self):
        done = subprocess.run([lab.ENVFIXD, "diagnose", "--json"], input="ModuleNotFoundError: No module named '_cffi_backend'\n",
                              stdout=subprocess.PIPE, text=True, check=False)
        self.fits("causes", done.stdout)
        self.fits("explanation", lab.must([lab.ENVFIXD, "explain", "--json", "cffi-backend-missing"]))
        every = self.fits("explanations", lab.must([lab.ENVFIXD, "explain", "--json"]))
        self.assertEqual(every, json.loads(DAEMON.ctl("--json", "explain").stdout))

    def test_what_failed_is_a_document_as_well(self):
        for words in (["show", "/nowhere"], ["nonsense"], ["explain", "nonsense"], ["hold", "--for", "soon"]):
            with self.subTest(" ".join(words)):
                done = DAEMON.ctl("--json", *words)
                self.assertEqual(self.fits("error", done.stdout)["error"]["exit"], done.returncode)
                self.assertEqual(len(done.stderr.splitlines()), 1)
        done = lab.run([lab.ENVFIXD, "check", "--json", "/nowhere"])
        self.assertEqual(self.fits("error", done.stdout)["error"]["exit"], done.returncode)

    def test_what_the_daemon_answers(self):
        venv = self.broken("schema-daemon")
        self.fits("done", DAEMON.ctl("--json", "add", os.path.dirname(venv)).stdout)
        lab.wait_for(lambda: (DAEMON.environment_at(venv) or {}).get("state") == "broken", "it is seen", DAEMON.said)
        status = self.fits("status", DAEMON.ctl("--json", "status").stdout)
        self.assertTrue(status["environments"] and status["offers"])
        self.fits("done", DAEMON.ctl("--json", "policy", "approve", "cffi-backend-missing").stdout)
        for kind, words in [("environments", ["list"]), ("environments", ["show", venv]), ("plans", ["plan", venv]),
                            ("policies", ["policy", "list"]), ("verdicts", ["policy", "why", venv]),
                            ("verdicts", ["policy", "test", "cffi-backend-missing"]), ("doctor", ["doctor"]),
                            ("runs", ["history"])]:
            with self.subTest(" ".join(words)):
                self.fits(kind, DAEMON.ctl("--json", *words).stdout)


class ShippedPolicies(unittest.TestCase):
    def test_each_fits_the_schema(self):
        import yaml
        rules = schema("policies", "schema", "fix-policy.schema.json")
        files = glob.glob(os.path.join(ROOT, "policies", "fixes", "*.yaml"))
        self.assertTrue(files)
        for path in files:
            with open(path) as file:
                jsonschema.validate(yaml.safe_load(file), rules)


if __name__ == "__main__":
    unittest.main(verbosity=2)
