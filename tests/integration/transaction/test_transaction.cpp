#include "fs/lock.hpp"
#include "remedy/work_area.hpp"
#include "scenario.hpp"
#include "support/catch.hpp"

#include <sys/stat.h>

namespace remedy = envfix::remedy;
using envfix::ErrorCode;
using remedy::Transaction;
using remedy::TransactionLog;

namespace {

TransactionLog open_log(const Scenario& scenario)
{
    auto log = TransactionLog::open(scenario.state());
    REQUIRE(log);
    return *log;
}

bool has(const std::string& path)
{
    return std::filesystem::exists(std::filesystem::symlink_status(path));
}

} // namespace

TEST_CASE("a committed transaction leaves the new files, a backup and nothing else")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    auto transaction = Transaction::begin(log, scenario.prepare("1a"));
    REQUIRE(transaction);
    CHECK(view(scenario.root()) == scenario.after);
    CHECK(log.in_flight() == std::vector<std::string>{"1a"});
    REQUIRE(transaction->commit());
    CHECK(view(scenario.root()) == scenario.after);
    CHECK(log.in_flight().empty());
    CHECK_FALSE(has(scenario.root() + "/.envfix/stage"));
    CHECK(has(scenario.root() + "/.envfix/backup/1a/manifest"));
    CHECK(start_again(scenario).empty());
    CHECK(view(scenario.root()) == scenario.after);
}

TEST_CASE("a reverted transaction leaves no trace")
{
    const Scenario scenario;
    const auto before = view(scenario.root(), true);
    auto log = open_log(scenario);
    auto transaction = Transaction::begin(log, scenario.prepare("1a"));
    REQUIRE(transaction);
    REQUIRE(transaction->revert());
    CHECK(transaction->kept().empty());
    CHECK(view(scenario.root(), true) == before);
    CHECK(log.in_flight().empty());
}

TEST_CASE("a file that somebody changed before the transaction is a conflict")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    const auto request = scenario.prepare("1a");
    scenario.folder().file("venv/lib/python3.11/site-packages/cffi/api.py", "mine");
    const auto changed = view(scenario.root());
    const auto transaction = Transaction::begin(log, request);
    REQUIRE_FALSE(transaction);
    CHECK(transaction.error().code == ErrorCode::plan_changed);
    CHECK_THAT(transaction.error().message, ContainsSubstring("cffi/api.py"));
    CHECK(view(scenario.root()) == changed);
    CHECK(log.in_flight().empty());
}

TEST_CASE("a file that somebody put where a new one was to come is a conflict")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    const auto request = scenario.prepare("1a");
    scenario.folder().file("venv/share/doc/cffi/readme", "mine");
    const auto changed = view(scenario.root());
    const auto transaction = Transaction::begin(log, request);
    REQUIRE_FALSE(transaction);
    CHECK(transaction.error().code == ErrorCode::plan_changed);
    CHECK(view(scenario.root()) == changed);
}

TEST_CASE("what somebody changes while the transaction is open is left as he made it")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    auto transaction = Transaction::begin(log, scenario.prepare("1a"));
    REQUIRE(transaction);
    // As pip does: a new file under the same name.
    std::filesystem::remove(scenario.site("_cffi_backend.so"));
    std::ofstream(scenario.site("_cffi_backend.so")) << "his";
    const auto his = view(scenario.root()).at("lib/python3.11/site-packages/_cffi_backend.so");

    const auto committed = transaction->commit();
    REQUIRE_FALSE(committed);
    CHECK(committed.error().code == ErrorCode::plan_changed);
    REQUIRE(transaction->revert());
    CHECK(transaction->kept() ==
          std::vector<std::string>{"lib/python3.11/site-packages/_cffi_backend.so"});
    auto expected = scenario.before;
    expected["lib/python3.11/site-packages/_cffi_backend.so"] = his;
    CHECK(view(scenario.root()) == expected);

    // The old file is not lost, and its backup grows old like any other, but is not undone over
    // his.
    const auto left = remedy::backups(scenario.root());
    REQUIRE(left);
    REQUIRE(left->size() == 1);
    CHECK(left->front().entries.size() == 1);
    const auto undone = remedy::undo(log, scenario.root(), "1a", "2b", 2'000);
    REQUIRE_FALSE(undone);
    CHECK(undone.error().code == ErrorCode::plan_changed);
    CHECK(view(scenario.root()) == expected);
}

TEST_CASE("an edit in place of a new file is not taken away")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    auto transaction = Transaction::begin(log, scenario.prepare("1a"));
    REQUIRE(transaction);
    std::ofstream(scenario.site("cffi/__init__.py"), std::ios::app) << "his line\n";
    REQUIRE_FALSE(transaction->commit());
    REQUIRE(transaction->revert());
    CHECK_THAT(view(scenario.root()).at("lib/python3.11/site-packages/cffi/__init__.py"),
               ContainsSubstring("his line"));
}

TEST_CASE("a link in the way leads nowhere")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    const auto request = scenario.prepare("1a");
    scenario.folder().folder("elsewhere");
    std::filesystem::rename(scenario.site("cffi"), scenario.folder() / "elsewhere/cffi");
    std::filesystem::create_directory_symlink(scenario.folder() / "elsewhere/cffi",
                                              scenario.site("cffi"));
    const auto elsewhere = view(scenario.folder() / "elsewhere");
    const auto transaction = Transaction::begin(log, request);
    REQUIRE_FALSE(transaction);
    CHECK(transaction.error().code == ErrorCode::plan_changed);
    CHECK(view(scenario.folder() / "elsewhere") == elsewhere);
}

TEST_CASE("requests that no transaction may be made of are refused before anything happens")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    auto request = scenario.prepare("1a");
    const auto untouched = view(scenario.root(), true);
    const auto refused = [&] {
        const auto transaction = Transaction::begin(log, request);
        REQUIRE_FALSE(transaction);
        CHECK(transaction.error().code == ErrorCode::malformed);
        CHECK(view(scenario.root(), true) == untouched);
    };
    SECTION("a path out of the root")
    {
        request.changes[0].path = "../other/file";
        refused();
    }
    SECTION("our own work area")
    {
        request.changes[0].path = ".envfix/backup/x";
        refused();
    }
    SECTION("a staged file that is not in the stage")
    {
        request.changes[0].staged = "bin/activate";
        refused();
    }
    SECTION("the same path twice")
    {
        request.changes.push_back(request.changes[0]);
        refused();
    }
    SECTION("a path below another")
    {
        request.changes[0].path = request.changes[1].path + "/x";
        refused();
    }
    SECTION("a run that is no name")
    {
        request.run = "../x";
        refused();
    }
    SECTION("nothing to do")
    {
        request.changes.clear();
        refused();
    }
}

TEST_CASE("folders outside of the site folders stay though they are empty")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    auto request = scenario.prepare("1a");
    request.sites.clear();
    auto transaction = Transaction::begin(log, request);
    REQUIRE(transaction);
    CHECK(has(scenario.site("cffi/old/deep")));
    REQUIRE(transaction->revert());
    CHECK(view(scenario.root()) == scenario.before);
}

TEST_CASE("a whole environment is exchanged in one step and given back by undo")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    const auto parent = envfix::fs::WriteTree::open(scenario.folder().path());
    REQUIRE(parent);
    REQUIRE(remedy::make_stage(*parent, "1a"));
    scenario.folder().file(".envfix/stage/1a/venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.13\n");
    const auto fresh = view(scenario.folder() / ".envfix/stage/1a/venv");
    const auto expected = parent->lstat("venv");
    REQUIRE(expected);
    remedy::TransactionRequest request{.run = "1a",
                                       .root = scenario.folder().path(),
                                       .sites = {},
                                       .changes = {{.path = "venv",
                                                    .staged = ".envfix/stage/1a/venv",
                                                    .expected = *expected,
                                                    .exchange = true}},
                                       .now_s = 1,
                                       .undoes = {},
                                       .directory_modes = {},
                                       .removable = {}};
    auto transaction = Transaction::begin(log, request);
    REQUIRE(transaction);
    CHECK(view(scenario.root()) == fresh);
    SECTION("reverted")
    {
        REQUIRE(transaction->revert());
        CHECK(view(scenario.root()) == scenario.before);
        CHECK_FALSE(has(scenario.folder() / ".envfix"));
    }
    SECTION("undone")
    {
        REQUIRE(transaction->commit());
        REQUIRE(remedy::undo(log, scenario.folder().path(), "1a", "2b", 2));
        CHECK(view(scenario.root()) == scenario.before);
    }
    SECTION("not undone once somebody installs something in it")
    {
        REQUIRE(transaction->commit());
        scenario.folder().file("venv/lib/his.py", "his");
        CHECK_FALSE(remedy::undo(log, scenario.folder().path(), "1a", "2b", 2));
        CHECK(has(scenario.root() + "/lib/his.py"));
    }
}

TEST_CASE("a run that is in flight is not begun again")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    auto transaction = Transaction::begin(log, scenario.prepare("1a"));
    REQUIRE(transaction);
    REQUIRE(transaction->revert());
    auto again = Transaction::begin(log, scenario.prepare("1a"));
    REQUIRE(again);
    CHECK(log.begun({.run = "1a", .root = "/", .undoes = {}, .made_s = 0, .sites = {}, .list = {}})
              .error()
              .code == ErrorCode::busy);
    REQUIRE(again->revert());
}

TEST_CASE("recovery waits for whoever holds the environment's lock")
{
    const Scenario scenario;
    {
        auto log = open_log(scenario);
        REQUIRE(Transaction::begin(log, scenario.prepare("1a")));
    }
    {
        const auto lock = envfix::fs::FileLock::directory(scenario.root());
        REQUIRE(lock);
        auto log = open_log(scenario);
        const auto recovered = remedy::recover(log);
        REQUIRE(recovered.size() == 1);
        CHECK(recovered[0].outcome == remedy::Recovered::Outcome::busy);
        CHECK(view(scenario.root()) == scenario.after);
    }
    const auto recovered = start_again(scenario);
    REQUIRE(recovered.size() == 1);
    CHECK(recovered[0].outcome == remedy::Recovered::Outcome::reverted);
    CHECK(view(scenario.root()) == scenario.before);
}

TEST_CASE("an environment that is away keeps its transaction until it comes back")
{
    const Scenario scenario;
    {
        auto log = open_log(scenario);
        REQUIRE(Transaction::begin(log, scenario.prepare("1a")));
    }
    std::filesystem::rename(scenario.root(), scenario.folder() / "away");
    {
        auto log = open_log(scenario);
        const auto recovered = remedy::recover(log);
        REQUIRE(recovered.size() == 1);
        CHECK(recovered[0].outcome == remedy::Recovered::Outcome::unreachable);
    }
    std::filesystem::rename(scenario.folder() / "away", scenario.root());
    CHECK(start_again(scenario).size() == 1);
    CHECK(view(scenario.root()) == scenario.before);
}

TEST_CASE("a backup that was removed by hand makes recovery finish instead of losing the files")
{
    const Scenario scenario;
    {
        auto log = open_log(scenario);
        REQUIRE(Transaction::begin(log, scenario.prepare("1a")));
    }
    std::filesystem::remove_all(scenario.root() + "/.envfix/backup");
    const auto recovered = start_again(scenario);
    REQUIRE(recovered.size() == 1);
    CHECK(recovered[0].outcome == remedy::Recovered::Outcome::finished);
    CHECK(view(scenario.root()) == scenario.after);
    CHECK(start_again(scenario).empty());
}

TEST_CASE("a stage that was removed by hand does not keep recovery from going back")
{
    const Scenario scenario;
    {
        auto log = open_log(scenario);
        REQUIRE(Transaction::begin(log, scenario.prepare("1a")));
    }
    std::filesystem::remove_all(scenario.root() + "/.envfix/stage");
    CHECK(start_again(scenario).size() == 1);
    CHECK(view(scenario.root()) == scenario.before);
    CHECK_FALSE(has(scenario.root() + "/.envfix"));
}

TEST_CASE("an environment that was made anew after the crash is left alone")
{
    const Scenario scenario;
    {
        auto log = open_log(scenario);
        REQUIRE(Transaction::begin(log, scenario.prepare("1a")));
    }
    std::filesystem::remove_all(scenario.root());
    scenario.folder().file("venv/lib/python3.11/site-packages/cffi/__init__.py", "anew");
    const auto anew = view(scenario.root());
    CHECK(start_again(scenario).size() == 1);
    CHECK(view(scenario.root()) == anew);
}

TEST_CASE("the log stays short over many transactions")
{
    const Scenario scenario;
    auto log = open_log(scenario);
    for (int i = 0; i < 300; ++i) {
        const auto run = std::to_string(i);
        auto transaction = Transaction::begin(log, scenario.prepare(run));
        REQUIRE(transaction);
        REQUIRE(transaction->revert());
    }
    CHECK(std::filesystem::file_size(scenario.state() + "/transactions") < 1'000'000);
    CHECK(view(scenario.root()) == scenario.before);
}
