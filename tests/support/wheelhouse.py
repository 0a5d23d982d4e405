#!/usr/bin/env python3
"""wheelhouse.py OUTDIR: makes the wheels that the tests install.

cffi, pycparser, cryptography and PyJWT are Debian's own builds of the real projects, repacked with the
metadata that the projects publish on PyPI (Debian strips some of it). The others are stand-ins, and
say so in their Summary: `supabase`, which imports what the real one imports of the chain, `jwt`, the
other project that shares PyJWT's folder, and `httpx`, whose client takes the arguments of 0.27.

Packages are fetched with `apt-get download` into $ENVFIX_TEST_CACHE (or ~/.cache/envfix-tests) and
found there the next time, without network. The same packages always give the same bytes. One line
per wheel is printed: its path.
"""
import base64
import hashlib
import io
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile

DIST_PACKAGES = "./usr/lib/python3/dist-packages/"
PACKAGES = ["python3-cffi-backend", "python3-cffi", "python3-pycparser", "python3-ply",
            "python3-cryptography", "python3-jwt"]
STAND_IN = "Stand-in for the tests of envfix, not the real project"
PLATFORM = re.sub(r"[-.]", "_", sysconfig.get_platform())


def cache_folder():
    base = os.environ.get("ENVFIX_TEST_CACHE") or os.path.expanduser("~/.cache/envfix-tests")
    folder = os.path.join(base, "debs")
    os.makedirs(folder, exist_ok=True)
    return folder


def package_file(folder, package):
    found = sorted(n for n in os.listdir(folder) if n.startswith(package + "_") and n.endswith(".deb"))
    return os.path.join(folder, found[-1]) if found else None


def fetch(packages):
    """Paths of the packages by name; downloads those that the cache lacks."""
    folder = cache_folder()
    missing = [p for p in packages if not package_file(folder, p)]
    if missing:
        with tempfile.TemporaryDirectory(dir=folder) as fresh:
            subprocess.run(["apt-get", "-q", "download", *missing], cwd=fresh, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for name in os.listdir(fresh):
                os.rename(os.path.join(fresh, name), os.path.join(folder, name))
    return {p: package_file(folder, p) for p in packages}


def contents(deb):
    """Files that the package puts into dist-packages: name there -> bytes."""
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True, stdout=subprocess.PIPE).stdout
    files = {}
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        for member in archive:
            if member.isfile() and member.name.startswith(DIST_PACKAGES):
                files[member.name[len(DIST_PACKAGES):]] = archive.extractfile(member).read()
    return files


def is_metadata(name):
    return re.search(r"\.(dist|egg)-info(/|$)", name) is not None


def code_of(files):
    return {n: b for n, b in files.items() if not is_metadata(n) and "__pycache__" not in n}


def field(files, key):
    """One field of the METADATA or PKG-INFO that a package ships."""
    for name in sorted(files):
        if re.search(r"\.dist-info/METADATA$|\.egg-info(/PKG-INFO)?$", name):
            found = re.search(rb"^%s: *(.*)$" % key.encode(), files[name], re.M)
            if found:
                return found.group(1).decode().strip()
    raise SystemExit(f"no {key} in the metadata of a Debian package")


def digest(data):
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def write_wheel(out, name, version, tag, files, summary, requires=(), extras=(), scripts=None, requires_python=None):
    info = f"{name}-{version}.dist-info/"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"Summary: {summary}"]
    metadata += [f"Provides-Extra: {e}" for e in extras] + [f"Requires-Dist: {r}" for r in requires]
    metadata += [f"Requires-Python: {requires_python}"] if requires_python else []
    pure = "true" if tag.endswith("-any") else "false"
    files = dict(files)
    files[info + "METADATA"] = ("\n".join(metadata) + "\n").encode()
    files[info + "WHEEL"] = (f"Wheel-Version: 1.0\nGenerator: envfix-tests\n"
                             f"Root-Is-Purelib: {pure}\nTag: {tag}\n").encode()
    if scripts:
        lines = "".join(f"{k} = {v}\n" for k, v in sorted(scripts.items()))
        files[info + "entry_points.txt"] = ("[console_scripts]\n" + lines).encode()
    names = sorted(files, key=lambda n: (n.startswith(info), n))
    record = "".join(f"{n},{digest(files[n])},{len(files[n])}\n" for n in names) + f"{info}RECORD,,\n"
    files[info + "RECORD"] = record.encode()
    path = os.path.join(out, f"{name}-{version}-{tag}.whl")
    with zipfile.ZipFile(path + f".{os.getpid()}.part", "w", zipfile.ZIP_DEFLATED) as wheel:
        for entry in names + [info + "RECORD"]:
            member = zipfile.ZipInfo(entry, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (0o100755 if entry.endswith(".so") else 0o100644) << 16
            wheel.writestr(member, files[entry])
    os.rename(path + f".{os.getpid()}.part", path)
    print(path)
    return path


def make_real_projects(out):
    debs = {package: contents(path) for package, path in fetch(PACKAGES).items()}

    pycparser = code_of(debs["python3-pycparser"])
    ply = code_of(debs["python3-ply"])
    for name, data in list(pycparser.items()):
        if name.endswith(".py"):  # Debian takes the bundled ply out; the project ships it inside
            pycparser[name] = re.sub(rb"^(\s*)from ply\b", rb"\1from .ply", data, flags=re.M)
    pycparser.update({f"pycparser/{n}": b for n, b in ply.items() if n.startswith("ply/")})
    pycparser = {n: b for n, b in pycparser.items() if n.startswith("pycparser/")}
    write_wheel(out, "pycparser", field(debs["python3-pycparser"], "Version"), "py3-none-any", pycparser,
                "C parser in Python")

    cffi = debs["python3-cffi"]
    for name, data in sorted(debs["python3-cffi-backend"].items()):
        found = re.match(r"_cffi_backend\.cpython-3(\d+)-[^/]*\.so$", name)
        if found:
            minor = "3" + found.group(1)
            write_wheel(out, "cffi", field(cffi, "Version"), f"cp{minor}-cp{minor}-{PLATFORM}",
                        {**code_of(cffi), name: data}, "Foreign Function Interface for Python calling C code",
                        ["pycparser"])

    cryptography = debs["python3-cryptography"]
    write_wheel(out, "cryptography", field(cryptography, "Version"), f"cp37-abi3-{PLATFORM}",
                code_of(cryptography), "cryptography is a package which provides cryptographic recipes",
                ["cffi>=1.12"])

    jwt = debs["python3-jwt"]
    write_wheel(out, "PyJWT", field(jwt, "Version"), "py3-none-any", code_of(jwt),
                "JSON Web Token implementation in Python", ["cryptography>=3.4.0 ; extra == 'crypto'"], ["crypto"])


SUPABASE = b'''"""Stand-in for the tests of envfix: imports what the real supabase imports of the chain."""
import jwt
from jwt.algorithms import has_crypto, get_default_algorithms

if has_crypto:
    import cryptography.fernet
    from cryptography.hazmat.primitives import hashes

__version__ = "2.16.0"


class Client:
    def __init__(self, url, key):
        self.url = url
        self.key = key


def create_client(url, key):
    return Client(url, key)


def main():
    print("stand-in for supabase", __version__)
'''

JWT = {
    "jwt/__init__.py": b'"""Stand-in for the project `jwt`, which is not PyJWT: there is no encode() here."""\n'
                       b"from .jwt import JWT\nfrom .exceptions import JWTException\n",
    "jwt/jwt.py": b"class JWT:\n    def encode(self, payload, key=None):\n        raise NotImplementedError\n",
    "jwt/exceptions.py": b"class JWTException(Exception):\n    pass\n",
    "jwt/utils.py": b"def b64encode(data):\n    raise NotImplementedError\n",
    "jwt/py.typed": b"",
}

HTTPX = b'''"""Stand-in for the tests of envfix: a client that takes the arguments of httpx 0.26 and 0.27, and does nothing."""


class Client:
    def __init__(self, *, proxy=None, proxies=None):
        self.proxy = proxy or proxies
'''


def make_stand_ins(out):
    write_wheel(out, "supabase", "2.16.0", "py3-none-any", {"supabase/__init__.py": SUPABASE}, STAND_IN,
                ["pyjwt[crypto]>=2.4"], scripts={"supabase-stand-in": "supabase:main"})
    write_wheel(out, "jwt", "1.3.1", "py3-none-any", JWT, STAND_IN, ["cryptography>=3.1"])
    write_wheel(out, "httpx", "0.27.2", "py3-none-any", {"httpx/__init__.py": HTTPX}, STAND_IN)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    make_real_projects(sys.argv[1])
    make_stand_ins(sys.argv[1])


if __name__ == "__main__":
    main()
