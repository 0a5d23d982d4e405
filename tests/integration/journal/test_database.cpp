#include "journal/database.hpp"
#include "journal/journal.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sqlite3.h>

#include <filesystem>
#include <map>
#include <set>

using namespace envfix;
using namespace envfix::journal;
namespace files = std::filesystem;

namespace {

std::string bytes_of(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::set<std::string> aside_in(const std::string& folder)
{
    std::set<std::string> names;
    for (const auto& entry : files::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        if (name.find(".damaged") != std::string::npos) names.insert(name);
    }
    return names;
}

/// A journal with one attempt in it.
void fill(const std::string& state)
{
    auto journal = Journal::open(state);
    REQUIRE(journal);
    REQUIRE(journal->note_attempt({.environment = "e", .policy = "p", .findings = {"f"}, .at_s = 7}));
}

/// While it lives, one kind of access to files of SQLite fails with one result code.
class FailingDisk {
public:
    enum class Access { read, write, sync };

    FailingDisk(Access access, int result)
    {
        s_access = access;
        s_result = result;
        s_original = ::sqlite3_vfs_find(nullptr);
        m_failing = *s_original;
        m_failing.zName = "failing";
        m_failing.xOpen = open;
        REQUIRE(::sqlite3_vfs_register(&m_failing, 1) == SQLITE_OK);
    }

    ~FailingDisk()
    {
        ::sqlite3_vfs_unregister(&m_failing);
        ::sqlite3_vfs_register(s_original, 1);
    }

    FailingDisk(const FailingDisk&) = delete;
    FailingDisk& operator=(const FailingDisk&) = delete;
    FailingDisk(FailingDisk&&) = delete;
    FailingDisk& operator=(FailingDisk&&) = delete;

private:
    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out)
    {
        const int opened = s_original->xOpen(vfs, name, file, flags, out);
        if (opened != SQLITE_OK || file->pMethods == nullptr) return opened;
        // The log has other methods than the database: each kind of file keeps its own.
        auto& methods = s_methods[file->pMethods];
        methods = *file->pMethods;
        if (s_access == Access::read)
            methods.xRead = [](sqlite3_file*, void*, int, sqlite3_int64) { return s_result; };
        if (s_access == Access::write)
            methods.xWrite = [](sqlite3_file*, const void*, int, sqlite3_int64) { return s_result; };
        if (s_access == Access::sync) methods.xSync = [](sqlite3_file*, int) { return s_result; };
        file->pMethods = &methods;
        return SQLITE_OK;
    }

    static inline Access s_access{};
    static inline int s_result = SQLITE_OK;
    static inline sqlite3_vfs* s_original = nullptr;
    static inline std::map<const sqlite3_io_methods*, sqlite3_io_methods> s_methods;
    sqlite3_vfs m_failing{};
};

constexpr const char* k_next_version = "ALTER TABLE attempts ADD COLUMN note TEXT NOT NULL DEFAULT 'none'";
constexpr int k_version = 2;

/// All steps of the journal and one that is to come.
std::vector<const char*> with_next()
{
    const auto known = migrations();
    REQUIRE(known.size() == k_version);
    std::vector<const char*> steps(known.begin(), known.end());
    steps.push_back(k_next_version);
    return steps;
}

} // namespace

TEST_CASE("each damaged journal is kept, up to eight")
{
    const TempFolder folder;
    const auto state = folder / "state";
    for (int i = 1; i <= 10; ++i) {
        fill(state);
        std::ofstream(state + "/journal.sqlite", std::ios::binary | std::ios::trunc)
            << std::string(5'000, 'x') << i;
        const auto journal = Journal::open(state);
        REQUIRE(journal);
        const auto aside = state + "/journal.sqlite.damaged-" + std::to_string(i);
        CHECK(bytes_of(aside) == std::string(5'000, 'x') + std::to_string(i));
        CHECK_THAT(journal->degraded(), ContainsSubstring(aside));
    }
    std::set<std::string> last;
    for (int i = 3; i <= 10; ++i)
        last.insert("journal.sqlite.damaged-" + std::to_string(i));
    CHECK(aside_in(state) == last);
}

TEST_CASE("a disk that fails for a while costs no journal")
{
    using Access = FailingDisk::Access;
    const auto [access, result] = GENERATE(
        table<Access, int>({{Access::read, SQLITE_IOERR_READ},
                            {Access::read, SQLITE_BUSY},
                            {Access::write, SQLITE_IOERR_WRITE},
                            {Access::write, SQLITE_FULL},
                            {Access::sync, SQLITE_IOERR_FSYNC}}));
    CAPTURE(result);
    const TempFolder folder;
    const auto state = folder / "state";
    fill(state);
    {
        const FailingDisk disk(access, result);
        auto journal = Journal::open(state);
        if (journal) CHECK_FALSE(journal->note_attempt({.environment = "e", .policy = "p", .findings = {}, .at_s = 8}));
    }
    CHECK(aside_in(state).empty());
    const auto journal = Journal::open(state);
    REQUIRE(journal);
    CHECK(journal->degraded().empty());
    CHECK(journal->attempts(0)->size() == 1);
}

TEST_CASE("a journal that has no version yet is given one")
{
    const TempFolder folder;
    const auto state = folder.folder("state");
    files::permissions(state, files::perms::owner_all);
    SQLite::Database(state + "/journal.sqlite", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("VACUUM");
    fill(state);
    const auto journal = Journal::open(state);
    REQUIRE(journal);
    CHECK(journal->degraded().empty());
    CHECK(journal->attempts(0)->size() == 1);
    CHECK(aside_in(state).empty());
}

TEST_CASE("a journal of an older version is brought to the present one with all that is in it")
{
    const TempFolder folder;
    const auto state = folder / "state";
    fill(state);
    auto opened = open_database(state, with_next());
    REQUIRE(opened);
    CHECK(opened->trouble.empty());
    CHECK(opened->database->execAndGet("PRAGMA user_version").getInt() == k_version + 1);
    CHECK(opened->database->execAndGet("SELECT environment || note FROM attempts").getString() == "enone");
    opened->database.reset();
    const auto again = open_database(state, with_next());
    REQUIRE(again);
    CHECK(again->database->execAndGet("SELECT count(*) FROM attempts").getInt() == 1);
}

TEST_CASE("a journal of a newer version is left as it is, and its reader is told what to do")
{
    const TempFolder folder;
    const auto state = folder / "state";
    fill(state);
    REQUIRE(open_database(state, with_next()));
    const auto bytes = bytes_of(state + "/journal.sqlite");
    const auto refused = Journal::open(state);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::not_supported);
    CHECK_THAT(refused.error().message, ContainsSubstring("version 3") && ContainsSubstring("knows version 2") &&
                                            ContainsSubstring("install the newer one again, or move the file away"));
    CHECK(bytes_of(state + "/journal.sqlite") == bytes);
    CHECK(aside_in(state).empty());
    CHECK(open_database(state, with_next()));
}

TEST_CASE("a journal of the first version keeps its runs and learns what their backups were")
{
    const TempFolder folder;
    const auto state = folder / "state";
    const std::vector<const char*> first{migrations().front()};
    {
        auto opened = open_database(state, first);
        REQUIRE(opened);
        opened->database->exec("INSERT INTO attempts (environment, policy, findings, at_s, automatic, worked) "
                               "VALUES ('e', 'p', x'', 7, 0, 0)");
    }
    auto journal = Journal::open(state);
    REQUIRE(journal);
    CHECK(journal->degraded().empty());
    CHECK(journal->attempts(0)->size() == 1);
    CHECK(*journal->manifest("1a") == "");
    REQUIRE(journal->note_manifest("1a", "aa"));
    REQUIRE(journal->note_manifest("1a", "bb"));
    CHECK(*journal->manifest("1a") == "bb");
    CHECK(*Journal::open(state)->manifest("1a") == "bb");
}
