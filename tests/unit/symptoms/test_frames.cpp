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

TEST_CASE("packages of two Pythons are told from a standard library beside them")
{
    CHECK(frames({"/usr/local/lib/python3.4/dist-packages/a.py", "/usr/local/lib/python2.7/dist-packages/yaml/b.py"})
              .holds(FrameFact::two_package_pythons));
    CHECK_FALSE(frames({"/usr/lib/python3.12/runpy.py", "/srv/lib/python3.11/site-packages/x.py"})
                    .holds(FrameFact::two_package_pythons));
}

TEST_CASE("a path of Windows is the same in small and in large letters")
{
    const auto seen =
        frames({R"(D:\Python\Python39\lib\site-packages\x.py)", R"(d:\python\Python39\Lib\site-packages\y.py)"});
    CHECK_FALSE(seen.holds(FrameFact::several_installs));
    CHECK(frames({R"(C:\Python39\Lib\runpy.py)", R"(C:\Python311-32\Lib\runpy.py)"}).holds(FrameFact::two_pythons));
}

TEST_CASE("frames are seen as IPython, pytest and boxes print them, and in the file that a message blames")
{
    for (const std::string_view line :
         {"File ~/v/lib/python3.9/site-packages/x.py:8, in <module>", "/v/lib/python3.9/site-packages/x.py in <module>",
          "/v/lib/python3.9/site-packages/x.py:27 in <module>", "/v/lib/python3.9/site-packages/x.py:27: in <module>",
          "ImportError: cannot import name 'a' from 'x' (/v/lib/python3.9/site-packages/x/__init__.py)",
          "ImportError: /v/lib/python3.9/site-packages/x.so: undefined symbol: y"}) {
        CAPTURE(line);
        Frames seen;
        seen.see(line);
        seen.see("File \"/usr/lib/python3/dist-packages/y.py\", line 1");
        CHECK(seen.holds(FrameFact::several_installs));
    }
    Frames listed;
    listed.see("Requirement already satisfied: x in /v/lib/python3.9/site-packages (1.0)");
    listed.see("Requirement already satisfied: y in /usr/lib/python3/dist-packages (1.0)");
    CHECK_FALSE(listed.holds(FrameFact::several_installs));
}

TEST_CASE("the environments that a text names are its prefixes, the nearest to the failure last")
{
    using Named = std::vector<envfix::model::NamedPlace>;
    CHECK(frames({"/a/.venv/lib/python3.11/site-packages/x.py", "/usr/lib/python3/dist-packages/y.py",
                  "/home/u/.local/lib/python3.12/site-packages/z.py", "/a/.venv/lib/python3.11/site-packages/w.py", "/srv/app/m.py"})
              .places() == Named{{"/usr", ""},
                                 {"/home/u/.local/lib/python3.12/site-packages", "3.12"},
                                 {"/a/.venv", "3.11"}});
    Frames seen;
    seen.see("bash: /srv/v/bin/pip: /old/bin/python3.8: bad interpreter: No such file or directory");
    seen.see("-bash: /usr/bin/pip: No such file or directory");
    CHECK(seen.places() == Named{{"/srv/v", ""}});
}

TEST_CASE("a failure is a package's own where its file is the last frame")
{
    constexpr std::string_view k_package = "/srv/.venv/lib/python3.11/site-packages/httpx/_client.py";
    CHECK(frames({"/srv/app/main.py", k_package}).holds(FrameFact::fails_in_packages));
    CHECK_FALSE(frames({k_package, "/srv/app/main.py"}).holds(FrameFact::fails_in_packages));
    CHECK_FALSE(frames({}).holds(FrameFact::fails_in_packages));
}

TEST_CASE("a script that imports what has its own name is seen to import itself")
{
    CHECK(frames({"kettle.py", "/home/u/kettle.py"}).holds(FrameFact::imports_itself));
    CHECK(frames({"/srv/run.py", "/srv/kettle.py", "<frozen importlib._bootstrap>", "/srv/kettle.py"})
              .holds(FrameFact::imports_itself));
    CHECK_FALSE(frames({"/srv/kettle.py", "/srv/lid.py", "/srv/kettle.py"}).holds(FrameFact::imports_itself));
    CHECK_FALSE(frames({"/srv/shop/models.py", "/srv/users/models.py"}).holds(FrameFact::imports_itself));
    CHECK_FALSE(frames({"/v/lib/python3.11/site-packages/a/__init__.py", "/v/lib/python3.11/site-packages/a/__init__.py"})
                    .holds(FrameFact::imports_itself));
}

TEST_CASE("the distribution's packages under the library of another Python are seen")
{
    constexpr std::string_view k_package = "/usr/lib/python3/dist-packages/tone/manifest.py";
    CHECK(frames({k_package, "/home/u/miniconda3/lib/python3.9/copy.py"}).holds(FrameFact::foreign_library));
    CHECK(frames({"/usr/local/lib/python3.9/runpy.py", k_package}).holds(FrameFact::foreign_library));
    CHECK_FALSE(frames({"/usr/lib/python3.9/runpy.py", k_package}).holds(FrameFact::foreign_library));
    CHECK_FALSE(frames({"/home/u/venv/lib/python2.7/copy.py", "/usr/lib/python2.7/dist-packages/tone.py"})
                    .holds(FrameFact::foreign_library));
    CHECK_FALSE(frames({"/usr/local/lib/python3.9/runpy.py", "/usr/local/lib/python3.9/site-packages/tone.py"})
                    .holds(FrameFact::foreign_library));
}
