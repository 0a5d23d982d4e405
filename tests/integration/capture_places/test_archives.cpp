#include "capture/distributions.hpp"
#include "capture/modules.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace envfix;
using model::ModuleKind;

namespace {

std::string little(std::size_t value, std::size_t width)
{
    std::string bytes;
    for (std::size_t i = 0; i < width; ++i, value >>= 8U)
        bytes += static_cast<char>(value & 0xffU);
    return bytes;
}

/// The list of an archive's names, which is all that is read of it.
std::string archive(const std::vector<std::string>& names)
{
    std::string list;
    for (const auto& name : names) {
        list += "PK\x01\x02" + std::string(24, '\0') + little(name.size(), 2) +
                std::string(16, '\0') + name;
    }
    return list + "PK\x05\x06" + std::string(6, '\0') + little(names.size(), 2) +
           little(list.size(), 4) + std::string(6, '\0');
}

const model::Interpreter k_python{.extension_suffixes = {".abi3.so", ".so"}};

} // namespace

TEST_CASE("modules are found in an archive on the path, compiled ones are not")
{
    const TempFolder folder;
    const auto egg =
        folder.file("PyJWT-2.6.0-py3.11.egg",
                    archive({"jwt/__init__.py", "jwt/api_jwt.py", "_cffi_backend.abi3.so",
                             "data/x.txt", "EGG-INFO/PKG-INFO"}));
    const auto tree = fs::Tree::open();
    const capture::FolderViews folders(*tree, {egg});
    const auto found = capture::find_module_file(*tree, folders, k_python, "jwt.api_jwt");
    CHECK(found.kind == ModuleKind::source);
    CHECK(found.path == egg + "/jwt/api_jwt.py");
    CHECK(found.location == egg);
    CHECK(capture::find_module_file(*tree, folders, k_python, "_cffi_backend").kind ==
          ModuleKind::absent);
    CHECK(capture::find_module_file(*tree, folders, k_python, "data").kind ==
          ModuleKind::namespace_package);

    const auto installed = capture::read_distributions(folders);
    REQUIRE(installed.distributions.size() == 1);
    CHECK(installed.distributions[0].normalized == "pyjwt");
    CHECK(installed.distributions[0].version == "2.6.0");
    CHECK(installed.distributions[0].location == egg);
}

TEST_CASE("a file that is no archive offers nothing, and is no error")
{
    const TempFolder folder;
    const auto tree = fs::Tree::open();
    for (const std::string text : {"", "PK", "PK\x05\x06 cut"}) {
        const capture::FolderViews folders(*tree, {folder.file("x.egg", text)});
        CHECK(capture::find_module_file(*tree, folders, k_python, "jwt").kind ==
              ModuleKind::absent);
        CHECK(capture::read_distributions(folders).distributions.empty());
    }
}

TEST_CASE("the folder of an egg brings its own metadata")
{
    const TempFolder folder;
    folder.file("cffi-1.15.1-py3.11.egg/EGG-INFO/PKG-INFO", "Name: cffi\nVersion: 1.15.1\n\n");
    folder.file("cffi-1.15.1-py3.11.egg/cffi/__init__.py");
    const auto tree = fs::Tree::open();
    const capture::FolderViews folders(*tree, {folder / "cffi-1.15.1-py3.11.egg"});
    const auto installed = capture::read_distributions(folders);
    REQUIRE(installed.distributions.size() == 1);
    CHECK(installed.distributions[0].version == "1.15.1");
    CHECK(installed.distributions[0].metadata_path == folder / "cffi-1.15.1-py3.11.egg/EGG-INFO");
}

TEST_CASE("a module that an editable install's finder serves is found behind the path")
{
    const TempFolder folder;
    folder.file("src/lib/__init__.py");
    folder.file("src/single.py");
    folder.file("src/other.py");
    folder.folder("site");
    const auto tree = fs::Tree::open();
    const capture::FolderViews folders(
        *tree, {folder / "site"}, {},
        {{"jwt", folder / "src/lib"}, {"single", folder / "src/single"}, {"gone", "/nowhere/x"}});
    const auto package = capture::find_module_file(*tree, folders, k_python, "jwt");
    CHECK(package.kind == ModuleKind::package);
    CHECK(package.path == folder / "src/lib/__init__.py");
    CHECK(capture::find_module_file(*tree, folders, k_python, "single").path ==
          folder / "src/single.py");
    CHECK(capture::find_module_file(*tree, folders, k_python, "other").kind == ModuleKind::absent);
    CHECK(capture::find_module_file(*tree, folders, k_python, "gone").kind == ModuleKind::absent);

    folder.file("site/jwt.py");
    const capture::FolderViews again(*tree, {folder / "site"}, {}, {{"jwt", folder / "src/lib"}});
    CHECK(capture::find_module_file(*tree, again, k_python, "jwt").path == folder / "site/jwt.py");
}
