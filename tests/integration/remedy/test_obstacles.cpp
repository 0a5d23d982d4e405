#include "bench.hpp"
#include "support/catch.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

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

/// In a process of its own, in which the venv is a mount point: 0 when resolving says so, 2 where
/// nothing can be mounted.
int resolve_as_mount_point(const Bench& bench)
{
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 2;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 2;
    if (::mount(bench.venv.c_str(), bench.venv.c_str(), nullptr, MS_BIND, nullptr) != 0) return 2;
    auto again = step(StepKind::venv_recreate);
    again.pythons = {"same"};
    auto advise = step(StepKind::advise);
    advise.text = "make it again by hand";
    const auto ladder = bench.resolve({{again}, {advise}});
    const bool told = ladder.at(0).unavailable.find("is a mount point") != std::string::npos;
    return told && ladder.at(1).unavailable.empty() ? 0 : 1;
}

} // namespace

TEST_CASE("a venv that is a mount point is not exchanged: the person is told what to do")
{
    const Bench bench;
    const auto before = bench.bytes();
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        int code = 1;
        try {
            code = resolve_as_mount_point(bench);
        } catch (...) {
            code = 1; // the child must not go on with the parent's tests
        }
        ::_exit(code);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 2) {
        WARN("NOT TESTED: nothing can be mounted here");
        return;
    }
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(bench.bytes() == before);
}

TEST_CASE("METADATA above a mebibyte is named, and the venv that has it is not made again without it")
{
    Bench bench;
    for (const auto& one : bench.snapshot().distributions) {
        if (one.normalized != "pycparser") continue;
        stdfs::resize_file(one.metadata_path + "/METADATA", (1 << 20) + 1);
        std::string rows;
        std::istringstream record(wheelhouse::read(one.metadata_path + "/RECORD"));
        for (std::string row; std::getline(record, row);) {
            const auto at = row.find("/METADATA,");
            rows += (at == std::string::npos ? row : row.substr(0, at) + "/METADATA,,") + "\n";
        }
        std::ofstream(one.metadata_path + "/RECORD") << rows;
    }
    stdfs::remove(bench.venv + "/bin/python");
    stdfs::create_symlink("/nowhere/python3", bench.venv + "/bin/python");
    const auto broken = bench.bytes();
    auto again = step(StepKind::venv_recreate);
    again.pythons = {"same"};
    const auto request = bench.request(bench.resolve({{again}}));
    INFO(request.plan.ladder.at(0).unavailable);
    REQUIRE(request.plan.ladder[0].unavailable.empty());
    auto log = remedy::TransactionLog::open(bench.state).value();
    const auto ended = wait_for(remedy::repair(
        request, bench.ports([&] { return !stdfs::exists(bench.venv + "/bin/python"); }), &log,
        nullptr));
    INFO(bench.story());
    REQUIRE(ended);
    CHECK(ended->state == model::RunState::failed);
    CHECK_THAT(ended->proof, ContainsSubstring("METADATA"));
    CHECK(bench.bytes() == broken);
    CHECK_FALSE(stdfs::exists(bench.folder / ".envfix"));
}

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
