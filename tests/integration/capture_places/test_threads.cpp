#include "capture/capture.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>

using namespace envfix;

namespace {

/// A venv of the machine's own Python, with much that is wrong in it and around it.
model::Environment make_venv(const TempFolder& folder)
{
    const auto real = std::filesystem::canonical("/usr/bin/python3");
    folder.file("v/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n");
    folder.folder("v/bin");
    std::filesystem::create_symlink(real, folder / "v/bin/python");
    const auto site = "v/lib/" + real.filename().string() + "/site-packages";
    for (const std::string name : {"cffi", "jwt"}) {
        const auto metadata = site + "/" + name + "-1.0.dist-info";
        folder.file(site + "/" + name + "/__init__.py", name == "jwt" ? std::string(9, '\0') : "x = 1\n");
        folder.file(metadata + "/METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n");
        folder.file(metadata + "/RECORD", name + "/__init__.py,,9\n" + name + "/gone.py,,3\n");
    }
    folder.file("cffi.py", "y = 1\n");
    folder.file("program.py", "import cffi\n");
    return {.id = "e",
            .path = folder / "v",
            .kind = model::EnvironmentKind::venv,
            .executable = folder / "v/bin/python",
            .project = folder.path()};
}

} // namespace

TEST_CASE("several threads see of an environment what one sees")
{
    const TempFolder folder;
    const auto environment = make_venv(folder);
    const model::Chain chain{.name = "test",
                             .links = {{.chain = "test", .distribution = "cffi", .imports = {"cffi"}},
                                       {.chain = "test", .distribution = "jwt", .imports = {"jwt"}},
                                       {.chain = "test", .distribution = "none", .imports = {"none"}}}};
    const auto look = [&](bool threads) {
        capture::HashCache hashes;
        return capture::capture(*fs::Tree::open(), environment, chain, hashes, {.threads = threads});
    };
    const auto one = look(false);
    CHECK(one.links[0].damaged.size() == 2);
    CHECK(one.links[1].damaged.size() == 2); // its source is none, although it has the size of one
    CHECK(one.local_modules.size() == 1);
    for (int i = 0; i < 20; ++i) CHECK(look(true) == one);
}
