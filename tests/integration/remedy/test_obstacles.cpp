#include "bench.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>

using namespace envfix;
using model::StepKind;
namespace stdfs = std::filesystem;

// What somebody else put where a fix of ours works.

namespace {

Result<remedy::RepairEnd> reinstall_cffi(Bench& bench)
{
    const auto backend = wheelhouse::backend_of(bench.venv);
    stdfs::remove(backend);
    const auto request = bench.request(bench.resolve({{step(StepKind::pip_reinstall, {"cffi"})}}));
    auto log = remedy::TransactionLog::open(bench.state).value();
    return wait_for(remedy::repair(
        request, bench.ports([&] { return !stdfs::exists(backend); }), &log, nullptr));
}

} // namespace

TEST_CASE("a RECORD that names our own work area does not keep its distribution from being fixed")
{
    Bench bench;
    for (const auto& one : bench.snapshot().distributions) {
        if (one.normalized != "cffi" && one.normalized != "pycparser") continue;
        std::ofstream(one.metadata_path + "/RECORD", std::ios::app)
            << "../../../.envfix/backup/x/manifest,sha256=AAAA,1\n"
            << bench.venv + "/.envfix/y,,\n";
    }
    stdfs::create_directories(bench.venv + "/.envfix/backup/x");
    std::ofstream(bench.venv + "/.envfix/backup/x/manifest") << "kept\n";
    const auto ended = reinstall_cffi(bench);
    INFO(bench.story());
    REQUIRE(ended);
    CHECK(ended->state == model::RunState::fixed);
    CHECK(wheelhouse::read(bench.venv + "/.envfix/backup/x/manifest") == "kept\n");
}

TEST_CASE("what lies in the place of our work area is left alone, and told with what to do")
{
    Bench bench;
    const auto elsewhere = bench.folder.folder("elsewhere");
    const auto path = GENERATE(values<std::string>({"/.envfix", "/.envfix/stage"}));
    const auto place = bench.venv + path;
    stdfs::create_directories(stdfs::path(place).parent_path());
    std::string what;
    SECTION("a link")
    {
        stdfs::create_directory_symlink(elsewhere, place);
        what = "is a link";
    }
    SECTION("a file")
    {
        std::ofstream(place) << "mine\n";
        what = "is no folder";
    }
    const auto ended = reinstall_cffi(bench);
    const auto said = ended ? ended->proof : ended.error().message;
    CHECK((!ended || ended->state == model::RunState::failed));
    CHECK_THAT(said, ContainsSubstring(place + " " + what) && ContainsSubstring("mv " + place));
    CHECK(stdfs::is_empty(elsewhere));
    CHECK(stdfs::exists(stdfs::symlink_status(place)));
}
