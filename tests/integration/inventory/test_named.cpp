#include "inventory/named.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

#include <string>
#include <vector>

using namespace envfix;
using namespace envfix::inventory;
using model::NamedPlace;

namespace {

/// Two system interpreters, a user site, two venvs, and a folder of somebody's programs.
struct Machine {
    TempFolder temp;
    Places places{.home = "/home/u", .path = "/usr/bin"};

    Machine()
    {
        for (const std::string name : {"python3.11", "python3.13"}) {
            ::chmod(temp.file("usr/bin/" + name, "\177ELF").c_str(), 0755);
            temp.file("usr/lib/" + name + "/os.py");
        }
        temp.link("usr/bin/python3", "python3.13");
        for (const std::string venv : {"srv/a/.venv", "srv/b/v"}) {
            temp.file(venv + "/pyvenv.cfg", "home = /usr/bin\n");
            temp.link(venv + "/bin/python", "/usr/bin/python3.11");
        }
        temp.folder("home/u/.local/lib/python3.13/site-packages");
        temp.file("home/u/bin/tool");
        temp.folder("opt/x/deep/venv");
        temp.file("opt/x/deep/venv/pyvenv.cfg", "home = /usr/bin\n");
    }

    /// "path executable" of each.
    [[nodiscard]] std::vector<std::string> at(const std::vector<NamedPlace>& named) const
    {
        const auto tree = fs::Tree::open(temp.path());
        std::vector<std::string> found;
        for (const auto& environment : environments_at(*tree, named, places)) {
            found.push_back(environment.path + " " + environment.executable);
        }
        return found;
    }
};

using Found = std::vector<std::string>;

} // namespace

TEST_CASE("the environments that a text names are found, the nearest to the failure first and each once")
{
    const Machine machine;
    CHECK(machine.at({{"/srv/a/.venv", ""}, {"/srv/b/v", "3.11"}, {"/srv/a/.venv", "3.11"}}) ==
          Found{"/srv/a/.venv /srv/a/.venv/bin/python", "/srv/b/v /srv/b/v/bin/python"});
    CHECK(machine.at({{"/home/u/.local/lib/python3.13/site-packages", "3.13"}}) ==
          Found{"/home/u/.local/lib/python3.13/site-packages /usr/bin/python3.13"});
}

TEST_CASE("of a prefix with several interpreters the one of the text's version is meant")
{
    const Machine machine;
    CHECK(machine.at({{"/usr", "3.11"}}) == Found{"/usr /usr/bin/python3.11"});
    CHECK(machine.at({{"/usr", "3.12"}}) == Found{});
    CHECK(machine.at({{"/usr", ""}}).size() == 2);
}

TEST_CASE("a place that is not here, or holds no Python itself, names nothing")
{
    const Machine machine;
    CHECK(machine.at({{"/app/.venv", "3.11"}, {"/home/u", ""}, {"/opt/x", ""}, {"/srv/a", ""}, {"relative", ""}, {"", ""}}) ==
          Found{});
}

TEST_CASE("no more than three environments are looked at")
{
    const Machine machine;
    CHECK(machine.at({{"/srv/a/.venv", ""}, {"/srv/b/v", ""}, {"/usr", ""}}).size() == 3);
}
