#include "formats/module_finder.hpp"
#include "support/catch.hpp"
#include "support/listing_view.hpp"

#include <deque>
using namespace envfix::formats;

namespace {

const std::vector<std::string> k_suffixes{".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so"};

std::optional<FoundModule> find(const std::vector<std::vector<std::string>>& entries,
                                std::string_view module)
{
    std::deque<ListingView> views;
    std::vector<const DirectoryView*> path;
    for (const auto& entry : entries)
        path.push_back(&views.emplace_back(entry));
    return find_module(path, module, k_suffixes);
}

} // namespace

TEST_CASE("a dotted name is followed from package to package")
{
    const std::vector<std::vector<std::string>> entries{
        {"other.py"},
        {"c/__init__.py", "c/b/__init__.py", "c/b/_rust.abi3.so", "c/b/_rust/__init__.pyi"}};
    CHECK(find(entries, "c.b._rust") ==
          FoundModule{ModuleKind::extension, false, {1, "c/b/_rust.abi3.so"}, {}});
    CHECK(find(entries, "c.b") ==
          FoundModule{ModuleKind::source, true, {1, "c/b/__init__.py"}, {{1, "c/b"}}});
    CHECK_FALSE(find(entries, "c.x"));
    CHECK_FALSE(find(entries, "c.b._rust.x"));
    CHECK_FALSE(find(entries, "other.x"));
}

TEST_CASE("a folder of stubs is taken for the module when the compiled file is gone")
{
    CHECK(find({{"c/__init__.py", "c/_rust/__init__.pyi"}}, "c._rust") ==
          FoundModule{ModuleKind::namespace_package, true, {0, "c/_rust"}, {{0, "c/_rust"}}});
}

TEST_CASE("the portions of a namespace package are searched in the order of the path")
{
    const std::vector<std::vector<std::string>> entries{
        {"n/a.py"}, {}, {"n/a.py", "n/b.pyc", "n/d/x.py"}};
    CHECK(find(entries, "n.a") == FoundModule{ModuleKind::source, false, {0, "n/a.py"}, {}});
    CHECK(find(entries, "n.b") == FoundModule{ModuleKind::bytecode, false, {2, "n/b.pyc"}, {}});
    CHECK(find(entries, "n.d.x") == FoundModule{ModuleKind::source, false, {2, "n/d/x.py"}, {}});
}

TEST_CASE("a directory that has the name of a file is not that file")
{
    CHECK_FALSE(find({{"m.py/"}}, "m"));
    CHECK(find({{"m/__init__.py/", "m.pyc"}}, "m") ==
          FoundModule{ModuleKind::bytecode, false, {0, "m.pyc"}, {}});
}

TEST_CASE("missing path entries and impossible names find nothing")
{
    const ListingView view(std::vector<std::string>{"m.py", "d/m.py"});
    const std::vector<const DirectoryView*> path{nullptr, &view};
    CHECK(find_module(path, "m", {})->file == ModulePlace{1, "m.py"});
    for (const auto* name : {"", ".", "m.", ".m", "d..m", "d/m", "../m"})
        CHECK_FALSE(find_module(path, name, {}));
}
