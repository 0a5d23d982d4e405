#include "journal/database.hpp"

#include "fs/fault.hpp"
#include "fs/write_tree.hpp"

#include <sqlite3.h>

#include <array>

namespace envfix::journal {

namespace {

constexpr const char* k_name = "journal.sqlite";
constexpr int k_busy_ms = 5'000;

/// Each entry brings the schema one version further; the version is the number of entries.
constexpr std::array k_migrations{
    R"(
CREATE TABLE plans (
    id TEXT PRIMARY KEY, environment TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    created_s INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX plans_by_environment ON plans (environment, created_s);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, plan TEXT NOT NULL,
    environment TEXT NOT NULL, path BLOB NOT NULL, policy TEXT NOT NULL, approved_by TEXT NOT NULL,
    findings BLOB NOT NULL, started_s INTEGER NOT NULL, ended_s INTEGER NOT NULL,
    state TEXT NOT NULL, summary BLOB NOT NULL, proof BLOB NOT NULL) STRICT;
CREATE INDEX runs_by_environment ON runs (environment, number);
CREATE TABLE events (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL, at_ms INTEGER NOT NULL, step TEXT NOT NULL,
    text BLOB NOT NULL) STRICT;
CREATE INDEX events_by_run ON events (run, number);
CREATE TABLE attempts (
    number INTEGER PRIMARY KEY, environment TEXT NOT NULL, policy TEXT NOT NULL,
    findings BLOB NOT NULL, at_s INTEGER NOT NULL, automatic INTEGER NOT NULL,
    worked INTEGER NOT NULL) STRICT;
CREATE INDEX attempts_by_time ON attempts (at_s);
CREATE INDEX attempts_by_policy ON attempts (environment, policy);
CREATE TABLE states (
    environment TEXT PRIMARY KEY, path BLOB NOT NULL, state TEXT NOT NULL,
    fingerprint TEXT NOT NULL, at_s INTEGER NOT NULL) STRICT;
)"};

/// Why the file cannot be used; empty: it can. The quick check would not see an index that has come
/// apart from its table, and what was recorded would not be found again.
std::string fault_of(SQLite::Database& database)
{
    SQLite::Statement check(database, "PRAGMA integrity_check(1)");
    if (!check.executeStep()) return "it could not be checked";
    const std::string said = check.getColumn(0).getString();
    if (said != "ok") return said;
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    if (version < 0 || static_cast<std::size_t>(version) > k_migrations.size())
        return "it is of version " + std::to_string(version) + ", which is newer than this program";
    return {};
}

void migrate(SQLite::Database& database)
{
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    for (auto next = static_cast<std::size_t>(version); next < k_migrations.size(); ++next) {
        SQLite::Transaction transaction(database);
        database.exec(k_migrations[next]);
        database.exec("PRAGMA user_version = " + std::to_string(next + 1));
        transaction.commit();
    }
}

std::unique_ptr<SQLite::Database> open_file(const std::string& path)
{
    auto database = std::make_unique<SQLite::Database>(
        path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLITE_OPEN_NOFOLLOW, k_busy_ms);
    int now = 0;
    sqlite3_db_config(database->getHandle(), SQLITE_DBCONFIG_DEFENSIVE, 1, &now);
    sqlite3_db_config(database->getHandle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &now);
    database->exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "PRAGMA wal_autocheckpoint = 256; PRAGMA cell_size_check = ON;"
                   "PRAGMA mmap_size = 0");
    return database;
}

/// Opens what is there. Throws for what SQLite cannot read; says in `trouble` what it can, and we
/// cannot use.
std::unique_ptr<SQLite::Database> open_sound(const std::string& path, std::string& trouble)
{
    auto database = open_file(path);
    trouble = fault_of(*database);
    if (!trouble.empty()) return nullptr;
    migrate(*database);
    return database;
}

} // namespace

bool is_damage(const SQLite::Exception& error)
{
    const int code = error.getErrorCode() & 0xFF;
    // Our statements are constant: one that is wrong all of a sudden means that the schema is.
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR ||
           code == SQLITE_SCHEMA || code == SQLITE_MISMATCH || code == SQLITE_FORMAT;
}

Error to_error(const std::string& doing, const SQLite::Exception& error)
{
    auto code = ErrorCode::io;
    switch (error.getErrorCode() & 0xFF) {
    case SQLITE_FULL: code = ErrorCode::no_space; break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: code = ErrorCode::busy; break;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: code = ErrorCode::denied; break;
    default: break;
    }
    return {.code = code, .message = "the journal, " + doing + ": " + error.what()};
}

Result<void> set_aside(const std::string& state_dir)
{
    ENVFIX_TRY(const auto dir, fs::WriteTree::open(state_dir));
    const std::string name = k_name;
    for (const auto* const suffix : {"", "-wal", "-shm"}) {
        const auto aside = name + ".damaged" + suffix;
        ENVFIX_CHECK(dir.remove_tree(aside));
        if (!dir.exists(name + suffix)) continue;
        ENVFIX_CHECK(dir.rename(name + suffix, aside));
    }
    return dir.sync_directory("");
}

Result<Opened> open_database(const std::string& state_dir)
{
    ENVFIX_CHECK(fs::make_private_directories(state_dir));
    ENVFIX_TRY(const auto dir, fs::WriteTree::open(state_dir));
    const auto path = state_dir + "/" + k_name;
    Opened opened;
    const auto status = dir.lstat(k_name);
    if (status && !status->is_regular()) opened.trouble = "it is no regular file";
    if (opened.trouble.empty()) {
        ENVFIX_FAULT_POINT("journal.open");
        try {
            opened.database = open_sound(path, opened.trouble);
        } catch (const SQLite::Exception& error) {
            // Whatever SQLite does not read is of no use to anybody, but a lock or a full disk
            // pass.
            const auto described = to_error("opening it", error);
            if (!is_damage(error) && described.code != ErrorCode::io) return fail(described);
            opened.trouble = error.what();
        }
        if (opened.database) return opened;
    }
    ENVFIX_CHECK(set_aside(state_dir));
    opened.trouble = "the journal was damaged (" + opened.trouble +
                     ") and is begun anew; the old one is " + path + ".damaged";
    try {
        std::string again;
        opened.database = open_sound(path, again);
        if (!opened.database) return fail(ErrorCode::io, "the journal: a new one is bad: " + again);
    } catch (const SQLite::Exception& error) {
        return fail(to_error("making a new one", error));
    }
    return opened;
}

} // namespace envfix::journal
