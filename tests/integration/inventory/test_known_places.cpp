#include "inventory/inventory.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

#include <algorithm>

using namespace envfix;
using namespace envfix::inventory;
using model::EnvironmentKind;

namespace {

/// A machine in a folder: its Python is a file that could not even run.
struct Machine {
    TempFolder temp;

    void python(const std::string& name) const
    {
        const auto path = temp.file(name, "\177ELF");
        ::chmod(path.c_str(), 0755);
    }

    [[nodiscard]] Survey look(const Places& places) const
    {
        const auto tree = fs::Tree::open(temp.path());
        return survey_known_places(*tree, places);
    }
};

std::vector<std::string> lines_of(const Survey& survey)
{
    std::vector<std::string> lines;
    for (const auto& e : survey.environments)
        lines.push_back(std::string(to_string(e.kind)) + " " + e.path + " " + e.executable);
    return lines;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("system interpreters are found by their versioned names, each once")
{
    const Machine machine;
    machine.python("usr/bin/python3.11");
    machine.python("usr/bin/python3.13");
    machine.temp.link("usr/bin/python3", "python3.11");
    machine.python("usr/bin/python3.11-config");
    machine.temp.link("usr/local/bin/python3.11", "/usr/bin/python3.11");
    machine.python("usr/local/bin/python3.12");
    machine.temp.file("usr/bin/python3.9", "not executable");
    CHECK(lines_of(machine.look({})) == Lines{"system /usr /usr/bin/python3.11",
                                              "system /usr /usr/bin/python3.13",
                                              "system /usr/local /usr/local/bin/python3.12"});
    CHECK(machine.look({.system = false}).environments.empty());
}

TEST_CASE("a user site is one environment for each interpreter that reads it")
{
    const Machine machine;
    machine.python("usr/bin/python3.13");
    machine.python("usr/local/bin/python3.13");
    machine.python("home/u/.pyenv/versions/3.13.1/bin/python3.13");
    machine.python("usr/bin/python3.11");
    machine.temp.folder("home/u/.local/lib/python3.13/site-packages");
    machine.temp.folder("home/u/.local/lib/python3.9/site-packages"); // nobody reads it any more
    const std::string site = "user /home/u/.local/lib/python3.13/site-packages ";
    const auto survey = machine.look({.home = "/home/u"});
    auto lines = lines_of(survey);
    std::erase_if(lines, [](const auto& line) { return !line.starts_with("user "); });
    CHECK(lines == Lines{site + "/home/u/.pyenv/versions/3.13.1/bin/python3.13",
                         site + "/usr/bin/python3.13", site + "/usr/local/bin/python3.13"});
}

TEST_CASE("pyenv, uv, conda, pipx and collections of venvs are found in the home")
{
    const Machine machine;
    const auto& temp = machine.temp;
    machine.python("home/u/.pyenv/versions/3.12.1/bin/python3.12");
    temp.file("home/u/.pyenv/versions/3.12.1/envs/web/pyvenv.cfg");
    machine.python("home/u/.local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3.13");
    temp.link("home/u/.local/share/uv/python/cpython-3.13", "cpython-3.13.1-linux-x86_64-gnu");
    temp.folder("home/u/miniforge3/conda-meta");
    machine.python("home/u/miniforge3/bin/python3.11");
    temp.link("home/u/miniforge3/bin/python", "python3.11");
    temp.file("home/u/miniforge3/envs/data/conda-meta/python-3.12.1-h1.json"); // its Python is gone
    temp.folder("home/u/miniforge3/envs/r-only/conda-meta");
    temp.folder("srv/conda-env/conda-meta");
    machine.python("srv/conda-env/bin/python3");
    temp.file("home/u/.conda/environments.txt", "/srv/conda-env\n/gone\nrelative\n");
    temp.file("home/u/.local/share/pipx/venvs/black/pyvenv.cfg");
    temp.link("home/u/.local/share/pipx/venvs/black/bin/python", "/usr/bin/python3");
    temp.file("home/u/.virtualenvs/site/pyvenv.cfg");
    temp.file("home/u/.virtualenvs/site/.project", "/srv/site\n");
    const auto survey = machine.look({.home = "/home/u"});
    CHECK(lines_of(survey) ==
          Lines{"pipx /home/u/.local/share/pipx/venvs/black "
                "/home/u/.local/share/pipx/venvs/black/bin/python",
                "pyenv /home/u/.local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu "
                "/home/u/.local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3.13",
                "pyenv /home/u/.pyenv/versions/3.12.1 "
                "/home/u/.pyenv/versions/3.12.1/bin/python3.12",
                "venv /home/u/.pyenv/versions/3.12.1/envs/web ", "venv /home/u/.virtualenvs/site ",
                "conda /home/u/miniforge3 /home/u/miniforge3/bin/python",
                "conda /home/u/miniforge3/envs/data ",
                "conda /srv/conda-env /srv/conda-env/bin/python3"});
    const auto site = std::ranges::find(survey.environments, "/home/u/.virtualenvs/site",
                                        &model::Environment::path);
    REQUIRE(site != survey.environments.end());
    CHECK(site->project == "/srv/site");
}

TEST_CASE("an environment below a root and in a known place is listed once")
{
    const Machine machine;
    machine.temp.file("home/u/.local/share/pipx/venvs/black/pyvenv.cfg");
    machine.temp.file("home/u/src/app/.venv/pyvenv.cfg");
    const auto tree = fs::Tree::open(machine.temp.path());
    const Places places{.home = "/home/u", .roots = {"/home/u", "/home/u/src"}};
    CHECK(lines_of(survey(*tree, places)) ==
          Lines{"pipx /home/u/.local/share/pipx/venvs/black ", "venv /home/u/src/app/.venv "});
}

TEST_CASE("a home with nothing in it, or none at all, is no trouble")
{
    const Machine machine;
    CHECK(machine.look({.home = "/home/u"}) == Survey{});
    CHECK(machine.look({}) == Survey{});
}
