#pragma once

#include "base/result.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <span>
#include <string>

/// The SQLite file: opening, migrating, setting aside. Exceptions of SQLiteCpp may leave these
/// functions where the face says so; Journal catches them. Inside of this module only.
namespace envfix::journal {

struct Opened {
    std::unique_ptr<SQLite::Database> database;
    std::string trouble; ///< why the file that was there was set aside; empty: it was not
};

/// SQL, each entry of which brings the schema one version further; the version of a file is the
/// number of those that it has had. Each of them changes a table.
using Migrations = std::span<const char* const>;

/// Those of this program.
Migrations migrations();

/// Opens the journal of a state folder, sound and of the present version: an older one is brought
/// there, a damaged one is set aside. not_supported: a newer program made it; it is left as it is.
Result<Opened> open_database(const std::string& state_dir, Migrations migrations = journal::migrations());

/// Renames the journal's files to "journal.sqlite.damaged-N", N above all that there are, of which
/// the last eight are kept. Gives the new path. The database must be closed.
Result<std::string> set_aside(const std::string& state_dir);

/// Whether the file itself is bad, not just this moment. Never for what a lock, a full disk or a
/// disk that fails to read may be the cause of.
bool is_damage(const SQLite::Exception& error);

Error to_error(const std::string& doing, const SQLite::Exception& error);

} // namespace envfix::journal
