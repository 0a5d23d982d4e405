#include "remedy/rename_list.hpp"
#include "support/catch.hpp"
#include "tree_view.hpp"

#include <string>
#include <vector>

using namespace envfix;
using remedy::Incoming;
using remedy::InstalledFiles;

namespace {

const std::string k_root = "/srv/venv";
const std::string k_site = "lib/python3.11/site-packages";

std::string in_site(const std::string& name)
{
    return k_site + "/" + name;
}

InstalledFiles installed(const std::string& name, const std::string& version,
                         const std::vector<std::string>& files)
{
    InstalledFiles made{.distribution = name,
                        .metadata = in_site(name + "-" + version + ".dist-info"),
                        .record = formats::Record{},
                        .replaced = false};
    for (const auto& file : files) {
        made.record->entries.push_back({.path = file, .algorithm = {}, .digest = {}, .size = {}});
    }
    return made;
}

/// "path <- staged" or "path" for each change, in order.
std::vector<std::string> shown(const Result<std::vector<remedy::Change>>& changes)
{
    if (!changes) return {"error: " + changes.error().message};
    std::vector<std::string> lines;
    for (const auto& change : *changes) {
        lines.push_back(change.path + (change.staged.empty() ? "" : " <- " + change.staged));
    }
    return lines;
}

remedy::RenameRequest request()
{
    remedy::RenameRequest made;
    made.site = k_site;
    return made;
}

} // namespace

TEST_CASE("an entry of RECORD is a path below the root, or refused")
{
    struct Case {
        std::string entry;
        std::string want; ///< empty: refused
    };

    const auto c = GENERATE(values<Case>({
        {"cffi/api.py", "lib/python3.11/site-packages/cffi/api.py"},
        {"./cffi//api.py", "lib/python3.11/site-packages/cffi/api.py"},
        {"../../../bin/x", "bin/x"},
        {"../dist-packages/x", "lib/python3.11/dist-packages/x"},
        {"/srv/venv/share/x", "share/x"},
        {"../../../../x", ""},
        {"cffi/../../../../../etc/passwd", ""},
        {"/etc/passwd", ""},
        {"/srv/venv", ""},
        {"/srv/venv2/x", ""},
        {"/srv/venv/../x", ""},
        {"../../..", ""},
        {"", ""},
        {"../../../.envfix/backup/x", ""},
    }));
    DYNAMIC_SECTION(c.entry)
    {
        const auto path = remedy::record_path(k_site, c.entry, k_root);
        CHECK(path.value_or("") == c.want);
    }
}

TEST_CASE("our own work area is told from all other places that RECORD may not name")
{
    for (const auto* entry : {"../../../.envfix/backup/x", "/srv/venv/.envfix/x",
                              "cffi/../../../../.envfix", "./../../..//.envfix/x"})
        CHECK(remedy::is_in_work_area(k_site, entry, k_root));
    for (const auto* entry : {"../../../../.envfix/x", "cffi/.envfix/x", "../../../.envfix2/x", ""})
        CHECK_FALSE(remedy::is_in_work_area(k_site, entry, k_root));
}

TEST_CASE("a reinstall exchanges what both versions have, takes away the rest and adds what is new")
{
    const TreeView tree{in_site("cffi/__init__.py"), in_site("cffi/old.py"),
                        in_site("cffi-1.0.dist-info/RECORD"),
                        in_site("cffi-1.0.dist-info/METADATA"), in_site("other.py")};
    auto asked = request();
    asked.going = {installed(
        "cffi", "1.0",
        {"cffi/__init__.py", "cffi/old.py", "cffi/lost.py", "cffi-1.0.dist-info/RECORD"})};
    asked.incoming = {
        {.staged = "S/cffi/__init__.py", .path = in_site("cffi/__init__.py")},
        {.staged = "S/cffi/new.py", .path = in_site("cffi/new.py")},
        {.staged = "S/cffi-2.0.dist-info/RECORD", .path = in_site("cffi-2.0.dist-info/RECORD")}};
    const auto view = tree.view();
    const auto changes = remedy::list_renames(asked, k_root, view);
    CHECK(shown(changes) == std::vector<std::string>{
                                in_site("cffi/__init__.py <- S/cffi/__init__.py"),
                                in_site("cffi/new.py <- S/cffi/new.py"),
                                in_site("cffi/old.py"),
                                in_site("cffi-1.0.dist-info/METADATA"),
                                in_site("cffi-1.0.dist-info/RECORD"),
                                in_site("cffi-2.0.dist-info/RECORD <- S/cffi-2.0.dist-info/RECORD"),
                            });
    CHECK(changes->at(0).expected == tree.at(in_site("cffi/__init__.py")));
    CHECK_FALSE(changes->at(1).expected.has_value());
}

TEST_CASE("bytecode goes with its module, listed or not, and no other")
{
    const TreeView tree{in_site("a/m.py"),
                        in_site("a/m2.py"),
                        in_site("a/__pycache__/m.cpython-311.pyc"),
                        in_site("a/__pycache__/m.cpython-312.opt-1.pyc"),
                        in_site("a/__pycache__/m2.cpython-311.pyc"),
                        in_site("top.py"),
                        in_site("__pycache__/top.cpython-311.pyc"),
                        in_site("a-1.dist-info/RECORD")};
    auto asked = request();
    asked.going = {installed("a", "1", {"a/m.py", "top.py"})};
    const auto view = tree.view();
    CHECK(shown(remedy::list_renames(asked, k_root, view)) ==
          std::vector<std::string>{in_site("__pycache__/top.cpython-311.pyc"),
                                   in_site("a/__pycache__/m.cpython-311.pyc"),
                                   in_site("a/__pycache__/m.cpython-312.opt-1.pyc"),
                                   in_site("a/m.py"), in_site("a-1.dist-info/RECORD"),
                                   in_site("top.py")});
}

TEST_CASE("scripts outside of the site folder go too")
{
    const TreeView tree{"bin/x", "bin/python@", in_site("x.py"), in_site("x-1.dist-info/RECORD")};
    auto asked = request();
    asked.going = {installed("x", "1", {"x.py", "../../../bin/x"})};
    const auto view = tree.view();
    CHECK(shown(remedy::list_renames(asked, k_root, view)) ==
          std::vector<std::string>{"bin/x", in_site("x-1.dist-info/RECORD"), in_site("x.py")});
}

TEST_CASE("of a folder that two distributions share only the files of the one go")
{
    const TreeView tree{in_site("google/a.py"), in_site("google/b.py"), in_site("google/both.py"),
                        in_site("a-1.dist-info/RECORD")};
    auto asked = request();
    asked.going = {installed("a", "1", {"google/a.py", "google/both.py"})};
    asked.staying = {installed("b", "1", {"google/b.py", "google/both.py"})};
    const auto view = tree.view();
    CHECK(shown(remedy::list_renames(asked, k_root, view)) ==
          std::vector<std::string>{in_site("a-1.dist-info/RECORD"), in_site("google/a.py")});
}

TEST_CASE("a distribution without RECORD goes only where another comes into its place")
{
    const TreeView tree{in_site("cffi-1.0.dist-info/METADATA"), in_site("cffi/api.py")};
    auto asked = request();
    asked.going = {{.distribution = "cffi",
                    .metadata = in_site("cffi-1.0.dist-info"),
                    .record = std::nullopt,
                    .replaced = false}};
    const auto view = tree.view();
    CHECK(remedy::list_renames(asked, k_root, view).error().code == ErrorCode::not_supported);
    asked.going[0].replaced = true;
    asked.incoming = {{.staged = "S/api.py", .path = in_site("cffi/api.py")}};
    CHECK(shown(remedy::list_renames(asked, k_root, view)) ==
          std::vector<std::string>{in_site("cffi/api.py <- S/api.py"),
                                   in_site("cffi-1.0.dist-info/METADATA")});
}

TEST_CASE("a RECORD that leads out of the environment is refused as a whole")
{
    const TreeView tree{in_site("x.py"), in_site("x-1.dist-info/RECORD")};
    auto asked = request();
    asked.going = {installed("x", "1", {"x.py", "../../../../../etc/passwd"})};
    const auto view = tree.view();
    CHECK(remedy::list_renames(asked, k_root, view).error().code == ErrorCode::malformed);
}

TEST_CASE("what is moved aside goes as a whole, and gives way to what comes into its place")
{
    const TreeView tree{in_site("~ffi/a.py"), in_site("~ffi/b.py"),
                        in_site("~ffi-1.dist-info/RECORD"), in_site("jwt/__init__.py")};
    auto asked = request();
    asked.aside = {in_site("~ffi"), in_site("~ffi/a.py"), in_site("gone"),
                   in_site("jwt/__init__.py")};
    asked.incoming = {{.staged = "S/i", .path = in_site("jwt/__init__.py")}};
    const auto view = tree.view();
    CHECK(shown(remedy::list_renames(asked, k_root, view)) ==
          std::vector<std::string>{in_site("jwt/__init__.py <- S/i"), in_site("~ffi")});

    asked.incoming = {{.staged = "S/i", .path = in_site("~ffi/c.py")}};
    CHECK(remedy::list_renames(asked, k_root, view).error().code == ErrorCode::malformed);
}

TEST_CASE("a folder is never replaced by a file")
{
    const TreeView tree{in_site("jwt/__init__.py")};
    auto asked = request();
    asked.incoming = {{.staged = "S/jwt", .path = in_site("jwt")}};
    const auto view = tree.view();
    CHECK(remedy::list_renames(asked, k_root, view).error().code == ErrorCode::not_supported);
}

TEST_CASE("a link that RECORD lists is moved itself")
{
    const TreeView tree{in_site("x.so@"), in_site("x-1.dist-info/RECORD")};
    auto asked = request();
    asked.going = {installed("x", "1", {"x.so"})};
    const auto view = tree.view();
    CHECK(shown(remedy::list_renames(asked, k_root, view)) ==
          std::vector<std::string>{in_site("x-1.dist-info/RECORD"), in_site("x.so")});
}
