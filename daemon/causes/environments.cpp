#include "causes/tables.hpp"

#include <array>

namespace envfix::causes {

namespace {

constexpr std::array k_table{
    Cause{
        .code = "externally-managed-environment",
        .kind = Kind::cause,
        .title = "The distribution manages this Python, pip must not",
        .what = "The system's Python carries the mark EXTERNALLY-MANAGED (PEP 668), and pip "
                "refuses to install into it.",
        .how = "Debian 12, Ubuntu 23.04 and later, Arch and others set it, so that pip cannot "
               "break the system's own tools.",
        .look = "ls \"$(python3 -c 'import sysconfig; "
                "print(sysconfig.get_path(\"stdlib\"))')\"/EXTERNALLY-MANAGED",
        .fix = "Make a venv for the project: python3 -m venv .venv, then .venv/bin/python -m pip "
               "install -r requirements.txt. For a program that you only run: pipx install NAME.",
        .avoid = "Do not use --break-system-packages, and do not delete the mark: with ~/.local "
                 "your packages come in front of the system's, for every program.",
    },
    Cause{
        .code = "install-location-unusable",
        .kind = Kind::cause,
        .title = "A folder of the environment cannot be read or written",
        .what = "A file or folder of the environment belongs to somebody else, or its mode does "
                "not let this user in.",
        .how = "Something was once installed with sudo, a container wrote into a mounted folder as "
               "root, or the umask was too strict.",
        .look = "id -un\n"
                "find \"$(python -c 'import site; print(site.getsitepackages()[0])')\" ! -user "
                "\"$(id -un)\" | head\n"
                "namei -l PATH/FROM/THE/MESSAGE",
        .fix = "Give the environment to its user: sudo chown -R \"$(id -un)\": .venv (only your "
               "own venv), or make it again.",
        .avoid = "Do not run the program or pip with sudo: it makes more files of root's. Do not "
                 "chown below /usr, and do not chmod 777.",
    },
    Cause{
        .code = "interpreter-mode-unsupported",
        .kind = Kind::cause,
        .title = "The module does not work in this mode of Python",
        .what = "A compiled module refuses a free-threaded build (3.13t), a sub-interpreter, or "
                "being started a second time in one process.",
        .how = "python3.13t with a cffi below 2; mod_wsgi or an embedding program with several "
               "sub-interpreters; code that unloads and imports cryptography again (`may only be "
               "initialized once per interpreter process` also follows on a first import that "
               "failed: look at the earlier message).",
        .look = "python -c \"import sys, sysconfig; print(sys.version, "
                "sysconfig.get_config_var('Py_GIL_DISABLED'))\"\n"
                "python -m pip show cffi cryptography",
        .fix = "Use the ordinary build of that Python, or cffi 2 and a cryptography for free "
               "threading. For mod_wsgi set WSGIApplicationGroup %{GLOBAL}, or give the program a "
               "process of its own.",
        .avoid = "Do not copy abi3 files into a free-threaded Python: they end it with a "
                 "segmentation fault.",
    },
    Cause{
        .code = "venv-interpreter-missing",
        .kind = Kind::cause,
        .title = "The venv's Python is gone or has become another version",
        .what = "bin/python of the venv is a link to an interpreter that is no longer there, or to "
                "one of another version than the folder lib/pythonX.Y in which the packages lie.",
        .how = "The system was upgraded, pyenv or brew removed the old version, or the venv was "
               "copied or moved to another machine. Scripts then say `bad interpreter: No such "
               "file or directory`, or all packages seem to be gone at once.",
        .look = "readlink -f .venv/bin/python\n"
                "cat .venv/pyvenv.cfg\n"
                "ls .venv/lib",
        .fix =
            "Make the venv again with a Python that is there, and install the requirements: mv "
            ".venv .venv.old && python3 -m venv .venv && .venv/bin/python -m pip install -r "
            "requirements.txt. The list of what was there: ls .venv.old/lib/python*/site-packages.",
        .avoid = "Do not turn the link to another version and go on: the compiled packages were "
                 "made for the old one. `python -m venv --upgrade` does not rebuild them either.",
    },
    Cause{
        .code = "wrong-interpreter",
        .kind = Kind::cause,
        .title = "The command runs under another Python than expected",
        .what = "The packages are whole, in an environment that this command does not use.",
        .how = "A global uvicorn, gunicorn or pytest was found first on the PATH; sudo, cron, "
               "systemd, an IDE's button or mod_wsgi do not know the venv that is active in your "
               "shell; the shell still remembers an old path (hash -r).",
        .look = "command -v python uvicorn\n"
                "head -1 \"$(command -v uvicorn)\"\n"
                "python -c \"import sys; print(sys.executable, sys.prefix)\"",
        .fix = "Name the interpreter: .venv/bin/python -m uvicorn …. In cron, units and sudo write "
               "the whole path: sudo /srv/app/.venv/bin/python ….",
        .avoid = "Do not install the packages once more for the other Python: then there are two "
                 "sets to look after.",
    },
    Cause{
        .code = "mixed-site-packages",
        .kind = Kind::cause,
        .title = "Packages of two installs are imported together",
        .what = "Members of the chain come from different places: the venv, ~/.local, the system's "
                "dist-packages, conda. Each place is sound in itself; together their versions and "
                "compiled files need not fit.",
        .how = "A venv was made with --system-site-packages; pip installed into the user site "
               "because the system's was not writable; PYTHONPATH joins two installs. In the "
               "system's Python, ~/.local comes first and wins.",
        .look = "python -c \"import cffi, cryptography, jwt; print(cffi.__file__, "
                "cryptography.__file__, jwt.__file__, sep='\\n')\"\n"
                "python -m site\n"
                "grep include-system .venv/pyvenv.cfg",
        .fix =
            "One place for all: a venv without system packages, python3 -m venv .venv, and the "
            "requirements installed there. To see whether ~/.local is to blame: python -s SCRIPT.",
        .avoid = "Do not delete files below /usr/lib/python3/dist-packages, and do not upgrade "
                 "single packages in ~/.local until it works by chance.",
    },
    Cause{
        .code = "pythonpath-conflict",
        .kind = Kind::cause,
        .title = "A variable or .pth file brings in foreign packages",
        .what = "PYTHONPATH, LD_LIBRARY_PATH, PYTHONHOME or a line in a .pth file puts a folder of "
                "another Python in front of the environment's own.",
        .how = "A vendor's setup script (ROS, CUDA, an IDE), an old line in ~/.bashrc, an ENV in a "
               "Dockerfile, or a .pth that an editable install left.",
        .look = "env | grep -E '^(PYTHON|LD_LIBRARY_PATH)'\n"
                "python -c \"import sys; print(*sys.path, sep='\\n')\"\n"
                "grep -n . \"$(python -c 'import site; print(site.getsitepackages()[0])')\"/*.pth",
        .fix = "Run that command without it: env -u PYTHONPATH -u LD_LIBRARY_PATH python …, and "
               "then remove the line where it is set. python -I SCRIPT ignores the PYTHON "
               "variables altogether.",
        .avoid = "Do not add more folders to PYTHONPATH to make it work: compiled files of another "
                 "version come along.",
    },
};

} // namespace

std::span<const Cause> environment_causes()
{
    return k_table;
}

} // namespace envfix::causes
