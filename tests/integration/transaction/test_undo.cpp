#include "fs/crc32c.hpp"
#include "remedy/manifest.hpp"
#include "scenario.hpp"
#include "support/catch.hpp"

namespace remedy = envfix::remedy;
using envfix::ErrorCode;
using remedy::Transaction;
using remedy::TransactionLog;

namespace {

/// The scenario's fix, made and kept.
TransactionLog fixed(const Scenario& scenario, const std::string& run)
{
    auto log = TransactionLog::open(scenario.state());
    REQUIRE(log);
    auto transaction = Transaction::begin(*log, scenario.prepare(run));
    REQUIRE(transaction);
    REQUIRE(transaction->commit());
    return *log;
}

remedy::TransactionRequest change_one(const Scenario& scenario, const std::string& run,
                                      const std::string& path)
{
    const auto tree = envfix::fs::WriteTree::open(scenario.root());
    REQUIRE(tree);
    remedy::TransactionRequest request{.run = run,
                                       .root = scenario.root(),
                                       .sites = {},
                                       .changes = {{.path = path,
                                                    .staged = ".envfix/stage/" + run + "/new",
                                                    .expected = *tree->lstat(path),
                                                    .exchange = false}},
                                       .now_s = 2'000,
                                       .undoes = {},
                                       .directory_modes = {},
                                       .removable = {}};
    scenario.folder().file("venv/.envfix/stage/" + run + "/new", "by run " + run);
    return request;
}

const std::string k_init = "lib/python3.11/site-packages/cffi/__init__.py";

} // namespace

TEST_CASE("undo gives every byte, mode and time back")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    CHECK(view(scenario.root()) == scenario.after);
    REQUIRE(remedy::undo(log, scenario.root(), "1a", "2b", 2'000));
    CHECK(view(scenario.root()) == scenario.before);
    const auto left = remedy::backups(scenario.root());
    REQUIRE(left);
    REQUIRE(left->size() == 1);
    CHECK(left->front().run == "2b");
    CHECK(left->front().undoes == "1a");
    CHECK(remedy::undo(log, scenario.root(), "1a", "3c", 3'000).error().code ==
          ErrorCode::not_found);
}

TEST_CASE("an undo can be undone")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    REQUIRE(remedy::undo(log, scenario.root(), "1a", "2b", 2'000));
    REQUIRE(remedy::undo(log, scenario.root(), "2b", "3c", 3'000));
    CHECK(view(scenario.root()) == scenario.after);
    REQUIRE(remedy::undo(log, scenario.root(), "3c", "4d", 4'000));
    CHECK(view(scenario.root()) == scenario.before);
}

TEST_CASE("undo refuses where the run's files have changed, and names them")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    std::ofstream(scenario.site("cffi/__init__.py")) << "his";
    const auto his = view(scenario.root());
    const auto undone = remedy::undo(log, scenario.root(), "1a", "2b", 2'000);
    REQUIRE_FALSE(undone);
    CHECK(undone.error().code == ErrorCode::plan_changed);
    CHECK_THAT(undone.error().message, ContainsSubstring("cffi/__init__.py"));
    CHECK(view(scenario.root()) == his);
}

TEST_CASE("undo refuses where a removed file is there again")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    std::ofstream(scenario.site("cffi/api.py")) << "his";
    CHECK(remedy::undo(log, scenario.root(), "1a", "2b", 2'000).error().code ==
          ErrorCode::plan_changed);
    CHECK(std::filesystem::file_size(scenario.site("cffi/api.py")) == 3);
}

TEST_CASE("undo refuses where a later run touched the same, and names the run")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    auto later = Transaction::begin(log, change_one(scenario, "2b", k_init));
    REQUIRE(later);
    REQUIRE(later->commit());
    const auto undone = remedy::undo(log, scenario.root(), "1a", "3c", 3'000);
    REQUIRE_FALSE(undone);
    CHECK_THAT(undone.error().message, ContainsSubstring("2b"));

    REQUIRE(remedy::undo(log, scenario.root(), "2b", "4d", 4'000));
    CHECK(view(scenario.root()) == scenario.after);
}

TEST_CASE("an older run can be undone where later ones do not stand in its way")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    auto later = Transaction::begin(log, change_one(scenario, "2b", "bin/activate"));
    REQUIRE(later);
    REQUIRE(later->commit());
    REQUIRE(remedy::undo(log, scenario.root(), "1a", "3c", 3'000));
    auto expected = scenario.before;
    expected["bin/activate"] = view(scenario.root()).at("bin/activate");
    CHECK(view(scenario.root()) == expected);
}

TEST_CASE("a backup that somebody changed is not put back")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    scenario.folder().file("venv/.envfix/backup/1a/files/" + k_init, "forged");
    const auto undone = remedy::undo(log, scenario.root(), "1a", "2b", 2'000);
    REQUIRE_FALSE(undone);
    CHECK_THAT(undone.error().message, ContainsSubstring("no longer whole"));
    CHECK(view(scenario.root()) == scenario.after);
}

TEST_CASE("backups go when they are too old or too many, the oldest first")
{
    const auto backup = [](const std::string& run, std::int64_t made_s, std::uint64_t bytes) {
        remedy::Backup made;
        made.run = run;
        made.made_s = made_s;
        made.bytes = bytes;
        return made;
    };
    const std::vector<remedy::Backup> all{backup("a", 100, 10), backup("b", 200, 20),
                                          backup("c", 300, 30)};
    const remedy::BackupBudget roomy{.age_s = 1'000, .bytes = 1'000};
    CHECK(remedy::expired_backups(all, 400, roomy).empty());
    CHECK(remedy::expired_backups(all, 1'150, roomy) == std::vector<std::string>{"a"});
    CHECK(remedy::expired_backups(all, 400, {.age_s = 1'000, .bytes = 50}) ==
          std::vector<std::string>{"a"});
    CHECK(remedy::expired_backups(all, 400, {.age_s = 1'000, .bytes = 0}) ==
          std::vector<std::string>{"a", "b", "c"});
    // The clock was set back.
    CHECK(remedy::expired_backups(all, -5'000, roomy).empty());
}

TEST_CASE("a removed backup leaves no trace")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    REQUIRE(remedy::remove_backup(scenario.root(), "1a"));
    CHECK_FALSE(std::filesystem::exists(scenario.root() + "/.envfix"));
    CHECK(view(scenario.root()) == scenario.after);
    CHECK(remedy::remove_backup(scenario.root(), "1a"));
    CHECK(remedy::remove_backup(scenario.root(), "../../x").error().code == ErrorCode::malformed);
}

TEST_CASE("a manifest reads back as it was written, whatever the names in it")
{
    remedy::Backup backup;
    backup.run = "1a";
    backup.sequence = 7;
    backup.made_s = -3;
    backup.bytes = 12;
    backup.sites = {"", "lib/site packages"};
    backup.made_directories = {"a\nb"};
    backup.removed_directories = {{"c\xff", 0750}};
    backup.entries = {{.path = "x y%/\x01z",
                       .old = {.exists = true,
                               .type = envfix::fs::FileType::regular,
                               .sha256 = "ab",
                               .size = 3,
                               .mode = 0640,
                               .mtime_ns = -5},
                       .placed = {}}};
    const auto text = remedy::to_text(backup);
    const auto read = remedy::parse_manifest(text);
    REQUIRE(read);
    CHECK(*read == backup);
    for (std::size_t cut = 0; cut < text.size(); ++cut)
        CHECK_FALSE(remedy::parse_manifest(text.substr(0, cut)));
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto damaged = text;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        CHECK_FALSE(remedy::parse_manifest(damaged));
    }
}

TEST_CASE("a manifest that leads out of the backup is refused")
{
    const std::string body = "envfix-backup 1\nrun 1a\npath ../../etc/passwd - -\n";
    CHECK_FALSE(
        remedy::parse_manifest(body + "end " + std::to_string(envfix::fs::crc32c(body)) + "\n"));
}

namespace {

/// The manifest with one thing changed, and the sum that fits again.
void forge(const std::string& path, const std::string& old, const std::string& now)
{
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    in.close();
    text.resize(text.rfind("\nend ") + 1);
    const auto at = text.find(old);
    REQUIRE(at != text.npos);
    text.replace(at, old.size(), now);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text << "end " << envfix::fs::crc32c(text) << "\n";
}

} // namespace

TEST_CASE("undo refuses a manifest that is not the one that was written when the run ended")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    const auto written = remedy::backups(scenario.root())->front().manifest_sha256;
    CHECK(written.size() == 64);
    const auto manifest = scenario.root() + "/.envfix/backup/1a/manifest";
    forge(manifest, "made 1", "made 2"); // harmless, and all that a sum of our own could tell
    const auto all = view(scenario.root(), true);
    const auto undone = remedy::undo(log, scenario.root(), "1a", "2b", 2'000, written);
    REQUIRE_FALSE(undone);
    CHECK(undone.error().code == ErrorCode::plan_changed);
    CHECK(undone.error().message == "run 1a cannot be undone: somebody has changed the list of its files, "
                                    ".envfix/backup/1a/manifest, since the run ended; nothing was touched");
    CHECK(view(scenario.root(), true) == all);

    forge(manifest, "made 2", "made 1");
    CHECK(remedy::undo(log, scenario.root(), "1a", "2b", 2'000, written));
    CHECK(view(scenario.root()) == scenario.before);
}

TEST_CASE("undo says of a manifest that it is damaged, not that there is none")
{
    const Scenario scenario;
    auto log = fixed(scenario, "1a");
    CHECK(*remedy::root_of_backup(scenario.root(), "1a") == scenario.root());
    CHECK(remedy::root_of_backup(scenario.root(), "2b").error().code == ErrorCode::not_found);
    std::ofstream(scenario.root() + "/.envfix/backup/1a/manifest", std::ios::app) << "more\n";
    const auto root = remedy::root_of_backup(scenario.root(), "1a");
    REQUIRE_FALSE(root);
    CHECK(root.error().code == ErrorCode::plan_changed);
    CHECK_THAT(root.error().message, ContainsSubstring("was changed or damaged"));
}
