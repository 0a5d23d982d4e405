#!/usr/bin/env python3
"""A free-threaded Python 3.13, where there is one or one can be made.

As a program: prints the path of the one that it found or built from Debian's source. That takes minutes.
"""
import glob
import os
import subprocess
import sys
import tarfile
import tempfile
import urllib.request

# Debian 13's. The folder of its host is where this machine's packages come from.
VERSION = "3.13.5"
SOURCE = f"http://deb.debian.org/debian/pool/main/p/python3.13/python3.13_{VERSION}.orig.tar.xz"
PLACES = ("~/.pyenv/versions/*/bin/python3.13t", "/usr/bin/python3.13t", "/usr/local/bin/python3.13t", "/opt/*/bin/python3.13t")


def python(cache, build=False):
    """Its path; None: there is none, and none is to be built."""
    built = os.path.join(cache, f"python{VERSION}t")
    for pattern in (*PLACES, f"{built}/bin/python3.13t"):
        for path in sorted(glob.glob(os.path.expanduser(pattern))):
            if subprocess.run([path, "-c", ""], stderr=subprocess.DEVNULL).returncode == 0:
                return path
    return compiled(cache, built) if build else None


def compiled(cache, prefix):
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        with urllib.request.urlopen(SOURCE, timeout=60) as answer, open(f"{folder}/source.tar.xz", "wb") as file:
            file.write(answer.read())
        with tarfile.open(f"{folder}/source.tar.xz") as tar:
            tar.extractall(folder)
        tree = f"{folder}/Python-{VERSION}"
        for step in (["./configure", "-q", "--disable-gil", "--disable-test-modules", f"--prefix={prefix}", "CFLAGS=-O1"],
                     ["make", "-s", f"-j{os.cpu_count()}"], ["make", "-s", "install"]):
            subprocess.run(step, cwd=tree, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return f"{prefix}/bin/python3.13t"


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import wheelhouse
    print(python(os.path.dirname(wheelhouse.cache_folder()), build=True))
