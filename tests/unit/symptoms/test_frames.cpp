#include "support/catch.hpp"
#include "symptoms/frames.hpp"

#include <string>

using envfix::symptoms::FrameFact;
using envfix::symptoms::Frames;

namespace {

Frames frames(std::initializer_list<std::string_view> paths)
{
    Frames seen;
    for (const auto path : paths) seen.see("File \"" + std::string(path) + "\", line 3, in <module>");
    return seen;
}

} // namespace

TEST_CASE("one environment with its standard library is one install of one Python")
{
    const auto seen = frames({"/usr/lib/python3.11/importlib/__init__.py", "/srv/.venv/lib/python3.11/site-packages/jwt/a.py",
                              "/srv/.venv/lib64/python3.11/site-packages/cffi/api.py", "/srv/app/main.py"});
    CHECK_FALSE(seen.holds(FrameFact::several_installs));
    CHECK_FALSE(seen.holds(FrameFact::two_pythons));
    CHECK_FALSE(seen.holds(FrameFact::two_venvs));
}

TEST_CASE("packages of two places are several installs")
{
    const auto seen = frames({"/home/u/.local/lib/python3.10/site-packages/jwt/a.py", "/usr/lib/python3/dist-packages/OpenSSL/c.py"});
    CHECK(seen.holds(FrameFact::several_installs));
    CHECK_FALSE(seen.holds(FrameFact::two_pythons));
    CHECK_FALSE(seen.holds(FrameFact::two_venvs));
}

TEST_CASE("two virtual environments, and two Pythons, are told apart")
{
    CHECK(frames({"/a/.venv/lib/python3.11/site-packages/x.py", "/b/.venv/lib/python3.11/site-packages/y.py"})
              .holds(FrameFact::two_venvs));
    CHECK(frames({"/usr/lib/python3.12/runpy.py", "/srv/lib/python3.11/site-packages/x.py"}).holds(FrameFact::two_pythons));
    CHECK(frames({R"(C:\a\venv\Lib\site-packages\x.py)", R"(C:\b\venv\Lib\site-packages\x.py)"}).holds(FrameFact::two_venvs));
}

TEST_CASE("the environment that pip builds in is no second install")
{
    CHECK_FALSE(frames({"/srv/.venv/lib/python3.11/site-packages/pip/x.py",
                        "/tmp/pip-build-env-ab/overlay/lib/python3.11/site-packages/setuptools/x.py"})
                    .holds(FrameFact::several_installs));
}
