#include "journal/database.hpp"

#include "fs/fault.hpp"
#include "fs/write_tree.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>

namespace envfix::journal {

namespace {

constexpr const char* k_name = "journal.sqlite";
constexpr int k_busy_ms = 5'000;
/// So many damaged journals are kept; then the oldest goes.
constexpr unsigned k_most_aside = 8;

constexpr std::array<const char*, 2> k_migrations{
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
)",
    "CREATE TABLE manifests (run TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT"};

int version_of(SQLite::Database& database)
{
    return database.execAndGet("PRAGMA user_version").getInt();
}

/// Why the file cannot be used; empty: it can. The quick check would not see an index that has come
/// apart from its table, and what was recorded would not be found again.
std::string fault_of(SQLite::Database& database, std::size_t known)
{
    SQLite::Statement check(database, "PRAGMA integrity_check(1)");
    if (!check.executeStep()) return "it could not be checked";
    const std::string said = check.getColumn(0).getString();
    if (said != "ok") return said;
    const int version = version_of(database);
    if (version < 0 || static_cast<std::size_t>(version) > known)
        return "it says that it is of version " + std::to_string(version) + ", and its tables are of version " +
               std::to_string(known);
    return {};
}

void migrate(SQLite::Database& database, Migrations migrations)
{
    for (auto next = static_cast<std::size_t>(version_of(database)); next < migrations.size(); ++next) {
        SQLite::Transaction transaction(database);
        database.exec(migrations[next]);
        database.exec("PRAGMA user_version = " + std::to_string(next + 1));
        transaction.commit();
    }
}

std::set<std::string> tables_of(SQLite::Database& database)
{
    std::set<std::string> tables;
    SQLite::Statement rows(database, "SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema");
    while (rows.executeStep())
        tables.insert(rows.getColumn(0).getString());
    return tables;
}

/// The version of the file if a newer program made it; else 0. Nothing is written: an older file is
/// as good afterwards as before. A flipped bit in the version alone makes no newer one: each version
/// has tables of its own.
int newer_version(const std::string& path, Migrations migrations)
{
    SQLite::Database database(path, SQLite::OPEN_READONLY | SQLITE_OPEN_NOFOLLOW, k_busy_ms);
    const int version = version_of(database);
    if (version <= 0 || static_cast<std::size_t>(version) <= migrations.size()) return 0;
    SQLite::Database ours(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    migrate(ours, migrations);
    return tables_of(database) == tables_of(ours) ? 0 : version;
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

/// Whether the file itself says that it is of a format that may only be read, of which none of ours is. That the disk may only
/// be read says nothing of the file.
bool forbids_writing(SQLite::Database& database, const std::string& path)
{
    if (sqlite3_db_readonly(database.getHandle(), "main") != 1) return false;
    auto* const system = sqlite3_vfs_find(nullptr);
    int writable = 0;
    return system->xAccess(system, path.c_str(), SQLITE_ACCESS_READWRITE, &writable) == SQLITE_OK && writable != 0;
}

/// Opens what is there. Throws for what SQLite cannot read; says in `trouble` what it can, and we
/// cannot use.
std::unique_ptr<SQLite::Database> open_sound(const std::string& path, Migrations migrations, std::string& trouble)
{
    auto database = open_file(path);
    trouble = fault_of(*database, migrations.size());
    if (trouble.empty() && forbids_writing(*database, path)) trouble = "it says that it may only be read";
    if (!trouble.empty()) return nullptr;
    migrate(*database, migrations);
    return database;
}

/// The number in "journal.sqlite.damaged-7"; nothing for any other name, also for the files beside it.
std::optional<unsigned> number_aside(std::string_view name, std::string_view prefix)
{
    if (!name.starts_with(prefix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    unsigned number = 0;
    const auto* const end = name.data() + name.size();
    const auto [at, error] = std::from_chars(name.data(), end, number);
    if (error != std::errc{} || at != end || number == 0 || number > 1'000'000'000) return std::nullopt;
    return number;
}

} // namespace

Migrations migrations()
{
    return k_migrations;
}

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

Result<std::string> set_aside(const std::string& state_dir)
{
    ENVFIX_TRY(const auto dir, fs::WriteTree::open(state_dir));
    const std::string name = k_name;
    const auto prefix = name + ".damaged-";
    constexpr std::array k_suffixes{"", "-wal", "-shm"};
    ENVFIX_TRY(const auto entries, dir.list(""));
    std::set<unsigned> taken;
    for (const auto& entry : entries) {
        if (const auto number = number_aside(entry.name, prefix)) taken.insert(*number);
    }
    const auto aside = prefix + std::to_string(taken.empty() ? 1 : *taken.rbegin() + 1);
    for (const auto* const suffix : k_suffixes) {
        if (!dir.exists(name + suffix)) continue;
        ENVFIX_CHECK(dir.remove_tree(aside + suffix)); // what is left of one of which only that remained
        ENVFIX_CHECK(dir.rename(name + suffix, aside + suffix));
    }
    ENVFIX_CHECK(dir.sync_directory(""));
    for (; taken.size() >= k_most_aside; taken.erase(taken.begin())) {
        for (const auto* const suffix : k_suffixes)
            ENVFIX_CHECK(dir.remove_tree(prefix + std::to_string(*taken.begin()) + suffix));
    }
    return state_dir + "/" + aside;
}

Result<Opened> open_database(const std::string& state_dir, Migrations migrations)
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
            const int newer = status ? newer_version(path, migrations) : 0;
            if (newer > 0)
                return fail(ErrorCode::not_supported,
                            "the journal " + path + " is of version " + std::to_string(newer) +
                                ", which a newer envfix made; this one knows version " +
                                std::to_string(migrations.size()) +
                                ": install the newer one again, or move the file away to begin without its history");
            opened.database = open_sound(path, migrations, opened.trouble);
        } catch (const SQLite::Exception& error) {
            // A lock, a full disk or a disk that cannot be read now pass, and say nothing of what is
            // in the file.
            if (!is_damage(error)) return fail(to_error("opening it", error));
            opened.trouble = error.what();
        }
        if (opened.database) return opened;
    }
    ENVFIX_TRY(const auto aside, set_aside(state_dir));
    opened.trouble = "the journal was damaged (" + opened.trouble + ") and is begun anew; the old one is " + aside;
    try {
        std::string again;
        opened.database = open_sound(path, migrations, again);
        if (!opened.database) return fail(ErrorCode::io, "the journal: a new one is bad: " + again);
    } catch (const SQLite::Exception& error) {
        return fail(to_error("making a new one", error));
    }
    return opened;
}

} // namespace envfix::journal
