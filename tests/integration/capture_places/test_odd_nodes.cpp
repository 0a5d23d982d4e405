// Where a file or folder of a venv is something else, Python waits for ever, dies, or runs as another one without a word. None of
// that is healthy, and no other Python is judged in its place.
#include "capture/capture.hpp"
#include "capture/venv_trouble.hpp"
#include "checks/checks.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>

using namespace envfix;
using Kind = model::InterpreterTrouble::Kind;
using State = model::EnvironmentState;

namespace {

constexpr const char* k_python = "/usr/bin/python3";

/// A way to put something at a path that is neither a file nor a folder with packages.
struct Node {
    const char* name;
    std::function<void(const std::string& path)> make;
};

void make_socket(const std::string& path)
{
    const auto folder = std::filesystem::path(path).parent_path();
    const auto name = std::filesystem::path(path).filename().string();
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder); // the address has little room
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    const int bound = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(::bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(bound);
    std::filesystem::current_path(before);
}

const std::vector<Node>& nodes()
{
    static const std::vector<Node> all{
        {"FIFO", [](const std::string& path) { REQUIRE(::mkfifo(path.c_str(), 0666) == 0); }},
        {"socket", make_socket},
        {"device", [](const std::string& path) { std::filesystem::create_symlink("/dev/zero", path); }},
        {"loop", [](const std::string& path) { std::filesystem::create_symlink(path, path); }},
        {"dangling link", [](const std::string& path) { std::filesystem::create_symlink("/no/such/place", path); }},
    };
    return all;
}

/// A venv of the machine's own Python.
struct Place {
    Place()
    {
        const auto real = std::filesystem::canonical(k_python);
        folder.file("v/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\n");
        folder.folder("v/bin");
        std::filesystem::create_symlink(real, folder / "v/bin/python3");
        std::filesystem::create_symlink("python3", folder / "v/bin/python");
        site = "v/lib/" + real.filename().string() + "/site-packages";
        folder.folder(site + "/x");
        environment = {.id = "e",
                       .path = folder / "v",
                       .kind = model::EnvironmentKind::venv,
                       .executable = folder / "v/bin/python",
                       .project = {}};
    }

    void replace(const std::string& name, const Node& node) const
    {
        std::filesystem::remove_all(folder / name);
        node.make(folder / name);
    }

    [[nodiscard]] model::Snapshot capture() const
    {
        capture::HashCache hashes;
        return capture::capture(*fs::Tree::open(), environment, {}, hashes, {});
    }

    [[nodiscard]] model::EnvironmentReport report() const
    {
        const auto snapshot = capture();
        return checks::report_of(snapshot, {}, checks::run_all(snapshot, {}));
    }

    TempFolder folder;
    std::string site;
    model::Environment environment;
};

} // namespace

TEST_CASE("a venv whose pyvenv.cfg cannot be read is of no Python that could be told")
{
    for (auto node : nodes()) {
        DYNAMIC_SECTION(node.name)
        {
            const Place place;
            CHECK(place.report().state == State::healthy);
            place.replace("v/pyvenv.cfg", node);
            const auto report = place.report();
            CHECK(report.state == State::unverifiable);
            CHECK_THAT(report.state_reason, ContainsSubstring((place.folder / "v/pyvenv.cfg")));
            CHECK(report.findings.empty());
            CHECK(place.capture().interpreter.prefix.empty()); // and above all not "/usr"
        }
    }
}

TEST_CASE("a folder by the name of pyvenv.cfg hides the venv from Python, and is told")
{
    const Place place;
    place.replace("v/pyvenv.cfg", {"folder", [](const std::string& path) { std::filesystem::create_directory(path); }});
    CHECK(place.report().state == State::unverifiable);
}

TEST_CASE("packages that lie in no folder cannot be told")
{
    auto kinds = nodes();
    kinds.push_back({"file", [](const std::string& path) { std::filesystem::copy_file("/etc/passwd", path); }});
    for (const auto& node : kinds) {
        DYNAMIC_SECTION("site-packages: " << node.name)
        {
            const Place place;
            place.replace(place.site, node);
            const auto report = place.report();
            CHECK(report.state == State::unverifiable);
            CHECK_THAT(report.state_reason, ContainsSubstring(place.folder / place.site));
        }
        DYNAMIC_SECTION("lib: " << node.name)
        {
            const Place place;
            place.replace("v/lib", node);
            const auto report = place.report();
            CHECK(report.state == State::unverifiable);
            CHECK_THAT(report.state_reason, ContainsSubstring(place.folder / "v/lib:"));
        }
    }
}

TEST_CASE("a source that cannot be read to its end is neither good nor bad")
{
    const Place place;
    const auto source = place.folder.file(place.site + "/cffi/__init__.py", "__version__ = '1'\n");
    const model::Chain chain{.name = "test", .links = {{.chain = "test", .distribution = "cffi", .imports = {"cffi"}}}};
    const auto state = [&] {
        capture::HashCache hashes;
        const auto snapshot = capture::capture(*fs::Tree::open(), place.environment, chain, hashes, {});
        CHECK(snapshot.links.front().imports.front().path == source);
        return checks::state_of(snapshot, checks::run_all(snapshot, chain));
    };
    CHECK(state() == State::degraded); // without metadata
    std::filesystem::resize_file(source, 1ULL << 40U);
    CHECK(state() == State::unverifiable);
    std::filesystem::resize_file(source, 100); // zeros
    CHECK(state() == State::broken);
}

TEST_CASE("what `python` does decides, whatever other names of it still work")
{
    const Place place;
    auto environment = place.environment;
    const auto trouble = [&](const std::string& executable) {
        environment.executable = executable;
        return *capture::executable_trouble(*fs::Tree::open(), environment);
    };
    const auto python = place.folder / "v/bin/python";
    const auto python3 = place.folder / "v/bin/python3";
    CHECK(trouble(python3).kind == Kind::none);

    std::filesystem::remove(python);
    for (const auto& asked : {python, python3}) {
        const auto found = trouble(asked);
        CHECK(found.kind == Kind::missing);
        CHECK(found.path == python);
        CHECK(found.actual == "no such file; python3 lies beside it");
    }
    const auto report = place.report();
    CHECK(report.state == State::broken);
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings[0].code == "venv-interpreter-missing");
    CHECK(report.findings[0].summary == "`python` is gone from " + place.environment.path + ": " + python +
                                            " does not exist, though python3 beside it does");
    CHECK(report.findings[0].remedies.front() == "ln -s python3 " + python);

    std::filesystem::create_directory(python);
    CHECK(trouble(python3).kind == Kind::not_executable);
    std::filesystem::remove(python);
    std::filesystem::create_symlink("/no/such/python", python);
    CHECK(trouble(python3).kind == Kind::dangling);
}
