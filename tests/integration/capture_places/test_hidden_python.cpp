// What we may not look at is not gone: nothing may be told of it that would make anybody throw a good environment away.
#include "capture/capture.hpp"
#include "capture/venv_trouble.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

using namespace envfix;
using Kind = model::InterpreterTrouble::Kind;

namespace {

constexpr ::uid_t k_somebody = 65534;

/// A venv whose Python lies in the folder "base" of somebody else.
struct Place {
    Place()
    {
        python = folder.file("base/bin/python3.11", "\x7f" "ELF");
        REQUIRE(::chmod(python.c_str(), 0755) == 0);
        folder.file("v/pyvenv.cfg", "home = " + (folder / "base/bin") + "\n");
        folder.folder("v/bin");
        std::filesystem::create_symlink(python, folder / "v/bin/python3");
        std::filesystem::create_symlink("python3", folder / "v/bin/python");
        environment = {.path = folder / "v", .executable = folder / "v/bin/python"};
        REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
    }

    void close(const std::string& name) const { REQUIRE(::chmod((folder / name).c_str(), 0000) == 0); }

    /// As somebody whom modes keep out.
    template <typename Look> auto as_somebody(const Look& look) const
    {
        const bool is_root = ::geteuid() == 0;
        if (is_root) REQUIRE(::seteuid(k_somebody) == 0);
        auto seen = look(*fs::Tree::open());
        if (is_root) REQUIRE(::seteuid(0) == 0);
        ::chmod((folder / "base").c_str(), 0755);
        ::chmod((folder / "v/bin").c_str(), 0755);
        return seen;
    }

    [[nodiscard]] model::Snapshot capture() const
    {
        return as_somebody([this](const fs::Tree& tree) {
            capture::HashCache hashes;
            return capture::capture(tree, environment, {}, hashes, {});
        });
    }

    TempFolder folder;
    std::string python;
    model::Environment environment;
};

} // namespace

TEST_CASE("a Python in a folder that we may not enter is not missing: it cannot be told")
{
    const Place place;
    place.close("base");
    const auto snapshot = place.capture();
    CHECK(snapshot.trouble.kind == Kind::none);
    REQUIRE(snapshot.unreadable.size() == 1);
    CHECK(snapshot.unreadable[0].path == place.environment.executable);
    const auto uid = std::to_string(::geteuid() == 0 ? k_somebody : ::geteuid());
    CHECK(snapshot.unreadable[0].reason ==
          "it leads to " + place.python + ", which cannot be read by uid " + uid + ": permission denied");
}

TEST_CASE("a venv whose own bin we may not enter has a Python as well as none")
{
    const Place place;
    place.close("v/bin");
    const auto snapshot = place.capture();
    CHECK(snapshot.trouble.kind == Kind::none);
    REQUIRE(snapshot.unreadable.size() == 1);
    CHECK_THAT(snapshot.unreadable[0].reason, ContainsSubstring("it cannot be read by uid"));
}

TEST_CASE("a Python that is gone from a folder that we may enter is missing")
{
    const Place place;
    std::filesystem::remove(place.python);
    const auto snapshot = place.capture();
    CHECK(snapshot.trouble.kind == Kind::dangling);
    CHECK(snapshot.trouble.actual == place.python);
    CHECK(snapshot.unreadable.empty());
}

TEST_CASE("a home that we may not look at is not told to be gone, and one that is gone is")
{
    const Place place;
    const auto trouble = [&] {
        return place
            .as_somebody([&](const fs::Tree& tree) { return capture::venv_trouble(tree, place.environment, {}); })
            .kind;
    };
    place.close("base");
    CHECK(trouble() == Kind::none);
    std::filesystem::remove_all(place.folder / "base");
    CHECK(trouble() == Kind::home_missing);
}
