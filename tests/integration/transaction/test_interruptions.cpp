#include "fs/fault.hpp"
#include "remedy/work_area.hpp"
#include "scenario.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

// At each named point, and each time that it is passed, the work is killed, made to fail, or left
// hanging; then the daemon starts again, twice.

namespace remedy = envfix::remedy;
namespace fault = envfix::fs::fault;
using remedy::Transaction;
using remedy::TransactionLog;

namespace {

enum class Work { fix, fix_and_revert, undo };

bool do_fix(const Scenario& scenario, bool keep)
{
    auto log = TransactionLog::open(scenario.state());
    if (!log) return false;
    auto transaction = Transaction::begin(*log, scenario.prepare("1a"));
    if (!transaction) return false;
    if (!keep) return transaction->revert().has_value();
    if (transaction->commit()) return true;
    static_cast<void>(transaction->revert());
    return false;
}

bool do_undo(const Scenario& scenario)
{
    auto log = TransactionLog::open(scenario.state());
    return log && remedy::undo(*log, scenario.root(), "1a", "2b", 2'000).has_value();
}

bool perform(Work work, const Scenario& scenario)
{
    switch (work) {
    case Work::fix: return do_fix(scenario, true);
    case Work::fix_and_revert: return do_fix(scenario, false);
    case Work::undo: return do_undo(scenario);
    }
    return false;
}

void make_ready(Work work, const Scenario& scenario)
{
    if (work == Work::undo) REQUIRE(do_fix(scenario, true));
}

bool exists(const std::string& path)
{
    return std::filesystem::exists(std::filesystem::symlink_status(path));
}

/// After a start: wholly old or wholly new, nothing left over, nothing lost, and settled.
void check_whole(Work work, const Scenario& scenario, Ended ended)
{
    const auto now = view(scenario.root());
    const bool is_old = now == scenario.before;
    const bool is_new = now == scenario.after;
    CHECK((is_old || is_new));
    if (ended == Ended::well) CHECK(is_new == (work == Work::fix));
    if (work == Work::fix_and_revert) CHECK(is_old);
    CHECK_FALSE(exists(scenario.root() + "/.envfix/stage"));

    const auto settled = view(scenario.root(), true);
    CHECK(start_again(scenario).empty());
    CHECK(view(scenario.root(), true) == settled);

    // Whatever stands can be taken back, byte for byte.
    const auto kept = remedy::backups(scenario.root());
    REQUIRE(kept);
    if (work != Work::undo) CHECK(kept->size() == (is_new ? 1 : 0));
    if (work == Work::undo) CHECK(kept->size() == 1);
    if (work == Work::fix_and_revert) CHECK_FALSE(exists(scenario.root() + "/.envfix"));
    if (is_new) {
        auto log = TransactionLog::open(scenario.state());
        REQUIRE(log);
        REQUIRE(remedy::undo(*log, scenario.root(), "1a", "9f", 9'000));
        CHECK(view(scenario.root()) == scenario.before);
    }
}

/// All passes of each point, not only the first ones: `tests/run --long`.
bool is_long()
{
    return std::getenv("ENVFIX_LONG_TESTS") != nullptr;
}

/// How often each point was passed on the way, by trying until it is passed no more.
int interrupt_everywhere(Work work, const std::string& action)
{
    int hits = 0;
    for (const auto& name : fault::names()) {
        for (int nth = 1;; ++nth) {
            const Scenario scenario;
            make_ready(work, scenario);
            const auto spec = name + "=" + action + ":" + std::to_string(nth);
            INFO(spec);
            const auto ended = in_child(spec, [&] { return perform(work, scenario); });
            if (ended == Ended::well && (action == "kill" || action == "hang")) break;
            start_again(scenario);
            check_whole(work, scenario, ended);
            ++hits;
            // With a fault that does no harm the end of the passes is not seen.
            constexpr int k_most = 40;
            if (ended == Ended::well || nth == (is_long() ? k_most : 2)) break;
        }
    }
    return hits;
}

} // namespace

TEST_CASE("the points come from the program itself")
{
    const auto names = fault::names();
    CHECK(names.size() > 20);
    CHECK(std::find(names.begin(), names.end(), "transaction.place.before") != names.end());
    CHECK(std::is_sorted(names.begin(), names.end()));
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("a fix that is interrupted anywhere leaves the old or the new environment")
{
    const auto* const action = GENERATE("kill", "enospc", "eio", "hang");
    const auto hits = interrupt_everywhere(Work::fix, action);
    std::cout << "fix, " << action << ": " << hits << " interruptions\n";
    CHECK(hits > 30);
}

TEST_CASE("a revert that is interrupted anywhere leaves the old environment")
{
    const auto* const action = GENERATE("kill", "enospc", "eio", "hang");
    const auto hits = interrupt_everywhere(Work::fix_and_revert, action);
    std::cout << "revert, " << action << ": " << hits << " interruptions\n";
    CHECK(hits > 30);
}

TEST_CASE("an undo that is interrupted anywhere leaves the old or the new environment")
{
    const auto* const action = GENERATE("kill", "enospc", "eio", "hang");
    const auto hits = interrupt_everywhere(Work::undo, action);
    std::cout << "undo, " << action << ": " << hits << " interruptions\n";
    CHECK(hits > 30);
}

TEST_CASE("a disk that stays full leaves the old or the new environment")
{
    for (const auto& name : fault::names()) {
        const Scenario scenario;
        INFO(name);
        const auto ended =
            in_child(name + "=enospc:1+", [&] { return perform(Work::fix, scenario); });
        start_again(scenario);
        check_whole(Work::fix, scenario, ended);
    }
}

TEST_CASE("a recovery that is itself killed anywhere is completed by the next one")
{
    const auto* const first =
        GENERATE("transaction.place.after=kill:3", "transaction.renamed=kill",
                 "transaction.commit.record=kill", "transaction.clean-up=kill",
                 "transaction.displace.rename=kill:2");
    int hits = 0;
    for (const auto& name : fault::names()) {
        for (int nth = 1;; ++nth) {
            const Scenario scenario;
            REQUIRE(in_child(first, [&] { return perform(Work::fix, scenario); }) == Ended::killed);
            const auto spec = name + "=kill:" + std::to_string(nth);
            INFO(first << ", then " << spec);
            const auto ended = in_child(spec, [&] {
                auto log = TransactionLog::open(scenario.state());
                if (log) remedy::recover(*log);
                return log.has_value();
            });
            if (ended == Ended::well) break;
            ++hits;
            start_again(scenario);
            check_whole(Work::fix, scenario, Ended::killed);
        }
    }
    CHECK(hits > 3);
}

TEST_CASE("the log may be cut at every byte of its last record")
{
    // The record of the commit is the last one: whole, the fix stands; cut, it goes back.
    std::uintmax_t record = 0;
    for (std::uintmax_t cut = 0; cut <= record; ++cut) {
        const Scenario scenario;
        REQUIRE(in_child("transaction.clean-up=kill",
                         [&] { return perform(Work::fix, scenario); }) == Ended::killed);
        const auto path = scenario.state() + "/transactions";
        std::ifstream in(path, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        const auto start = bytes.rfind("EFR1");
        REQUIRE(start != bytes.npos);
        REQUIRE(start > 0);
        record = bytes.find_last_not_of('\0') + 1 - start;
        std::filesystem::resize_file(path, start + cut);
        INFO("cut after " << cut << " of " << record);
        start_again(scenario);
        CHECK(view(scenario.root()) == (cut == record ? scenario.after : scenario.before));
        CHECK(start_again(scenario).empty());
    }
    CHECK(record > 20);
}

TEST_CASE("a commit whose record may or may not be on disk does not fix what was taken back")
{
    // The sync after the record fails, and the revert that follows is killed half way.
    const Scenario scenario;
    REQUIRE(in_child("record-log.append.after=eio:2,transaction.take-back.after=kill:4",
                     [&] { return perform(Work::fix, scenario); }) == Ended::killed);
    start_again(scenario);
    check_whole(Work::fix, scenario, Ended::killed);
}

TEST_CASE("an exchange of a whole environment that is killed anywhere leaves the old or the new one")
{
    int hits = 0;
    for (const auto& name : fault::names()) {
        for (int nth = 1;; ++nth) {
            const Scenario scenario;
            const auto parent = scenario.folder().path();
            const auto tree = envfix::fs::WriteTree::open(parent);
            REQUIRE(tree);
            REQUIRE(remedy::make_stage(*tree, "1a"));
            scenario.folder().file(".envfix/stage/1a/venv/pyvenv.cfg", "version = 3.13\n");
            const auto fresh = view(parent + "/.envfix/stage/1a/venv");
            remedy::TransactionRequest request;
            request.run = "1a";
            request.root = parent;
            request.changes = {{.path = "venv",
                                .staged = ".envfix/stage/1a/venv",
                                .expected = *tree->lstat("venv"),
                                .exchange = true}};
            const auto spec = name + "=kill:" + std::to_string(nth);
            INFO(spec);
            const auto ended = in_child(spec, [&] {
                auto log = TransactionLog::open(scenario.state());
                if (!log) return false;
                auto transaction = Transaction::begin(*log, request);
                return transaction && transaction->commit();
            });
            {
                auto log = TransactionLog::open(scenario.state());
                REQUIRE(log);
                remedy::recover(*log);
                REQUIRE(remedy::remove_dead_stages(*log, parent));
                CHECK(remedy::recover(*log).empty());
            }
            const auto now = view(scenario.root());
            CHECK((now == scenario.before || now == fresh));
            CHECK_FALSE(exists(parent + "/.envfix/stage"));
            CHECK(exists(parent + "/.envfix") == (now == fresh));
            if (ended == Ended::well) break;
            ++hits;
        }
    }
    CHECK(hits > 10);
}

TEST_CASE("the undo of an exchange of a whole environment that is interrupted anywhere leaves the old or the new one")
{
    const auto* const action = GENERATE("kill", "enospc", "eio", "hang");
    int hits = 0;
    bool exchanged = false;
    for (const auto& name : fault::names()) {
        for (int nth = 1;; ++nth) {
            const Scenario scenario;
            const auto parent = scenario.folder().path();
            const auto tree = envfix::fs::WriteTree::open(parent);
            REQUIRE(tree);
            REQUIRE(remedy::make_stage(*tree, "1a"));
            scenario.folder().file(".envfix/stage/1a/venv/pyvenv.cfg", "version = 3.13\n");
            const auto fresh = view(parent + "/.envfix/stage/1a/venv");
            {
                auto log = TransactionLog::open(scenario.state());
                REQUIRE(log);
                auto fix = Transaction::begin(*log, {.run = "1a",
                                                     .root = parent,
                                                     .sites = {},
                                                     .changes = {{.path = "venv",
                                                                  .staged = ".envfix/stage/1a/venv",
                                                                  .expected = *tree->lstat("venv"),
                                                                  .exchange = true}}});
                REQUIRE(fix);
                REQUIRE(fix->commit());
            }
            REQUIRE(view(scenario.root()) == fresh);
            const auto spec = name + "=" + action + ":" + std::to_string(nth);
            INFO(spec);
            const auto ended = in_child(spec, [&] {
                auto log = TransactionLog::open(scenario.state());
                return log && remedy::undo(*log, parent, "1a", "2b", 2'000).has_value();
            });
            {
                auto log = TransactionLog::open(scenario.state());
                REQUIRE(log);
                remedy::recover(*log);
                REQUIRE(remedy::remove_dead_stages(*log, parent));
                CHECK(remedy::recover(*log).empty());
            }
            const auto now = view(scenario.root());
            CHECK((now == scenario.before || now == fresh));
            CHECK_FALSE(exists(parent + "/.envfix/stage"));
            // Either the run can still be taken back, or the undo itself can.
            const auto kept = remedy::backups(parent);
            REQUIRE(kept);
            REQUIRE(kept->size() == 1);
            CHECK(kept->front().run == (now == fresh ? "1a" : "2b"));
            auto log = TransactionLog::open(scenario.state());
            REQUIRE(remedy::undo(*log, parent, kept->front().run, "9f", 9'000));
            CHECK(view(scenario.root()) == (now == fresh ? scenario.before : fresh));
            if (ended == Ended::well) {
                CHECK(now == scenario.before);
                break;
            }
            exchanged = exchanged || name.starts_with("transaction.exchange.");
            ++hits;
            if (!is_long() && nth == 2) break;
        }
    }
    std::cout << "undo of an exchange, " << action << ": " << hits << " interruptions\n";
    CHECK(hits > 10);
    CHECK(exchanged);
}
