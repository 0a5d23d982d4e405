#pragma once

#include "journal/journal.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <string>
#include <vector>

/// Values ↔ the rows of the journal's tables. Inside of this module only; SQLiteCpp's exceptions pass through.
namespace envfix::journal {

void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes);
std::string blob(const SQLite::Column& column);

inline constexpr const char* k_run_columns = "id, plan, environment, path, policy, approved_by, findings, "
                                             "started_s, ended_s, state, summary, proof";

/// Of a row with `k_run_columns`, without the events.
model::Run read_run(SQLite::Statement& row);

/// Of a row with body, state, reason. Nothing for a plan that is not, byte for byte, the one that its digest was made of: it
/// must not be shown, approved or carried out.
std::optional<model::Plan> read_plan(SQLite::Statement& row);

/// Of a row with environment, policy, findings, at_s, automatic, worked.
Attempt read_attempt(SQLite::Statement& row);

void write_event(SQLite::Database& database, const std::string& run_id, const model::RunEvent& event);
/// In the order in which they were written.
std::vector<model::RunEvent> read_events(SQLite::Database& database, const std::string& run_id);

} // namespace envfix::journal
