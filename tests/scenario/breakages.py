"""One way to break a healthy environment for each finding code, and what a person would see then.

`imports`: whether the interpreter still imports the chain. `heals`: whether a fix of ours repairs it, or only advises.
`touches`: what of site-packages and bin the fix may change; everything else stays byte for byte.
"""
import glob
import os
import re
import shutil
import sys
import zipfile
from dataclasses import dataclass
from typing import Callable

import lab

sys.path.insert(0, os.path.join(lab.HERE, "..", "support"))
import wheelhouse  # noqa: E402


@dataclass
class Breakage:
    code: str
    name: str
    do: Callable[[str], None]  # takes the venv's path
    imports: bool
    heals: bool = True
    touches: tuple = ("cffi", "_cffi_backend")
    program: str = ""  # what a person's program does beside importing the chain
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
    os.rename(path, re.sub(r"cpython-3(\d+)", lambda tag: f"cpython-3{int(tag.group(1)) + 1}", path))


def retag_backend_for_debug(venv):
    path = backend(venv)
    os.rename(path, re.sub(r"(cpython-3\d+)", r"\1d", path))


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


def exchange(path, *pairs):
    """Other bytes of the same length in place of the first ones: what a file would hold that was built elsewhere."""
    with open(path, "rb") as file:
        data = file.read()
    for old, new in pairs:
        assert len(old) == len(new) and old in data, (path, old)
        data = data.replace(old, new, 1)
    with open(path, "r+b") as file:
        file.write(data)


def elf_hash(name):
    """As the linker writes it beside the name of a version."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        value = (value ^ (value & 0xf0000000) >> 24) & 0x0fffffff
    return value.to_bytes(4, "little")


def other_libffi(venv):
    exchange(backend(venv), (b"libffi.so.8\0", b"libffi.so.6\0"))


def other_openssl(venv):
    exchange(binding(venv), (b"libgcc_s.so.1\0", b"libssl.so.1.1\0"))


def later_glibc(venv):
    exchange(binding(venv), (b"GLIBC_2.28\0", b"GLIBC_2.99\0"), (elf_hash(b"GLIBC_2.28"), elf_hash(b"GLIBC_2.99")))


def later_python(venv):
    exchange(binding(venv), (b"\0PyList_New\0", b"\0PyList_Nix\0"))


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


def pip_install(venv, folder, *requirements):
    lab.must([f"{venv}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
              "--no-deps", "--force-reinstall", "--ignore-requires-python", "--find-links", folder, *requirements],
             env=lab.clean_environment(PIP_CONFIG_FILE="/dev/null"))


def made_for(venv, name):
    """A folder for wheels beside the project, where no fix looks."""
    folder = os.path.join(os.path.dirname(venv), "wheels-" + name)
    os.makedirs(folder, exist_ok=True)
    return folder


def repacked_pyjwt(venv, version=None, **more):
    """The wheelhouse's PyJWT under another version, or with other metadata; gives folder and version."""
    source = only(os.path.join(lab.wheelhouse(), "PyJWT-*.whl"))
    version = version or os.path.basename(source).split("-")[1]
    with zipfile.ZipFile(source) as wheel:
        files = {n: wheel.read(n) for n in wheel.namelist() if ".dist-info/" not in n}
    folder = made_for(venv, "pyjwt")
    wheelhouse.write_wheel(folder, "PyJWT", version, "py3-none-any", files, wheelhouse.STAND_IN,
                           ["cryptography>=3.4.0 ; extra == 'crypto'"], ["crypto"], **more)
    return folder, version


def downgrade_pyjwt(venv):
    folder, version = repacked_pyjwt(venv, "2.3.0")
    pip_install(venv, folder, f"PyJWT=={version}")


def pyjwt_for_another_python(venv):
    folder, version = repacked_pyjwt(venv, requires_python=">=3.99")
    pip_install(venv, folder, f"PyJWT=={version}")


def contradict(venv):
    """supabase wants a newer PyJWT than this program, and the older one is installed."""
    downgrade_pyjwt(venv)
    folder = made_for(venv, "pyjwt")
    wheelhouse.write_wheel(folder, "old_program", "1.0", "py3-none-any", {"old_program.py": b"import jwt\n"},
                           wheelhouse.STAND_IN, ["pyjwt<2.4"])
    pip_install(venv, folder, "old-program==1.0")


GOTRUE = b'''"""Stand-in for the tests of envfix: passes on what gotrue passes from 2.9 on."""
import httpx


class SyncGoTrueClient:
    def __init__(self, proxy=None):
        self.client = httpx.Client(proxy=proxy)
'''

OLD_HTTPX = b'''"""Stand-in for the tests of envfix: takes what httpx took before 0.26."""


class Client:
    def __init__(self, *, proxies=None):
        self.proxies = proxies
'''


def old_httpx(venv):
    folder = made_for(venv, "httpx")
    wheelhouse.write_wheel(folder, "gotrue", "2.9.1", "py3-none-any", {"gotrue/__init__.py": GOTRUE}, wheelhouse.STAND_IN,
                           ["httpx>=0.24"])
    wheelhouse.write_wheel(folder, "httpx", "0.20.0", "py3-none-any", {"httpx/__init__.py": OLD_HTTPX}, wheelhouse.STAND_IN)
    pip_install(venv, folder, "gotrue==2.9.1", "httpx==0.20.0")


OLD_PYOPENSSL = b'''"""Stand-in for the tests of envfix: reads of the real cryptography what pyOpenSSL 20 reads."""
from cryptography.hazmat.bindings.openssl.binding import Binding

CB_ISSUER_CHECK = Binding().lib.X509_V_FLAG_CB_ISSUER_CHECK
'''


def old_pyopenssl(venv):
    folder = made_for(venv, "pyopenssl")
    wheelhouse.write_wheel(folder, "pyOpenSSL", "20.0.1", "py3-none-any", {"OpenSSL/__init__.py": OLD_PYOPENSSL},
                           wheelhouse.STAND_IN, ["cryptography>=3.2"])
    pip_install(venv, folder, "pyOpenSSL==20.0.1")


def write_over(path, content):
    with open(path, "r+b") as file:  # the owner and mode of a file that lost its content stay
        file.truncate(0)
        file.write(content)


def zeroed_source(venv):
    path = f"{lab.site_packages(venv)}/cryptography/fernet.py"
    write_over(path, b"\0" * os.path.getsize(path))  # as a disk gives it back that lost power


def cut_source(venv):
    path = f"{lab.site_packages(venv)}/cryptography/fernet.py"
    with open(path, "rb") as file:
        text = file.read()
    write_over(path, text[:text.index(b"(self,") + 5])


def conflicting_source(venv):
    path = f"{lab.site_packages(venv)}/jwt/__init__.py"
    with open(path, "rb") as file:
        text = file.read()
    write_over(path, b"<<<<<<< HEAD\n" + text + b"=======\n" + text + b">>>>>>> other\n")


def empty_source(venv):
    write_over(f"{lab.site_packages(venv)}/jwt/api_jwt.py", b"")


BREAKAGES = [
    Breakage("cffi-backend-missing", "backend-removed", remove_backend, imports=False),
    Breakage("cffi-backend-missing", "cffi-uninstalled", uninstall("cffi"), imports=False),
    Breakage("cffi-backend-abi-mismatch", "backend-of-another-python", retag_backend, imports=False),
    Breakage("cffi-backend-abi-mismatch", "backend-of-a-debug-build", retag_backend_for_debug, imports=False),
    Breakage("cffi-version-mismatch", "halves-differ", other_version_of_python_half, imports=False, watched=False,
             program="import cffi; cffi.FFI()"),
    Breakage("cryptography-binding-missing", "binding-removed", remove_binding, imports=False,
             touches=("cryptography",)),
    Breakage("jwt-wrong-distribution", "jwt-over-pyjwt", overwrite_with_jwt, imports=False,
             touches=("jwt", "PyJWT")),
    Breakage("corrupt-binary", "backend-cut", cut_backend, imports=False),
    Breakage("corrupt-binary", "backend-empty", empty_backend, imports=False),
    Breakage("wrong-architecture", "backend-for-aarch64", other_machine, imports=False),
    Breakage("libffi-runtime-missing", "backend-for-another-libffi", other_libffi, imports=False),
    Breakage("openssl-abi-mismatch", "binding-for-another-openssl", other_openssl, imports=False,
             touches=("cryptography",)),
    Breakage("libc-mismatch", "binding-for-a-later-glibc", later_glibc, imports=False, touches=("cryptography",)),
    Breakage("extension-abi-mismatch", "binding-for-a-later-python", later_python, imports=False,
             touches=("cryptography",)),
    Breakage("package-not-installed", "pyjwt-uninstalled", uninstall("PyJWT"), imports=False,
             touches=("jwt", "PyJWT")),
    Breakage("interrupted-install", "killed-half-way", stop_half_way, imports=False,
             touches=("cffi", "_cffi_backend", "~ffi")),
    Breakage("interrupted-install", "module-lost", lose_module, imports=False, watched=False),
    Breakage("interrupted-install", "source-zeroed", zeroed_source, imports=False, watched=False, touches=("cryptography",)),
    Breakage("interrupted-install", "source-cut", cut_source, imports=False, watched=False, touches=("cryptography",)),
    Breakage("interrupted-install", "source-in-conflict", conflicting_source, imports=False, watched=False,
             touches=("jwt", "PyJWT")),
    Breakage("interrupted-install", "source-emptied", empty_source, imports=False, watched=False, touches=("jwt", "PyJWT")),
    Breakage("package-version-mismatch", "pyjwt-too-old", downgrade_pyjwt, imports=True, touches=("jwt", "PyJWT")),
    Breakage("no-wheel-for-python", "pyjwt-for-another-python", pyjwt_for_another_python, imports=True,
             touches=("jwt", "PyJWT")),
    Breakage("httpx-proxy-mismatch", "httpx-too-old", old_httpx, imports=False, touches=("httpx", "gotrue"),
             program="import gotrue; gotrue.SyncGoTrueClient()"),
    Breakage("cryptography-pyopenssl-mismatch", "pyopenssl-too-old", old_pyopenssl, imports=False, heals=False,
             touches=(), program="import OpenSSL"),
    Breakage("dependency-conflict", "two-want-another-pyjwt", contradict, imports=True, heals=False, touches=()),
    # Made again as a whole. The copy's scripts start the template's Python, so what has scripts comes as wheels.
    Breakage("venv-interpreter-missing", "python-dangles", dangling_python, imports=False,
             touches=("bin/", "pyvenv.cfg", "supabase", "pip", "setuptools")),
]
