#pragma once

#include "base/result.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <string>

/// The SQLite file: opening, migrating, setting aside. Exceptions of SQLiteCpp may leave these
/// functions where the face says so; Journal catches them. Inside of this module only.
namespace envfix::journal {

struct Opened {
    std::unique_ptr<SQLite::Database> database;
    std::string trouble; ///< why the file that was there was set aside; empty: it was not
};

/// Opens the journal of a state folder, sound and of the present version.
Result<Opened> open_database(const std::string& state_dir);

/// Renames the journal's files away; the database must be closed.
Result<void> set_aside(const std::string& state_dir);

/// Whether the file itself is bad, not just this moment.
bool is_damage(const SQLite::Exception& error);

Error to_error(const std::string& doing, const SQLite::Exception& error);

} // namespace envfix::journal
