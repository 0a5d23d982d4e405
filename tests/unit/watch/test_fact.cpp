#include "support/catch.hpp"
#include "watch/fact.hpp"
#include "watch/facts.hpp"

#include <sys/inotify.h>

using namespace envfix;
using namespace envfix::watch;

namespace {

struct Case {
    const char* given;
    Role role;
    std::uint32_t mask;
    const char* name;
    std::optional<FactKind> want;
};

} // namespace

TEST_CASE("an event means what its folder and its name say")
{
    using K = FactKind;
    const auto [given, role, mask, name, want] = GENERATE(values<Case>({
        {"a dist-info is made", Role::site, IN_CREATE | IN_ISDIR, "cffi-1.15.1.dist-info",
         K::metadata_appeared},
        {"a dist-info is renamed here", Role::site, IN_MOVED_TO | IN_ISDIR, "cffi-1.15.1.dist-info",
         K::metadata_appeared},
        {"a dist-info is renamed away", Role::site, IN_MOVED_FROM | IN_ISDIR,
         "cffi-1.15.1.dist-info", K::metadata_vanished},
        {"a dist-info is deleted", Role::site, IN_DELETE | IN_ISDIR, "cffi-1.15.1.dist-info",
         K::metadata_vanished},
        {"an egg-info file is made", Role::site, IN_CREATE, "x-1.0.egg-info", K::other},
        {"pip moves the old one aside", Role::site, IN_MOVED_TO | IN_ISDIR, "~ffi-1.15.1.dist-info",
         K::leftover_appeared},
        {"and deletes it", Role::site, IN_DELETE | IN_ISDIR, "~ffi", K::leftover_vanished},
        {"a backend is deleted", Role::site, IN_DELETE, "_cffi_backend.abi3.so",
         K::compiled_vanished},
        {"a backend is renamed away", Role::site, IN_MOVED_FROM, "_cffi_backend.abi3.so",
         K::compiled_vanished},
        {"a backend is written", Role::site, IN_CLOSE_WRITE, "_cffi_backend.abi3.so",
         K::compiled_changed},
        {"a backend is truncated by path", Role::site, IN_MODIFY, "_cffi_backend.abi3.so",
         K::compiled_changed},
        {"a backend loses its mode", Role::site, IN_ATTRIB, "_cffi_backend.abi3.so",
         K::compiled_changed},
        {"a backend in its package", Role::compiled, IN_DELETE, "_rust.abi3.so",
         K::compiled_vanished},
        {"a stub in its package", Role::compiled, IN_CREATE, "x.pyi", K::other},
        {"a dist-info in a package is only a name", Role::compiled, IN_CREATE, "a-1.dist-info",
         K::other},
        {"a .pth file", Role::site, IN_CLOSE_WRITE, "x.pth", K::path_file_changed},
        {"a module is written", Role::site, IN_CLOSE_WRITE, "six.py", K::other},
        {"a module is being written", Role::site, IN_MODIFY, "six.py", std::nullopt},
        {"a module's times are set", Role::site, IN_ATTRIB, "six.py", std::nullopt},
        {"Python writes its cache", Role::site, IN_CREATE | IN_ISDIR, "__pycache__", std::nullopt},
        {"we stage beside it", Role::site, IN_CREATE | IN_ISDIR, ".envfix", std::nullopt},
        {"the site folder's mode", Role::site, IN_ATTRIB | IN_ISDIR, "", K::other},
        {"the configuration is written", Role::prefix, IN_CLOSE_WRITE, "pyvenv.cfg",
         K::configuration_changed},
        {"the configuration is deleted", Role::prefix, IN_DELETE, "pyvenv.cfg",
         K::interpreter_vanished},
        {"lib is renamed away", Role::prefix, IN_MOVED_FROM | IN_ISDIR, "lib", K::other},
        {"a project file in the prefix", Role::prefix, IN_CREATE, "main.py", std::nullopt},
        {"the interpreter's link is deleted", Role::bin, IN_DELETE, "python3",
         K::interpreter_vanished},
        {"the versioned one is made", Role::bin, IN_CREATE, "python3.13", K::interpreter_changed},
        {"a script is installed", Role::bin, IN_CREATE, "black", std::nullopt},
        {"RECORD is renamed into place", Role::metadata, IN_MOVED_TO, "RECORD", K::record_appeared},
        {"RECORD is written", Role::metadata, IN_CLOSE_WRITE, "RECORD", K::record_appeared},
        {"INSTALLER is made", Role::metadata, IN_CREATE, "INSTALLER", K::installer_appeared},
        {"METADATA is written", Role::metadata, IN_CLOSE_WRITE, "METADATA", K::other},
        {"a project asks for more", Role::project, IN_CLOSE_WRITE, "requirements.txt",
         K::configuration_changed},
        {"a project's file comes by a rename", Role::project, IN_MOVED_TO, "pyproject.toml",
         K::configuration_changed},
        {"a project's program is written", Role::project, IN_CLOSE_WRITE, "main.py", std::nullopt},
    }));
    DYNAMIC_SECTION(given)
    {
        const auto kind = meaning_of(role, mask, name);
        CHECK(kind == want);
    }
}

TEST_CASE("a folder's end has many names")
{
    for (const std::uint32_t mask :
         std::initializer_list<std::uint32_t>{IN_DELETE_SELF, IN_MOVE_SELF, IN_UNMOUNT, IN_IGNORED})
        CHECK(is_end_of_folder(mask));
    CHECK_FALSE(is_end_of_folder(IN_DELETE | IN_ISDIR));
}

TEST_CASE("a fact seen again is told once, where it was seen last")
{
    Facts facts;
    CHECK(facts.empty());
    facts.add({"e", FactKind::metadata_vanished, "a.dist-info"});
    facts.add({"e", FactKind::metadata_appeared, "a.dist-info"});
    facts.add({"e", FactKind::metadata_vanished, "a.dist-info"});
    facts.add({"e", FactKind::other, "x.py"});
    facts.add({"e", FactKind::other, "y.py"});
    CHECK(facts.take() == std::vector<Fact>{{"e", FactKind::metadata_appeared, "a.dist-info"},
                                            {"e", FactKind::metadata_vanished, "a.dist-info"},
                                            {"e", FactKind::other, ""}});
    CHECK(facts.empty());
    CHECK(facts.take().empty());
}

TEST_CASE("a storm in one environment leaves the others their facts")
{
    Facts facts;
    for (int i = 0; i < 100'000; ++i)
        facts.add({"noisy", FactKind::metadata_appeared, std::to_string(i) + ".dist-info"});
    facts.add({"quiet", FactKind::compiled_vanished, "x.so"});
    const auto told = facts.take();
    CHECK(told.size() == Facts::k_most_facts + 2);
    CHECK(told.back() == Fact{"quiet", FactKind::compiled_vanished, "x.so"});
    CHECK(told[told.size() - 2] == Fact{"noisy", FactKind::too_many, ""});
}

TEST_CASE("the settler is told of an end by what it means, and of a dist-info by its name")
{
    using engine::Event;
    using engine::Sight;
    CHECK(event_of({"e", FactKind::record_appeared, "a.dist-info"}) ==
          Event{"e", Sight::record_appeared, "a.dist-info"});
    CHECK(event_of({"e", FactKind::leftover_appeared, "~a"}) ==
          Event{"e", Sight::leftover_appeared, "~a"});
    CHECK(event_of({"e", FactKind::compiled_vanished, "a.so"}) ==
          Event{"e", Sight::compiled_vanished, ""});
    CHECK(event_of({"e", FactKind::folder_gone, "/s"}) == Event{"e", Sight::interpreter_gone, ""});
    CHECK(event_of({"e", FactKind::interpreter_vanished, "python"}) ==
          Event{"e", Sight::interpreter_gone, ""});
    CHECK(event_of({"e", FactKind::too_many, ""}) == Event{"e", Sight::look, ""});
    CHECK(event_of({"e", FactKind::poll_due, ""}) == Event{"e", Sight::look, ""});
    CHECK(event_of({"e", FactKind::compiled_changed, "a.so"}) == Event{"e", Sight::other, ""});
}
