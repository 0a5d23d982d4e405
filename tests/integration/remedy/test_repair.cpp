#include "bench.hpp"
#include "remedy/backup.hpp"
#include "remedy/store.hpp"
#include "support/catch.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>

#include <filesystem>
#include <fstream>

using namespace envfix;
using model::RunState;
using model::StepKind;

namespace {

Result<remedy::RepairEnd> repair(const Bench& bench, const remedy::RepairRequest& request,
                                 const remedy::RepairPorts& ports, remedy::Store* store = nullptr)
{
    auto log = remedy::TransactionLog::open(bench.state).value();
    return wait_for(remedy::repair(request, ports, &log, store));
}

/// The folder of a distribution's metadata.
std::filesystem::path metadata_of(const Bench& bench, const std::string& name)
{
    for (const auto& distribution : bench.snapshot().distributions) {
        if (distribution.normalized == name) return distribution.metadata_path;
    }
    throw std::runtime_error("no " + name + " in " + bench.venv);
}

} // namespace

TEST_CASE("a missing backend comes back by a wheel, is proved, and can be undone")
{
    Bench bench;
    const auto healthy = bench.bytes();
    const auto backend = wheelhouse::backend_of(bench.venv);
    std::filesystem::remove(backend);
    const auto broken = bench.bytes();
    const auto request = bench.request(bench.resolve(
        {{step(StepKind::restore, {"cffi"})}, {step(StepKind::pip_reinstall, {"cffi"})}}));
    const auto ended = repair(bench, request, bench.ports([&] {
                           return !std::filesystem::exists(backend);
                       })).value();
    INFO(bench.story());
    CHECK(ended.state == RunState::fixed);
    CHECK_THAT(ended.summary, ContainsSubstring("cffi") && ContainsSubstring("reinstalled"));
    CHECK_THAT(ended.proof, ContainsSubstring("broken is gone") && ContainsSubstring("supabase"));
    CHECK_THAT(bench.story(), ContainsSubstring("left out"));
    // The same files as before; metadata that pip writes anew may differ.
    const auto fixed = bench.bytes();
    for (const auto& [path, digest] : healthy) {
        if (path.find(".dist-info/") != std::string::npos) continue;
        INFO(path);
        CHECK(fixed.at(path) == digest);
    }
    CHECK(stage_is_gone(bench));

    auto log = remedy::TransactionLog::open(bench.state).value();
    REQUIRE(remedy::undo(log, bench.venv, request.run, "ba9876543210", 1'800'000'001));
    CHECK(bench.bytes() == broken);
}

TEST_CASE("a program that goes on with the old files is named")
{
    Bench bench;
    const auto backend = wheelhouse::backend_of(bench.venv);
    process::Command command;
    command.argv = {bench.venv + "/bin/python", "-B", "-c",
                    "import _cffi_backend, signal; signal.pause()"};
    command.limits.wall = std::chrono::minutes(2);
    asio::io_context io{1};
    const auto is_running = [&] {
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const auto maps = wheelhouse::read(entry.path() / "maps");
            if (maps.find(backend) != std::string::npos) return true;
        }
        return false;
    };
    asio::cancellation_signal stop;
    bool over = false;
    asio::co_spawn(io, process::run(command),
                   asio::bind_cancellation_slot(
                       stop.slot(), [&](const std::exception_ptr&, const Result<process::Ended>&) {
                           over = true;
                       }));
    while (!over && !is_running())
        io.run_for(std::chrono::milliseconds(10));
    REQUIRE_FALSE(over);
    const auto request = bench.request(bench.resolve({{step(StepKind::pip_reinstall, {"cffi"})}}));
    int asked = 0;
    const auto ended =
        repair(bench, request, bench.ports([&] { return ++asked == 1; })).value();
    INFO(bench.story());
    CHECK(ended.state == RunState::fixed);
    CHECK_THAT(bench.story(), ContainsSubstring("running: " + bench.venv + "/bin/python") &&
                                  ContainsSubstring("still uses the old files"));
    stop.emit(asio::cancellation_type::terminal);
    io.run_for(std::chrono::seconds(10));
    CHECK(over);
}

TEST_CASE("a lost file comes back from the store without pip")
{
    Bench bench;
    auto store = remedy::Store::open(bench.state).value();
    keep(store, bench, "cffi");
    const auto healthy = bench.bytes();
    const auto backend = wheelhouse::backend_of(bench.venv);
    SECTION("that is missing")
    {
        std::filesystem::remove(backend);
    }
    SECTION("that is damaged")
    {
        std::filesystem::resize_file(backend, 1000);
    }
    const auto ladder = bench.resolve({{step(StepKind::restore, {"cffi"})}}, &store);
    REQUIRE(ladder.at(0).unavailable.empty());
    CHECK(ladder[0].steps[0].paths == std::vector<std::string>{backend});
    const auto ended = repair(bench, bench.request(ladder),
                              bench.ports([&] { return bench.bytes() != healthy; }), &store)
                           .value();
    INFO(bench.story());
    CHECK(ended.state == RunState::fixed);
    CHECK_THAT(ended.summary, ContainsSubstring("from the store"));
}

TEST_CASE("a RECORD from the store lists the REQUESTED that came after it was kept")
{
    Bench bench;
    auto store = remedy::Store::open(bench.state).value();
    keep(store, bench, "cffi");
    const auto metadata = metadata_of(bench, "cffi");
    const auto requested = metadata.filename().string() + "/REQUESTED";
    REQUIRE_FALSE(std::filesystem::exists(metadata / "REQUESTED"));
    std::ofstream(metadata / "REQUESTED", std::ios::binary);
    const auto known = wheelhouse::read(metadata / "RECORD");
    std::ofstream(metadata / "RECORD", std::ios::binary) << known << requested << ",,\n# damaged";
    const auto backend = wheelhouse::backend_of(bench.venv);
    std::filesystem::remove(backend);
    const auto ladder = bench.resolve({{step(StepKind::restore, {"cffi"})}}, &store);
    const auto ended = repair(bench, bench.request(ladder), bench.ports([&] { return !std::filesystem::exists(backend); }), &store).value();
    INFO(bench.story());
    CHECK(ended.state == RunState::fixed);
    CHECK(wheelhouse::read(metadata / "RECORD") == known + requested + ",,\n");
}

TEST_CASE("the wrong jwt goes and PyJWT comes back, in one step")
{
    Bench bench;
    wheelhouse::pip_install(bench.venv + "/bin/python", {"jwt"}, {"--no-deps"});
    const auto is_broken = [&] { return std::filesystem::exists(bench.site + "/jwt/jwt.py"); };
    REQUIRE(is_broken());
    const auto ladder = bench.resolve(
        {{step(StepKind::pip_uninstall, {"jwt"}), step(StepKind::pip_reinstall, {"PyJWT"})}});
    const auto ended = repair(bench, bench.request(ladder), bench.ports(is_broken)).value();
    INFO(bench.story());
    CHECK(ended.state == RunState::fixed);
    CHECK_FALSE(std::filesystem::exists(bench.site + "/jwt-1.3.1.dist-info"));
    CHECK_FALSE(is_broken());
    CHECK(wheelhouse::run({bench.venv + "/bin/python", "-B", "-c",
                           "import jwt; print(jwt.encode({}, 'k') != '')"}) == "True\n");
}

TEST_CASE("a file that PyJWT and the wrong jwt have in common is there after PyJWT came from the store")
{
    Bench bench;
    auto store = remedy::Store::open(bench.state).value();
    keep(store, bench, "pyjwt");
    const auto healthy = bench.bytes();
    REQUIRE(healthy.contains(bench.site + "/jwt/py.typed"));
    const auto metadata = metadata_of(bench, "pyjwt");
    const auto text = wheelhouse::read(metadata / "METADATA");
    const auto python = bench.venv + "/bin/python";
    wheelhouse::run({python, "-I", wheelhouse::pip_wheel() + "/pip", "uninstall", "-q", "-y", "PyJWT"});
    wheelhouse::pip_install(python, {"jwt"}, {"--no-deps"});
    REQUIRE(std::filesystem::exists(bench.site + "/jwt/py.typed"));
    SECTION("PyJWT is gone without trace") {}
    SECTION("PyJWT's metadata is left, without RECORD")
    {
        std::filesystem::create_directories(metadata);
        std::ofstream(metadata / "METADATA", std::ios::binary) << text;
    }
    const auto is_broken = [&] { return std::filesystem::exists(bench.site + "/jwt/jwt.py"); };
    REQUIRE(is_broken());
    const auto ladder = bench.resolve(
        {{step(StepKind::pip_uninstall, {"jwt"}), step(StepKind::restore, {"PyJWT"})}}, &store);
    REQUIRE(ladder.at(0).unavailable.empty());
    const auto ended = repair(bench, bench.request(ladder), bench.ports(is_broken), &store).value();
    INFO(bench.story());
    CHECK(ended.state == RunState::fixed);
    CHECK(bench.bytes() == healthy);
}

TEST_CASE("a rung that fails in the copy changes nothing, and the next one is tried")
{
    Bench bench;
    const auto backend = wheelhouse::backend_of(bench.venv);
    std::filesystem::remove(backend);
    const auto ladder = bench.resolve(
        {{step(StepKind::pip_uninstall, {"cffi"})}, {step(StepKind::pip_reinstall, {"cffi"})}});
    const auto ended = repair(bench, bench.request(ladder), bench.ports([&] {
                           return !std::filesystem::exists(backend);
                       })).value();
    INFO(bench.story());
    CHECK(ended.state == RunState::fixed);
    CHECK_THAT(
        bench.story(),
        ContainsSubstring(
            "trial: in a copy of the environment: importing _cffi_backend: ModuleNotFoundError"));
}

TEST_CASE("a repair whose proof fails gives back every byte")
{
    Bench bench;
    std::filesystem::remove(wheelhouse::backend_of(bench.venv));
    const auto before = bench.bytes();
    const auto ladder = bench.resolve({{step(StepKind::pip_reinstall, {"cffi"})}});
    SECTION("because the finding is still there")
    {
        const auto ended =
            repair(bench, bench.request(ladder), bench.ports([] { return true; })).value();
        CHECK(ended.state == RunState::reverted);
        CHECK_THAT(ended.proof, ContainsSubstring("broken is still there"));
    }
    SECTION("because the project's own command fails")
    {
        auto request = bench.request(ladder);
        request.proof.verify_command = {"python", "-c", "import sys; sys.exit('fetch: no rows')"};
        request.proof.verify_directory = bench.folder.path();
        int calls = 0;
        const auto ended =
            repair(bench, request, bench.ports([&] { return calls++ == 0; })).value();
        CHECK(ended.state == RunState::reverted);
        CHECK_THAT(ended.proof, ContainsSubstring("fetch: no rows"));
    }
    INFO(bench.story());
    CHECK(bench.bytes() == before);
    CHECK(stage_is_gone(bench));
    CHECK_THAT(bench.story(), ContainsSubstring("undo: everything is as before"));
}

TEST_CASE("a plan for another state, or another plan than the approved one, is not begun")
{
    Bench bench;
    const auto ladder = bench.resolve({{step(StepKind::pip_reinstall, {"cffi"})}});
    auto request = bench.request(ladder);
    SECTION("the environment has moved")
    {
        std::filesystem::remove_all(bench.site + "/supabase-2.16.0.dist-info");
    }
    SECTION("a byte of the plan is different")
    {
        request.plan.ladder[0].steps[0].changes[0].to += ".post1";
    }
    const auto before = bench.bytes();
    const auto ended = repair(bench, request, bench.ports([] { return true; }));
    CHECK(ended.error().code == ErrorCode::plan_changed);
    CHECK(bench.bytes() == before);
    CHECK(bench.events.empty());
}

TEST_CASE("while an installer works there nothing begins, and one that begins meanwhile wins")
{
    Bench bench;
    std::filesystem::remove(wheelhouse::backend_of(bench.venv));
    const auto request = bench.request(bench.resolve({{step(StepKind::pip_reinstall, {"cffi"})}}));
    const auto before = bench.bytes();
    auto ports = bench.ports([] { return true; });
    SECTION("at once")
    {
        ports.installer_at_work = [](const std::string&) { return "pip (pid 7)"; };
        CHECK(repair(bench, request, ports).error().code == ErrorCode::busy);
    }
    SECTION("before the renames")
    {
        int calls = 0;
        ports.installer_at_work = [&](const std::string&) {
            return calls++ == 0 ? std::nullopt : std::optional<std::string>("uv (pid 7)");
        };
        CHECK(repair(bench, request, ports).value().state == RunState::conflict);
    }
    SECTION("and what it changed stays as it made it")
    {
        const auto changed = bench.site + "/cffi/api.py";
        ports.installer_at_work =
            [&, calls = 0](const std::string&) mutable -> std::optional<std::string> {
            if (calls++ == 1) std::ofstream(changed, std::ios::app) << "# theirs\n";
            return std::nullopt;
        };
        CHECK(repair(bench, request, ports).value().state == RunState::conflict);
        CHECK(wheelhouse::read(changed).ends_with("# theirs\n"));
        auto after = bench.bytes();
        after[changed] = before.at(changed);
        CHECK(after == before);
        return;
    }
    CHECK(bench.bytes() == before);
}

TEST_CASE("a repair that is stopped leaves everything as it was")
{
    Bench bench;
    std::filesystem::remove(wheelhouse::backend_of(bench.venv));
    const auto request = bench.request(bench.resolve({{step(StepKind::pip_reinstall, {"cffi"})}}));
    const auto before = bench.bytes();
    const auto when = GENERATE(values<std::string>({"stage", "trial", "transaction"}));
    DYNAMIC_SECTION("after " << when)
    {
        asio::io_context io{1};
        asio::cancellation_signal stop;
        auto ports = bench.ports([] { return false; });
        auto log = remedy::TransactionLog::open(bench.state).value();
        ports.tell = [&](const model::RunEvent& event) {
            bench.events.push_back(event);
            if (event.step == when) stop.emit(asio::cancellation_type::terminal);
        };
        std::optional<Result<remedy::RepairEnd>> ended;
        asio::co_spawn(
            io, remedy::repair(request, ports, &log, nullptr),
            asio::bind_cancellation_slot(
                stop.slot(), [&](const std::exception_ptr& thrown, Result<remedy::RepairEnd> end) {
                    if (!thrown) ended = std::move(end);
                }));
        io.run_for(std::chrono::seconds(50));
        INFO(bench.story());
        REQUIRE(ended);
        REQUIRE(*ended);
        CHECK((*ended)->state == RunState::reverted);
        CHECK(bench.bytes() == before);
        CHECK(stage_is_gone(bench));
        CHECK(log.in_flight().empty());
    }
}

TEST_CASE("two repairs of one environment never run at the same time")
{
    Bench bench;
    std::filesystem::remove(wheelhouse::backend_of(bench.venv));
    const auto request = bench.request(bench.resolve({{step(StepKind::pip_reinstall, {"cffi"})}}));
    auto ports = bench.ports([] { return true; });
    std::optional<ErrorCode> second;
    ports.installer_at_work = [&](const std::string&) -> std::optional<std::string> {
        if (!second) {
            second = ErrorCode::io;
            auto inner = bench.ports([] { return true; });
            const auto ended = repair(bench, request, inner);
            second = ended ? ErrorCode::io : ended.error().code;
        }
        return "pip";
    };
    CHECK(repair(bench, request, ports).error().code == ErrorCode::busy);
    CHECK(second == ErrorCode::busy);
}

TEST_CASE("what an interrupted install left is moved aside, and the distribution completed in the "
          "same rung")
{
    Bench bench;
    const auto healthy = bench.bytes();
    std::filesystem::create_directories(bench.site + "/~ffi/__pycache__");
    std::ofstream(bench.site + "/~ffi/api.py") << "old\n";
    std::ofstream(bench.site + "/~ffi/__pycache__/api.cpython-311.pyc") << "old\n";
    std::filesystem::remove(wheelhouse::backend_of(bench.venv));
    for (const auto& distribution : bench.snapshot().distributions) {
        if (distribution.normalized == "cffi")
            std::filesystem::remove(distribution.metadata_path + "/RECORD");
    }
    const auto broken = bench.bytes();
    const auto is_broken = [&] { return std::filesystem::exists(bench.site + "/~ffi"); };

    remedy::ResolveRequest asked;
    asked.snapshot = bench.snapshot();
    model::Leftover leftover;
    leftover.path = bench.site + "/~ffi";
    leftover.location = bench.site;
    asked.snapshot.leftovers = {leftover};
    auto aside = step(StepKind::quarantine);
    aside.quarantine = "leftovers";
    asked.ladder = {{aside}, {aside, step(StepKind::pip_reinstall, {"cffi"})}};
    asked.settings.no_index = true;
    asked.settings.find_links = {wheelhouse::wheels()};
    asked.surroundings = bench.surroundings();
    const auto request = bench.request(wait_for(remedy::resolve(asked, nullptr)).value());
    const auto ended = repair(bench, request, bench.ports(is_broken)).value();
    INFO(bench.story());
    CHECK(ended.state == RunState::fixed);
    CHECK_THAT(ended.summary, ContainsSubstring("1 path moved aside") && ContainsSubstring("cffi"));
    const auto fixed = bench.bytes();
    for (const auto& [path, digest] : healthy) {
        INFO(path);
        CHECK(fixed.contains(path));
    }
    CHECK_FALSE(is_broken());

    auto log = remedy::TransactionLog::open(bench.state).value();
    REQUIRE(remedy::undo(log, bench.venv, request.run, "ba9876543210", 1'800'000'001));
    CHECK(bench.bytes() == broken);
}
