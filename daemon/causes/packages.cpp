#include "causes/tables.hpp"

#include <array>

namespace envfix::causes {

namespace {

constexpr std::array k_table{
    Cause{
        .code = "package-not-installed",
        .kind = Kind::cause,
        .title = "A package that is needed is not installed here",
        .what = "A package of the chain is required, by the project or by another package, and "
                "this interpreter finds it nowhere on its path.",
        .how = "It was installed with another interpreter (`pip` on the PATH belongs to another "
               "Python), the requirements were never installed in this venv, or an extra was not: "
               "supabase's auth client asks for pyjwt[crypto], and pip check does not notice that "
               "cryptography is missing.",
        .look = "python -m pip show NAME\n"
                "python -c \"import sys; print(sys.executable); print(*sys.path, sep='\\n')\"\n"
                "pip --version",
        .fix = "Install it with this very interpreter: python -m pip install NAME, or all of the "
               "project's: python -m pip install -r requirements.txt. A project that has no "
               "environment gets one first: python3 -m venv .venv.",
        .avoid = "Do not trust a bare `pip`: it may belong to another Python. Do not install `jwt` "
                 "for `import jwt`, nor `sudo pip install`: the package is named PyJWT, and the "
                 "system's Python is not yours.",
    },
    Cause{
        .code = "package-version-mismatch",
        .kind = Kind::cause,
        .title = "A package is too old or too new for its caller",
        .what =
            "Two packages are there, and one calls what the other does not have in that version.",
        .how = "One was upgraded alone, or pinned for something else. supabase's own parts "
               "(postgrest, realtime, storage3, supabase-auth) are released together and belong "
               "together.",
        .look = "python -m pip check\n"
                "python -m pip list | grep -iE "
                "'supabase|postgrest|realtime|storage3|gotrue|httpx|websockets'\n"
                "envfixctl check",
        .fix = "Upgrade the family together: python -m pip install --upgrade supabase, so that pip "
               "chooses versions that fit.",
        .avoid = "Do not move one package back and forth until the message changes: the next "
                 "caller breaks. `--no-deps` is how most of these come about.",
    },
    Cause{
        .code = "httpx-proxy-mismatch",
        .kind = Kind::cause,
        .title = "httpx and its caller disagree on `proxy` and `proxies`",
        .what = "httpx 0.26 introduced the argument `proxy`, and 0.28 removed the old `proxies`. "
                "The caller uses the one that this httpx does not know.",
        .how = "`unexpected keyword argument 'proxies'`: httpx is newer than its caller (old "
               "supabase, gotrue, openai). `unexpected keyword argument 'proxy'`: httpx is older "
               "than its caller.",
        .look = "python -m pip list | grep -iE 'httpx|supabase|gotrue|postgrest|storage3'\n"
                "python -c \"import httpx; print(httpx.__version__)\"",
        .fix = "Upgrade both together: python -m pip install --upgrade supabase httpx. If the "
               "caller cannot be upgraded: python -m pip install 'httpx<0.28'.",
        .avoid = "Do not look at the proxy settings of your network: this is about the name of an "
                 "argument.",
    },
    Cause{
        .code = "dependency-conflict",
        .kind = Kind::cause,
        .title = "Installed packages contradict one another's requirements",
        .what = "Two packages require versions of a third that cannot both be there.",
        .how = "Packages were installed one by one, each time moving what an earlier one needs; or "
               "a pin in one requirements file contradicts another.",
        .look = "python -m pip check\n"
                "python -m pip install --dry-run -r requirements.txt",
        .fix = "Install one consistent set in one command, into a new venv: python -m pip install "
               "-r requirements.txt. If pip finds none, relax the pin that it names.",
        .avoid = "Do not silence it with --no-deps. In a system Python the conflict may be the "
                 "distribution's own and harmless: use a venv.",
    },
    Cause{
        .code = "cryptography-pyopenssl-mismatch",
        .kind = Kind::cause,
        .title = "pyOpenSSL is older than cryptography allows",
        .what = "pyOpenSSL reaches into cryptography's bindings, and this cryptography no longer "
                "has what that release takes (`module 'lib' has no attribute 'X509_V_FLAG_…'`).",
        .how = "cryptography was upgraded alone, often by pip into ~/.local over a pyOpenSSL of "
               "the distribution.",
        .look = "python -m pip list | grep -iE 'pyopenssl|cryptography'\n"
                "python -c \"import OpenSSL, cryptography; print(OpenSSL.__file__, "
                "cryptography.__file__)\"",
        .fix =
            "Upgrade both together: python -m pip install --upgrade pyOpenSSL cryptography, in a "
            "venv. If the system's own tools are broken by it, remove the copies from ~/.local.",
        .avoid = "Do not pin cryptography to an old release for it: that release gets no security "
                 "fixes.",
    },
    Cause{
        .code = "jwt-wrong-distribution",
        .kind = Kind::cause,
        .title = "The project `jwt` is installed where PyJWT is meant",
        .what = "Two projects install the same folder jwt/: PyJWT (imported as jwt, used by "
                "supabase) and another one whose name on the index is jwt. The wrong one is there, "
                "alone or on top of PyJWT.",
        .how = "Somebody read `No module named 'jwt'` and ran `pip install jwt`; or a requirements "
               "file says jwt.",
        .look = "python -m pip list | grep -i jwt\n"
                "python -c \"import jwt; print(jwt.__file__, hasattr(jwt, 'encode'))\"\n"
                "grep -rn '^jwt' requirements*.txt",
        .fix = "Uninstall both, then install the right one: python -m pip uninstall -y jwt PyJWT, "
               "then python -m pip install PyJWT. Correct the requirements file.",
        .avoid = "Do not remove `jwt` alone: it takes the files of PyJWT with it, and PyJWT still "
                 "counts as installed. Reinstalling PyJWT alone leaves both records.",
    },
    Cause{
        .code = "local-module-shadowing",
        .kind = Kind::cause,
        .title = "A file of the project hides a package of the same name",
        .what = "Python looks into the script's folder first. A file or folder there, such as "
                "jwt.py, supabase.py or supabase/, is taken for the package.",
        .how = "A script was named after what it uses. A folder supabase/ with SQL migrations "
               "counts as a namespace package once the real supabase is not installed: `cannot "
               "import name 'create_client' from 'supabase' (unknown location)`.",
        .look = "python -c \"import supabase; print(supabase.__path__, supabase.__file__)\"\n"
                "ls -d jwt* supabase* cffi* cryptography* 2>/dev/null",
        .fix = "Rename the file or folder, and remove its __pycache__. If the folder is only data, "
               "install the real package with this interpreter: it then wins over a folder without "
               "__init__.py.",
        .avoid = "Do not reinstall the package: it is not the one that is imported. Do not add an "
                 "__init__.py to the folder: it would hide the package for good.",
    },
    Cause{
        .code = "interrupted-install",
        .kind = Kind::cause,
        .title = "An install or removal stopped half-way",
        .what = "The record of installed packages and the files do not agree: folders that begin "
                "with ~ are left, one package has two records, or files of a record are missing.",
        .how = "pip was stopped (Ctrl-C, a full disk, a container that ended, two pips at once) "
               "while it exchanged the files of a package. It renames the old ones to ~name first.",
        .look = "ls -d \"$(python -c 'import site; print(site.getsitepackages()[0])')\"/~*\n"
                "python -m pip list 2>&1 | grep -i invalid\n"
                "envfixctl check",
        .fix = "Move the leftovers aside, and reinstall the packages that they belong to: python "
               "-m pip install --force-reinstall --no-deps NAME==VERSION.",
        .avoid =
            "Do not just delete the ~ folders: the package of that name may now be incomplete. Of "
            "two records of one name a reinstall replaces one only; move the other aside, too.",
    },
    Cause{
        .code = "distro-package-conflict",
        .kind = Kind::cause,
        .title = "pip meets a package that the distribution installed",
        .what = "pip is to replace a package that apt or dnf put there. Such a package has no "
                "RECORD, so pip does not know which files are its own, and stops.",
        .how = "pip runs with the system's interpreter, and something needs a newer version than "
               "the distribution's.",
        .look = "python -m pip show -f NAME\n"
                "dpkg -S /usr/lib/python3/dist-packages/NAME",
        .fix = "Make a venv and install there: python3 -m venv .venv, then .venv/bin/python -m pip "
               "install NAME. Or take the distribution's newer package.",
        .avoid = "Do not use --ignore-installed or sudo pip: the system's own tools then run with "
                 "your versions. Do not remove the dist-info by hand.",
    },
};

} // namespace

std::span<const Cause> package_causes()
{
    return k_table;
}

} // namespace envfix::causes
