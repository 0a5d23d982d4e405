#!/usr/bin/env python3
"""cffi_wheels.py OUTDIR PYTHON…: a wheel of cffi for each interpreter, built from Debian's source of the version that
python3-cffi has here.

Debian has the compiled half for its own Python only. This compiles the same C file for others, with gcc and
libffi-dev, as setup.py would. cffi below 1.17 compiles for Python 3.13 and cannot be imported there, because a private
function is gone: for such a pair the wheel is made twice, with that one call replaced, and as it is in OUTDIR/unusable.
What is in the cache is not built again. One line per wheel is printed: its path.
"""
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.request

import wheelhouse

ASK = "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'), sysconfig.get_paths()['include'])"
GONE_IN_313 = "-D_PyErr_WriteUnraisableMsg(text,object)=PyErr_WriteUnraisable(object)"


def source(folder):
    """The folder of cffi's C files; fetched once, from where this machine's packages come from."""
    uri = subprocess.run(["apt-get", "-q", "download", "--print-uris", "python3-cffi-backend"], check=True,
                         stdout=subprocess.PIPE, text=True).stdout.split("'")[1]
    version = re.search(r"_([0-9.]+)", os.path.basename(uri)).group(1)
    unpacked = os.path.join(folder, f"cffi-{version}")
    if not os.path.isdir(unpacked):
        url = f"{os.path.dirname(uri)}/python-cffi_{version}.orig.tar.gz"
        with urllib.request.urlopen(url, timeout=60) as answer, tempfile.TemporaryDirectory(dir=folder) as fresh:
            archive = os.path.join(fresh, "source.tar.gz")
            with open(archive, "wb") as file:
                file.write(answer.read())
            with tarfile.open(archive) as tar:
                tar.extractall(fresh)
            os.rename(os.path.join(fresh, f"cffi-{version}"), unpacked)
    return unpacked, version


def compiled(unpacked, python, options):
    """The backend for this interpreter: its suffix, its bytes."""
    suffix, include = subprocess.run([python, "-c", ASK], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "_cffi_backend" + suffix)
        subprocess.run(["gcc", "-O1", "-g0", "-w", "-fPIC", "-shared", f"-I{include}", "-DUSE__THREAD",
                        "-DHAVE_SYNC_SYNCHRONIZE", *options, os.path.join(unpacked, "c", "_cffi_backend.c"), "-lffi",
                        "-o", out], check=True)
        with open(out, "rb") as file:
            return suffix, file.read()


def python_half(unpacked):
    files = {}
    for place, _, names in os.walk(os.path.join(unpacked, "cffi")):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                files[os.path.relpath(path, unpacked)] = file.read()
    return files


def make(out, pythons):
    """Wheels for these interpreters: the path of each, by interpreter."""
    folder = os.path.dirname(wheelhouse.cache_folder())
    unpacked, version = source(folder)
    made = {}
    for python in pythons:
        minor, flags = subprocess.run(
            [python, "-c", "import sys; print('%d%d' % sys.version_info[:2], getattr(sys, 'abiflags', ''))"], check=True,
            stdout=subprocess.PIPE, text=True).stdout.rstrip("\n").split(" ")
        tag = f"cp{minor}-cp{minor}{flags}-{wheelhouse.PLATFORM}"
        path = os.path.join(out, f"cffi-{version}-{tag}.whl")
        old = tuple(int(n) for n in version.split(".")[:2]) < (1, 17)
        gone = old and int(minor[1:]) >= 13
        for folder, options in [(out, [GONE_IN_313]), (os.path.join(out, "unusable"), [])] if gone else [(out, [])]:
            os.makedirs(folder, exist_ok=True)
            if os.path.exists(os.path.join(folder, f"cffi-{version}-{tag}.whl")):
                continue
            suffix, data = compiled(unpacked, python, options)
            wheelhouse.write_wheel(folder, "cffi", version, tag, {**python_half(unpacked), "_cffi_backend" + suffix: data},
                                   "Foreign Function Interface for Python calling C code", ["pycparser"])
        made[python] = path
    return made


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    make(sys.argv[1], sys.argv[2:])
