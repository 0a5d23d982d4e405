"""A project that asks for packages and has no environment: it is told, planned, made, proved, and taken back."""
import os
import shutil
import unittest

import lab

FOLDER = WHEELS = None


def setUpModule():
    global FOLDER, WHEELS
    FOLDER = lab.tempfile.mkdtemp(prefix="envfix-create-")
    lab.atexit.register(shutil.rmtree, FOLDER, True)
    WHEELS = lab.wheelhouse()


class Create(unittest.TestCase):
    def setUp(self):
        self.daemon = lab.Daemon(os.path.join(FOLDER, self._testMethodName))
        pip = os.path.join(self.daemon.environment["HOME"], ".config", "pip")
        os.makedirs(pip)
        with open(os.path.join(pip, "pip.conf"), "w") as file:
            file.write(f"[global]\nno-index = true\nfind-links = {WHEELS}\n")
        self.root = os.path.join(self.daemon.folder, "src")
        self.shop = os.path.join(self.root, "shop")
        self.venv = os.path.join(self.shop, ".venv")
        os.makedirs(self.shop)

    def tearDown(self):
        self.daemon.kill()

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def ctl(self, *words, code=0):
        done = self.daemon.ctl(*words, cwd=self.shop)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}\n{self.daemon.said()}")
        return done.stdout + done.stderr

    def start(self):
        self.daemon.start()
        self.ctl("add", self.root)
        self.ctl("policy", "approve", "project-without-environment")

    def state(self, path):
        found = self.daemon.environment_at(path)
        return found and found["state"]

    def test_a_project_gets_its_environment_and_undo_takes_it_away(self):
        requirements = self.write("shop/requirements.txt", "# what the shop needs\nsupabase\ncffi>=1 ; python_version >= '3'\n")
        # What the project does to itself is told, and does not keep it from getting its environment.
        self.write("shop/jwt.py", "import supabase\n")
        self.write("shop/docs/requirements.txt", "sphinx\n")
        self.write("blog/main.py", "print(1)\n")
        self.start()

        told = self.ctl("status", ".", code=11)
        self.assertIn("the project has no environment, and Python 3", told)
        self.assertIn("supabase", told)
        self.assertIn(f"envfixctl fix {self.shop}", told)
        known = self.daemon.json("list")["environments"]
        projects = [e for e in known if e["kind"] == "project"]
        self.assertEqual([e["path"] for e in projects], [self.shop])
        self.assertEqual(projects[0]["state"], "degraded")
        self.assertEqual([f["code"] for f in projects[0]["findings"]], ["package-not-installed"])

        plan = self.ctl("plan", ".")
        for part in ("create a virtual environment", self.venv, "supabase", "(new)"):
            self.assertIn(part, plan)
        done = self.ctl("fix", "--yes", "--wait")
        self.assertIn("created with", done)
        works, said = lab.import_chain(f"{self.venv}/bin/python")
        self.assertTrue(works, said)
        lab.wait_for(lambda: self.state(self.venv) in ("healthy", "degraded"), "the venv is known", self.daemon.said)
        lab.wait_for(lambda: self.state(self.shop) is None, "the project is no environment any more", self.daemon.said)
        self.assertTrue(os.path.exists(requirements))

        runs = self.daemon.json("history", self.shop)["runs"]
        self.assertEqual([r["state"] for r in runs], ["fixed"])
        self.ctl("undo", runs[0]["id"])
        self.assertFalse(os.path.lexists(self.venv))
        lab.wait_for(lambda: self.state(self.shop) == "degraded", "a project without an environment again", self.daemon.said)
        self.assertEqual(self.daemon.json("history", self.shop)["runs"][0]["state"], "undone")
        self.assertEqual(sorted(os.listdir(self.shop)), [".envfix", "docs", "jwt.py", "requirements.txt"])

    def test_an_environment_that_was_used_is_left_and_that_is_said(self):
        self.write("shop/requirements.txt", "supabase\n")
        self.start()
        self.ctl("fix", "--yes", "--wait")
        mine = os.path.join(lab.site_packages(self.venv), "mine.py")
        with open(mine, "w") as file:
            file.write("kept = True\n")
        run = self.daemon.json("history", self.venv)["runs"][0]["id"]
        self.assertIn("have changed since: .venv", self.ctl("undo", run, code=1))
        self.assertTrue(os.path.exists(mine))

    def test_what_cannot_be_taken_over_is_named_with_its_line(self):
        self.write("shop/requirements.txt", "supabase\n--find-links /srv/wheels\n-r more.txt\n")
        self.start()
        said = self.ctl("plan", ".")
        self.assertIn("--find-links /srv/wheels", said)
        self.assertIn("an option of pip's", said)
        self.assertEqual(os.listdir(self.shop), ["requirements.txt"])

    def test_only_projects_that_have_none_are_listed(self):
        self.write("shop/pyproject.toml", "[project]\nname = 'shop'\nrequires-python = '>=3.8'\ndependencies = ['no-such-thing']\n")
        self.write("blog/requirements.txt", "no-such-thing\n")
        lab.must([lab.PYTHON, "-m", "venv", "--without-pip", os.path.join(self.root, "blog", "venv")], env=lab.clean_environment())
        self.write("tool/pyproject.toml", "[build-system]\nrequires = ['setuptools']\n")
        self.start()

        def projects():
            return [e["path"] for e in self.daemon.json("list")["environments"] if e["kind"] == "project"]

        self.assertEqual(projects(), [self.shop])
        shutil.rmtree(os.path.join(self.root, "blog", "venv"))
        lab.wait_for(lambda: os.path.join(self.root, "blog") in projects(), "blog lost its environment", self.daemon.said)
        lab.must([lab.PYTHON, "-m", "venv", "--without-pip", self.venv], env=lab.clean_environment())
        lab.wait_for(lambda: self.shop not in projects(), "shop got one by hand", self.daemon.said)

    def test_what_a_project_asks_for_anew_is_seen(self):
        self.write("shop/requirements.txt", "no-such-thing\n")
        self.start()

        def asked():
            found = self.daemon.environment_at(self.shop)
            return [e["expected"] for f in found["findings"] for e in f["evidence"]]

        self.assertEqual(asked(), ["no-such-thing"])
        self.write("shop/requirements.txt", "no-such-thing\nnor-this\n")
        lab.wait_for(lambda: asked() == ["no-such-thing", "nor-this"], "the new line is seen", self.daemon.said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
