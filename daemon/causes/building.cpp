#include "causes/tables.hpp"

#include <array>

namespace envfix::causes {

namespace {

constexpr std::array k_table{
    Cause{
        .code = "libffi-headers-missing",
        .kind = Kind::cause,
        .title = "cffi is being compiled, and libffi's headers are missing",
        .what = "pip found no wheel of cffi that fits, compiles it from source, and the compiler "
                "does not find ffi.h.",
        .how = "An old pip does not know today's wheel tags; the Python is newer than that version "
               "of cffi; the platform has no wheels; or --no-binary is set.",
        .look = "python -m pip --version\n"
                "python -m pip download --no-deps --only-binary :all: cffi\n"
                "pkg-config --modversion libffi",
        .fix = "First try for a wheel: python -m pip install --upgrade pip, then python -m pip "
               "install --only-binary :all: cffi. If there is none for this platform, install the "
               "headers: apt-get install libffi-dev (dnf install libffi-devel, apk add "
               "libffi-dev), and compile.",
        .avoid = "Do not install the headers for an error at run time: they only serve to compile.",
        .on_disk = false,
    },
    Cause{
        .code = "build-tools-missing",
        .kind = Kind::cause,
        .title = "A package is being compiled without the tools for it",
        .what = "pip compiles a package from source, and the C compiler, Python's headers or "
                "OpenSSL's headers are not there.",
        .how = "No wheel fits this Python or platform, so pip falls back to the source. Slim "
               "container images have no compiler. The headers must be those of the interpreter "
               "that runs pip: python3.13-dev for python3.13.",
        .look = "python -m pip --version\n"
                "gcc --version\n"
                "python -c \"import sysconfig; print(sysconfig.get_path('include'))\"",
        .fix = "First try for a wheel: a newer pip, a newer release of the package, or a Python "
               "that it supports (python -m pip install --only-binary :all: NAME). Else install "
               "build-essential, pythonX.Y-dev and, for cryptography, libssl-dev.",
        .avoid = "Do not install python3-dev of another minor version: the headers do not fit.",
        .on_disk = false,
    },
    Cause{
        .code = "rust-toolchain-missing",
        .kind = Kind::cause,
        .title = "A package is being compiled without Rust",
        .what = "cryptography, bcrypt or pydantic-core is compiled from source, and there is no "
                "Rust compiler, or one that is too old.",
        .how = "pip is so old that it does not recognise today's wheels (the tag manylinux_2_28 "
               "needs pip 20.3), or this Python or platform has none.",
        .look = "python -m pip --version\n"
                "python -m pip download --no-deps --only-binary :all: cryptography\n"
                "rustc --version",
        .fix = "Take a wheel: python -m pip install --upgrade pip, then try again; or use a Python "
               "that the release supports. Only where no wheel exists install Rust in the version "
               "that the message names (rustup), with the C tools and OpenSSL headers.",
        .avoid = "Do not pin cryptography below 3.4 to escape from Rust: those releases have known "
                 "holes.",
        .on_disk = false,
    },
    Cause{
        .code = "no-wheel-for-python",
        .kind = Kind::cause,
        .title = "No ready-made package fits this Python or platform",
        .what = "Of the version that is asked for there is no wheel for this Python version, CPU "
                "or C library, so pip starts to compile it, or gives up.",
        .how = "The Python is newer than the release (PyO3 says `newer than PyO3's maximum "
               "supported version`), or too old for it, or the machine is one for which nobody "
               "publishes wheels, or pip is too old to read the tags.",
        .look = "python --version\n"
                "python -m pip debug --verbose | head -40\n"
                "python -m pip index versions NAME",
        .fix = "Use a Python for which the package has wheels, a newer release of the package, or "
               "a newer pip. In a project: make the venv with that Python.",
        .avoid = "Do not force it with PYO3_USE_ABI3_FORWARD_COMPATIBILITY or "
                 "--ignore-requires-python in production: it compiles, and may fail when it runs.",
    },
    Cause{
        .code = "bundle-incomplete",
        .kind = Kind::cause,
        .title = "A bundle was made without a compiled module",
        .what = "The program runs from a bundle (PyInstaller, a zip, a Lambda package, a container "
                "image), and the tool that made it left a compiled module out.",
        .how = "Such tools follow the imports that they see in the source. _cffi_backend is "
               "imported by compiled code, and nobody sees it. A Lambda zip made on another "
               "platform has files that do not load there.",
        .look = "pyi-archive_viewer PROGRAM\n"
                "unzip -l PACKAGE.zip | grep -E '_cffi_backend|_rust'",
        .fix = "Name it when bundling: pyinstaller --hidden-import _cffi_backend --collect-all "
               "cryptography …. For Lambda build in an image of the same platform and Python: pip "
               "install --platform manylinux2014_x86_64 --only-binary :all: --target ….",
        .avoid =
            "Do not repair the machine's Python: the bundle has its own and does not look at it.",
        .on_disk = false,
    },
};

} // namespace

std::span<const Cause> build_causes()
{
    return k_table;
}

} // namespace envfix::causes
