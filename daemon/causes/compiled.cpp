#include "causes/tables.hpp"

#include <array>

namespace envfix::causes {

namespace {

constexpr std::array k_table{
    Cause{
        .code = "cffi-backend-missing",
        .kind = Kind::cause,
        .title = "cffi's compiled half, _cffi_backend, is not there",
        .what = "cffi is two things: the folder cffi/ in Python, and the compiled module "
                "_cffi_backend beside it. This interpreter finds no _cffi_backend on its path, and "
                "none made for another Python either. Whatever calls C through cffi fails, "
                "cryptography first of all.",
        .how = "An install was interrupted or a file was removed; on Debian python3-cffi is "
               "installed without python3-cffi-backend, which is a package of its own; or "
               "cryptography came from one place (/usr/lib/python3/dist-packages) and cffi from "
               "another that this Python does not look at. pip check does not see it: Debian's "
               "cryptography does not name cffi as a requirement.",
        .look = "python -c \"import _cffi_backend; print(_cffi_backend.__file__)\"\n"
                "python -m pip show -f cffi\n"
                "envfixctl show",
        .fix = "Put cffi's files back with the interpreter that fails, in the version that is "
               "installed: python -m pip install --force-reinstall --no-deps cffi==VERSION, in a "
               "venv. Where Debian owns the files, reinstall its package: apt-get install "
               "--reinstall python3-cffi-backend.",
        .avoid = "Do not run plain `pip install cffi` or `--upgrade`: where some cffi is found it "
                 "answers \"already satisfied\" and does nothing. libffi-dev does not help: it "
                 "holds headers for compiling, not this module.",
    },
    Cause{
        .code = "cffi-backend-abi-mismatch",
        .kind = Kind::cause,
        .title = "_cffi_backend was made for another Python",
        .what = "A _cffi_backend file is on the path, but its suffix names another Python: another "
                "version (cpython-311 under 3.13), a free-threaded or debug build, or another C "
                "library. The import system does not even look at such a file, so the message is "
                "the same as if there were none.",
        .how =
            "Debian's /usr/lib/python3/dist-packages is shared by every python3.X of the machine. "
            "The compiled part of cryptography (.abi3.so) loads in all of them, the backend of "
            "cffi only in the one that its name states. A second Python from pyenv, deadsnakes or "
            "an upgrade of the system finds the one and not the other. The same happens when a "
            "site-packages folder is copied, or put into PYTHONPATH, across versions.",
        .look = "python -c \"import sys, importlib.machinery as m; print(sys.version, "
                "m.EXTENSION_SUFFIXES)\"\n"
                "find / -name '_cffi_backend*' -not -path '/proc/*' 2>/dev/null\n"
                "envfixctl show",
        .fix = "Run the program with the Python that the file was made for (its name says which), "
               "or make a venv with its own cffi and cryptography: python -m venv .venv, then "
               ".venv/bin/python -m pip install -r requirements.txt.",
        .avoid = "Do not rename or link the file to the suffix that is asked for: it was compiled "
                 "against another ABI and crashes or corrupts memory. Do not copy site-packages "
                 "between versions.",
    },
    Cause{
        .code = "cffi-version-mismatch",
        .kind = Kind::cause,
        .title = "The two halves of cffi have different versions",
        .what = "The folder cffi/ that Python finds first states one version, the _cffi_backend "
                "that it finds first states another. cffi refuses to work with a half that is not "
                "its own, and says so when FFI() is called. cryptography calls only the compiled "
                "half and may go on working.",
        .how = "Two copies of cffi are on sys.path, for example one in ~/.local and one of Debian, "
               "and the halves are taken from different ones; or an upgrade replaced one half and "
               "was interrupted before the other.",
        .look = "python -c \"import cffi, _cffi_backend as b; print(cffi.__version__, "
                "cffi.__file__, b.__version__, b.__file__)\"\n"
                "python -c \"import cffi; cffi.FFI()\"",
        .fix =
            "Reinstall cffi in the folder where the wrong half comes from, so that both halves "
            "come from one place: python -m pip install --force-reinstall --no-deps cffi==VERSION, "
            "or use a venv that sees neither the user site nor the system's packages.",
        .avoid = "Do not delete the half that you do not like by hand: what remains is recorded as "
                 "a whole package, and the next install believes it.",
    },
    Cause{
        .code = "libffi-runtime-missing",
        .kind = Kind::cause,
        .title = "The libffi library that a module was linked to is missing",
        .what = "A compiled module, usually _cffi_backend or _ctypes, names libffi.so with a "
                "number (6, 7 or 8), and the loader finds no library of that name.",
        .how =
            "The module was compiled on a machine with another libffi and taken along: a copied "
            "venv, a container image of several stages, a system that was upgraded (Debian 12 has "
            "libffi.so.8, Ubuntu 20.04 libffi.so.7), a Python built by pyenv before the upgrade.",
        .look = "python -c \"import _cffi_backend\"\n"
                "readelf -d PATH/_cffi_backend*.so | grep NEEDED\n"
                "ldconfig -p | grep libffi",
        .fix = "Install a wheel of cffi: it brings its own libffi. python -m pip install "
               "--force-reinstall --no-deps --only-binary :all: cffi==VERSION. If the module is "
               "Debian's own, install the package (libffi8). A pyenv Python whose _ctypes fails "
               "must be built again.",
        .avoid = "Do not link libffi.so.8 to libffi.so.6 or 7: the number changes because the ABI "
                 "does, and calls through it corrupt memory.",
    },
    Cause{
        .code = "cryptography-binding-missing",
        .kind = Kind::cause,
        .title = "cryptography's compiled part, _rust, cannot be loaded here",
        .what = "cryptography/hazmat/bindings holds no _rust file that this interpreter can load: "
                "it is absent, or made for another Python or machine.",
        .how = "An interrupted install, a copied environment, or an image made for another "
               "platform. The folder _rust with type stubs stays behind and is taken for a "
               "package, so the message may be `cannot import name 'exceptions' from "
               "'cryptography.hazmat.bindings._rust' (unknown location)` instead of `No module "
               "named`. PyJWT hides it: it sets has_crypto to False, and the program fails much "
               "later with `Algorithm 'ES256' could not be found`.",
        .look = "python -c \"import cryptography.hazmat.bindings._rust as r; print(r.__file__)\"\n"
                "python -c \"import jwt.algorithms; print(jwt.algorithms.has_crypto)\"\n"
                "python -m pip show -f cryptography",
        .fix = "Put cryptography's files back with the interpreter that fails: python -m pip "
               "install --force-reinstall --no-deps cryptography==VERSION.",
        .avoid = "Do not install Rust or OpenSSL headers for this: a wheel needs neither. Do not "
                 "remove the stub folder: it belongs to the package.",
    },
    Cause{
        .code = "extension-abi-mismatch",
        .kind = Kind::cause,
        .title = "A compiled module was made for another Python",
        .what = "A compiled module of the chain is there under a name that states another Python, "
                "or it asks the interpreter for functions that this version does not have.",
        .how =
            "The interpreter of an environment was exchanged (python3 now means another version), "
            "site-packages was copied, PYTHONPATH points into another version's folder, or `pip "
            "install --target` ran with another Python than the one that reads the result.",
        .look =
            "python -c \"import importlib.machinery as m; print(m.EXTENSION_SUFFIXES)\"\n"
            "find \"$(python -c 'import site; print(site.getsitepackages()[0])')\" -name '*.so'\n"
            "envfixctl show",
        .fix = "Reinstall the package with this very interpreter: python -m pip install "
               "--force-reinstall --no-deps NAME==VERSION. If many are concerned, make the venv "
               "again.",
        .avoid = "Do not rename the file to a suffix that fits: found is not loadable, and what "
                 "loads may crash.",
    },
    Cause{
        .code = "openssl-abi-mismatch",
        .kind = Kind::cause,
        .title = "OpenSSL is missing, of another version, or incomplete",
        .what = "A compiled module was linked to an OpenSSL that the loader does not find, or "
                "finds in a version without the symbols that it needs, or OpenSSL cannot load its "
                "legacy provider.",
        .how = "The system went from OpenSSL 1.1 to 3; LD_LIBRARY_PATH (conda, a vendor's setup "
               "script) puts another libssl in front; or cryptography was compiled on another "
               "machine.",
        .look = "ldconfig -p | grep -E 'libssl|libcrypto'\n"
                "printenv LD_LIBRARY_PATH\n"
                "python -c \"import ssl; print(ssl.OPENSSL_VERSION)\"",
        .fix = "Install a wheel of cryptography: it holds its own OpenSSL. Run the program without "
               "LD_LIBRARY_PATH: env -u LD_LIBRARY_PATH python …. For a missing legacy provider "
               "use the OpenSSL package of the system, or set CRYPTOGRAPHY_OPENSSL_NO_LEGACY=1 if "
               "nothing needs it.",
        .avoid = "Do not fetch libssl1.1 from an old release: it gets no security updates. Do not "
                 "link one version's file to another's name.",
    },
    Cause{
        .code = "wrong-architecture",
        .kind = Kind::cause,
        .title = "A compiled file is for another CPU or operating system",
        .what = "The header of a compiled file names another machine, word size or system than the "
                "interpreter's.",
        .how = "An environment was copied from a Mac or an ARM board, a container was built for "
               "another platform, a wheel was fetched with --platform, or a 32-bit Python meets "
               "64-bit files. The message may be `cannot open shared object file: No such file or "
               "directory` although the file is there.",
        .look =
            "uname -m\n"
            "file PATH/TO/THE/FILE.so\n"
            "python -c \"import platform, sys; print(platform.machine(), sys.maxsize > 2**32)\"",
        .fix = "Reinstall the package on this machine: python -m pip install --force-reinstall "
               "--no-deps --no-cache-dir NAME==VERSION. If the whole environment was copied, make "
               "it again here. For containers build with --platform of the machine that runs them.",
        .avoid = "Do not look for a missing library: the file that is named is there. Do not copy "
                 "venvs between machines: they hold absolute paths as well.",
    },
    Cause{
        .code = "libc-mismatch",
        .kind = Kind::cause,
        .title = "The C library is too old, or of another kind",
        .what = "A compiled file wants symbol versions (GLIBC_2.28) that this system's glibc does "
                "not have, or it was made for glibc and the system has musl (Alpine), or the other "
                "way round.",
        .how = "It was compiled on a newer system and copied to an older one; a manylinux wheel "
               "was forced onto Alpine; an image mixes stages of different distributions.",
        .look = "ldd --version\n"
                "objdump -T PATH/TO/THE/FILE.so | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1\n"
                "python -m pip debug --verbose | head -40",
        .fix = "Let pip choose a wheel on the machine that runs it (one with an older manylinux or "
               "a musllinux tag), or move to a newer base system.",
        .avoid = "Do not copy libc.so.6 from elsewhere: it breaks every program that loads it. "
                 "gcompat on Alpine does not make these modules reliable.",
    },
    Cause{
        .code = "execution-blocked",
        .kind = Kind::cause,
        .title = "The system forbids executing the file or its memory",
        .what = "The file is sound, and the kernel refuses to map it as code: the file system is "
                "mounted noexec, or a policy forbids memory that is writable and executable.",
        .how = "site-packages lies on /tmp, /home or a network share mounted noexec; SELinux, or "
               "MemoryDenyWriteExecute= in a systemd unit, stops the callbacks of an old cffi.",
        .look = "findmnt -T PATH/TO/SITE-PACKAGES -o TARGET,OPTIONS\n"
                "systemctl show UNIT -p MemoryDenyWriteExecute\n"
                "ausearch -m avc -ts recent",
        .fix = "Put the environment on a file system that is mounted exec, or remount it. For "
               "callbacks: a newer cffi, ffi.def_extern() in place of ffi.callback(), or "
               "MemoryDenyWriteExecute=no for that unit alone.",
        .avoid =
            "Do not switch SELinux off, and do not reinstall: the files are not what is wrong.",
    },
    Cause{
        .code = "corrupt-binary",
        .kind = Kind::cause,
        .title = "A compiled file is truncated or altered",
        .what = "The file is not the one that was installed: its size or SHA-256 differs from the "
                "package's RECORD, or its headers speak of bytes that lie beyond its end.",
        .how = "The disk was full, the machine lost power or a copy broke off during an install; a "
               "damaged wheel lies in pip's cache; something (strip, an antivirus, an editor) "
               "changed it later. Cut inside its code it ends Python with a bus error or a "
               "segmentation fault, without a line of text.",
        .look = "python -X faulthandler -c \"import MODULE\"\n"
                "readelf -hl PATH/TO/THE/FILE.so > /dev/null\n"
                "envfixctl check",
        .fix =
            "Restore the file from a known good copy, or reinstall that version without the cache: "
            "python -m pip install --force-reinstall --no-deps --no-cache-dir NAME==VERSION.",
        .avoid = "Do not reinstall from the cache: it may hold the damage. If it comes back, look "
                 "at the disk (df -h, dmesg) before anything else.",
    },
};

} // namespace

std::span<const Cause> compiled_causes()
{
    return k_table;
}

} // namespace envfix::causes
