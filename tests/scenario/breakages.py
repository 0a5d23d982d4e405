"""One way to break a healthy environment for each finding code, and what a person would see then.

`imports`: whether the interpreter still imports the chain. `heals`: whether a fix of ours repairs it, or only advises.
`touches`: what of site-packages and bin the fix may change; everything else stays byte for byte.
"""
import glob
import os
import shutil
from dataclasses import dataclass
from typing import Callable

import lab


@dataclass
class Breakage:
    code: str
    name: str
    do: Callable[[str], None]  # takes the venv's path
    imports: bool
    heals: bool = True
    touches: tuple = ("cffi", "_cffi_backend")
    watched: bool = True  # happens in a folder that the daemon watches; else it is seen when somebody asks


def only(pattern):
    found = glob.glob(pattern)
    assert len(found) == 1, f"{pattern}: {found}"
    return found[0]


def backend(venv):
    return only(f"{lab.site_packages(venv)}/_cffi_backend*.so")


def binding(venv):
    return only(f"{lab.site_packages(venv)}/cryptography/hazmat/bindings/_rust*.so")


def remove_backend(venv):
    os.unlink(backend(venv))


def retag_backend(venv):
    path = backend(venv)
    os.rename(path, path.replace("cpython-311", "cpython-312").replace("cpython-313", "cpython-312"))


def other_version_of_python_half(venv):
    path = f"{lab.site_packages(venv)}/cffi/__init__.py"
    with open(path) as file:
        text = file.read()
    changed = [line if not line.startswith("__version__ =") else '__version__ = "9.9.9"' for line in text.splitlines()]
    with open(path, "w") as file:
        file.write("\n".join(changed) + "\n")


def remove_binding(venv):
    os.unlink(binding(venv))


def overwrite_with_jwt(venv):
    lab.must([f"{venv}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
              "--no-deps", "--find-links", lab.wheelhouse(), "jwt"], env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))


def cut_backend(venv):
    size = os.path.getsize(backend(venv))
    with open(backend(venv), "r+b") as file:
        file.truncate(size // 3)


def empty_backend(venv):
    with open(backend(venv), "wb"):
        pass


def other_machine(venv):
    """The headers of a file for AArch64, the rest as it was."""
    with open(backend(venv), "r+b") as file:
        file.seek(18)
        file.write((183).to_bytes(2, "little"))


def uninstall(*names):
    def do(venv):
        lab.must([f"{venv}/bin/python", "-m", "pip", "uninstall", "-y", "-q", "--disable-pip-version-check", *names],
                 env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))
    return do


def stop_half_way(venv):
    """What pip leaves when it is killed while it replaces cffi: the old files under ~ names, the new ones in part."""
    site = lab.site_packages(venv)
    os.rename(only(f"{site}/cffi-*.dist-info"), f"{site}/~ffi-0.0.dist-info")
    os.rename(f"{site}/cffi", f"{site}/~ffi")
    os.makedirs(f"{site}/cffi")
    shutil.copy(f"{site}/~ffi/__init__.py", f"{site}/cffi/__init__.py")


def lose_module(venv):
    os.unlink(f"{lab.site_packages(venv)}/cffi/api.py")


def dangling_python(venv):
    for name in ("python", "python3", os.path.basename(os.path.realpath(f"{venv}/bin/python"))):
        path = f"{venv}/bin/{name}"
        if os.path.lexists(path):
            os.unlink(path)
            os.symlink("/nowhere/python3", path)


BREAKAGES = [
    Breakage("cffi-backend-missing", "backend-removed", remove_backend, imports=False),
    Breakage("cffi-backend-missing", "cffi-uninstalled", uninstall("cffi"), imports=False),
    Breakage("cffi-backend-abi-mismatch", "backend-of-another-python", retag_backend, imports=False),
    Breakage("cffi-version-mismatch", "halves-differ", other_version_of_python_half, imports=True, watched=False),
    Breakage("cryptography-binding-missing", "binding-removed", remove_binding, imports=False,
             touches=("cryptography",)),
    Breakage("jwt-wrong-distribution", "jwt-over-pyjwt", overwrite_with_jwt, imports=False,
             touches=("jwt", "PyJWT")),
    Breakage("corrupt-binary", "backend-cut", cut_backend, imports=False),
    Breakage("corrupt-binary", "backend-empty", empty_backend, imports=False),
    Breakage("wrong-architecture", "backend-for-aarch64", other_machine, imports=False),
    Breakage("package-not-installed", "pyjwt-uninstalled", uninstall("PyJWT"), imports=False,
             touches=("jwt", "PyJWT")),
    Breakage("interrupted-install", "killed-half-way", stop_half_way, imports=False,
             touches=("cffi", "_cffi_backend", "~ffi")),
    Breakage("interrupted-install", "module-lost", lose_module, imports=False, watched=False),
    Breakage("venv-interpreter-missing", "python-dangles", dangling_python, imports=False, heals=False, touches=()),
]
