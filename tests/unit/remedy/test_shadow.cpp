#include "remedy/trial.hpp"
#include "support/catch.hpp"
#include "tree_view.hpp"

#include <string>
#include <vector>

using namespace envfix;

namespace {

const std::string k_site = "lib/python3.11/site-packages";

std::vector<std::string> shown(const std::vector<remedy::ShadowEntry>& entries)
{
    std::vector<std::string> lines;
    for (const auto& entry : entries) {
        using Kind = remedy::ShadowEntry::Kind;
        lines.push_back(entry.path + (entry.kind == Kind::folder ? "/"
                                      : entry.kind == Kind::link ? " -> " + entry.source
                                                                 : " pth"));
    }
    return lines;
}

remedy::Change change(const std::string& path, const std::string& staged)
{
    remedy::Change made;
    made.path = path;
    made.staged = staged;
    return made;
}

} // namespace

TEST_CASE("a shadow holds links to what stays, what comes, and nothing of what goes")
{
    const TreeView tree{"bin/python@",
                        "bin/x",
                        "pyvenv.cfg",
                        ".envfix/stage/1/S",
                        "include/h",
                        k_site + "/cffi/api.py",
                        k_site + "/cffi/old.py",
                        k_site + "/jwt/__init__.py",
                        k_site + "/gone/only.py",
                        k_site + "/e.pth"};
    const remedy::Target target{
        .root = "/v", .site = k_site, .python = "/v/bin/python", .entry = remedy::Entry::venv};
    const auto view = tree.view();
    const auto entries = remedy::shadow_entries(
        target,
        {change(k_site + "/cffi/old.py", ""), change(k_site + "/cffi/new.py", "S"),
         change(k_site + "/gone/only.py", ""), change("bin/x", "S2")},
        view);
    CHECK(shown(entries) ==
          std::vector<std::string>{
              "include -> include", "pyvenv.cfg -> pyvenv.cfg", "bin/", "bin/python -> bin/python",
              "bin/x -> S2", "lib/", "lib/python3.11/", k_site + "/", k_site + "/e.pth pth",
              k_site + "/jwt -> " + k_site + "/jwt", k_site + "/cffi/",
              k_site + "/cffi/api.py -> " + k_site + "/cffi/api.py", k_site + "/cffi/new.py -> S"});
}

TEST_CASE("a .pth file says from the shadow what it said in its place")
{
    model::Interpreter python;
    python.major = 3;
    python.minor = 11;
    python.version = "3.11.2";
    const auto rewritten = remedy::rewrite_pth(
        "# comment\n\nimport site\n/abs/x\n./egg\n../../../../src\n/v/lib\n", python,
        "/v/lib/python3.11/site-packages", "/v", "/v/.envfix/stage/1/shadow");
    CHECK(rewritten == "import "
                       "site\n/abs/x\n/v/.envfix/stage/1/shadow/lib/python3.11/site-packages/egg\n/"
                       "src\n/v/.envfix/stage/1/shadow/lib\n");
}
