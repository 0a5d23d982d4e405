#include "journal/rows.hpp"

#include "journal/codec.hpp"

namespace envfix::journal {

namespace {

/// Findings that do not read are left out: SQLite's own checks do not see a changed byte in a
/// value.
std::vector<std::string> texts_or_none(const std::string& bytes)
{
    return decode_texts(bytes).value_or(std::vector<std::string>{});
}

} // namespace

void bind_blob(SQLite::Statement& statement, int index, const std::string& bytes)
{
    statement.bind(index, bytes.data(), static_cast<int>(bytes.size()));
}

std::string blob(const SQLite::Column& column)
{
    const auto* const bytes = static_cast<const char*>(column.getBlob());
    return bytes == nullptr ? std::string{}
                            : std::string(bytes, static_cast<std::size_t>(column.getBytes()));
}

model::Run read_run(SQLite::Statement& row)
{
    int at = 0;
    model::Run run;
    run.id = row.getColumn(at++).getString();
    run.plan_id = row.getColumn(at++).getString();
    run.environment_id = row.getColumn(at++).getString();
    run.environment_path = blob(row.getColumn(at++));
    run.policy = row.getColumn(at++).getString();
    run.approved_by = row.getColumn(at++).getString();
    run.findings = texts_or_none(blob(row.getColumn(at++)));
    run.started_s = row.getColumn(at++).getInt64();
    run.ended_s = row.getColumn(at++).getInt64();
    run.state = model::run_state(row.getColumn(at++).getString()).value_or(model::RunState::failed);
    run.summary = blob(row.getColumn(at++));
    run.proof = blob(row.getColumn(at++));
    return run;
}

std::optional<model::Plan> read_plan(SQLite::Statement& row)
{
    auto plan = decode_plan(blob(row.getColumn(0)));
    if (!plan || model::plan_digest(*plan) != plan->digest) return std::nullopt;
    plan->state = model::plan_state(row.getColumn(1).getString()).value_or(model::PlanState::stale);
    plan->state_reason = row.getColumn(2).getString();
    return *std::move(plan);
}

Attempt read_attempt(SQLite::Statement& row)
{
    Attempt attempt;
    attempt.environment = row.getColumn(0).getString();
    attempt.policy = row.getColumn(1).getString();
    attempt.findings = texts_or_none(blob(row.getColumn(2)));
    attempt.at_s = row.getColumn(3).getInt64();
    attempt.automatic = row.getColumn(4).getInt() != 0;
    attempt.worked = row.getColumn(5).getInt() != 0;
    return attempt;
}

void write_event(SQLite::Database& database, const std::string& run_id,
                 const model::RunEvent& event)
{
    const auto& [at_ms, step, text] = event;
    SQLite::Statement insert(database,
                             "INSERT INTO events (run, at_ms, step, text) VALUES (?, ?, ?, ?)");
    insert.bind(1, run_id);
    insert.bind(2, at_ms);
    insert.bind(3, step);
    bind_blob(insert, 4, text);
    insert.exec();
}

std::vector<model::RunEvent> read_events(SQLite::Database& database, const std::string& run_id)
{
    SQLite::Statement rows(database,
                           "SELECT at_ms, step, text FROM events WHERE run = ? ORDER BY number");
    rows.bind(1, run_id);
    std::vector<model::RunEvent> events;
    while (rows.executeStep()) {
        events.push_back({.at_ms = rows.getColumn(0).getInt64(),
                          .step = rows.getColumn(1).getString(),
                          .text = blob(rows.getColumn(2))});
    }
    return events;
}

} // namespace envfix::journal
