#include "bench.hpp"
#include "interrupted.hpp"
#include "remedy/backup.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <iostream>
#include <map>
#include <string>

// A venv that is made again is killed, fails or hangs at each named point; then the daemon starts
// again, twice.

using namespace envfix;
namespace stdfs = std::filesystem;

namespace {

void start_again(const Bench& bench)
{
    auto log = remedy::TransactionLog::open(bench.state).value();
    remedy::recover(log);
    for (const auto& root : {bench.venv, bench.folder.path()})
        REQUIRE(remedy::remove_dead_stages(log, root));
    CHECK(remedy::recover(log).empty());
}

/// Points that this work passes; the store's, the log's and those of single files have tests of
/// their own. What does not kill goes the same way back as in every transaction.
bool is_on_the_way(const std::string& point, const std::string& action)
{
    if (point.starts_with("recreate.")) return true;
    if (action != "kill") return is_long() && point.starts_with("transaction.");
    for (const auto* part : {"stage.make", "begin", "sync-staged", "exchange", "displace", "renamed",
                             "commit", "manifest", "clean-up"}) {
        if (point.find(part) != std::string::npos && point.find("revert") == std::string::npos)
            return !point.starts_with("store.") && !point.starts_with("record-log.");
    }
    return false;
}

/// A venv whose Python is gone, and the plan to make it again: all of it as it lies there, without
/// pip, which would take most of the time.
struct Small {
    Bench bench;
    std::string kept = bench.folder / "kept";
    remedy::RepairRequest request;
    std::map<std::string, std::string> broken;

    Small()
    {
        for (const auto& entry : stdfs::directory_iterator(bench.site)) {
            const auto name = entry.path().filename().string();
            for (const auto* tool : {"pip", "setuptools", "pkg_resources", "_distutils_hack"}) {
                if (name == tool || name.starts_with(std::string(tool) + "-"))
                    stdfs::remove_all(entry.path());
            }
        }
        stdfs::remove(bench.site + "/distutils-precedence.pth");
        for (const auto* script : {"pip", "pip3"})
            stdfs::remove(bench.venv + "/bin/" + script);
        for (const auto* link : {"python", "python3"}) {
            stdfs::remove(bench.venv + "/bin/" + link);
            stdfs::create_symlink("/nowhere/python3", bench.venv + "/bin/" + link);
        }
        auto again = step(model::StepKind::venv_recreate);
        again.pythons = {"same"};
        request = bench.request(bench.resolve({{again}}));
        broken = bench.bytes();
        copy(bench.venv, kept);
    }

    /// As if nothing had been tried yet.
    void reset() const
    {
        for (const auto& path : {bench.venv, bench.folder / ".envfix", bench.state})
            stdfs::remove_all(path);
        copy(kept, bench.venv);
        stdfs::create_directory(bench.state);
        stdfs::permissions(bench.state, stdfs::perms(0700));
    }

private:
    static void copy(const std::string& from, const std::string& to)
    {
        stdfs::copy(from, to, stdfs::copy_options::recursive | stdfs::copy_options::copy_symlinks);
    }
};

/// At every named point on the way.
void interrupt_everywhere(const std::string& action)
{
    Small small;
    REQUIRE(small.request.plan.ladder.at(0).unavailable.empty());
    auto& bench = small.bench;
    int hits = 0;
    for (const auto& name : fs::fault::names()) {
        if (!is_on_the_way(name, action)) continue;
        small.reset();
        const auto spec = name + "=" + action;
        INFO(spec);
        const auto ended = in_child(spec, [&] {
            auto log = remedy::TransactionLog::open(bench.state).value();
            const auto ports =
                bench.ports([&] { return !stdfs::exists(bench.venv + "/bin/python"); });
            return wait_for(remedy::repair(small.request, ports, &log, nullptr));
        });
        if (ended != Ended::well) ++hits;
        start_again(bench);

        const bool is_old = bench.bytes() == small.broken;
        const bool is_new = stdfs::exists(bench.venv + "/bin/python");
        CHECK(is_old != is_new);
        if (ended == Ended::well) CHECK(is_new);
        CHECK_FALSE(stdfs::exists(bench.folder / ".envfix/stage"));
        CHECK(stdfs::exists(bench.folder / ".envfix") == is_new);
        if (!is_new) continue;
        CHECK_THAT(wheelhouse::run({bench.venv + "/bin/supabase-stand-in"}),
                   ContainsSubstring("stand-in for supabase"));
        auto log = remedy::TransactionLog::open(bench.state).value();
        REQUIRE(remedy::undo(log, bench.folder.path(), small.request.run, "ba9876543210",
                             1'800'000'001));
        CHECK(bench.bytes() == small.broken);
    }
    std::cout << "recreate, " << action << ": " << hits << " interruptions\n";
    CHECK(hits > 6);
}

} // namespace

// Two cases, since each takes minutes under the sanitizers.
TEST_CASE("a venv that is made again and killed anywhere is the old one or the new one")
{
    interrupt_everywhere("kill");
}

TEST_CASE("a venv that is made again on a disk that is full anywhere is the old one or the new one")
{
    interrupt_everywhere("enospc");
}
