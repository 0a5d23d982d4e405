#include "journal/journal.hpp"

#include "fs/fault.hpp"
#include "journal/codec.hpp"
#include "journal/database.hpp"
#include "journal/rows.hpp"

#include <algorithm>

namespace envfix::journal {

namespace {

/// While it lives, what is written waits for the next that is synced. The log is synced as a whole, so nothing is left out then.
class LaterSync {
public:
    LaterSync(SQLite::Database& database, bool wanted) : m_database(database), m_wanted(wanted)
    {
        if (m_wanted) m_database.exec("PRAGMA synchronous = NORMAL");
    }
    ~LaterSync()
    {
        if (m_wanted) m_database.tryExec("PRAGMA synchronous = FULL"); // it gives a code; nothing but a wrong word makes it fail
    }
    LaterSync(const LaterSync&) = delete;
    LaterSync& operator=(const LaterSync&) = delete;
    LaterSync(LaterSync&&) = delete;
    LaterSync& operator=(LaterSync&&) = delete;

private:
    SQLite::Database& m_database;
    bool m_wanted;
};

Error not_found(const std::string& what, const std::string& id)
{
    return {.code = ErrorCode::not_found, .message = "there is no " + what + " " + id};
}

} // namespace

struct Journal::State {
    std::string state_dir;
    std::unique_ptr<SQLite::Database> database;
    std::string degraded;

    /// Does something with the database. SQLiteCpp's exceptions end here. Where the file turns out
    /// damaged it is set aside, and the same is done with a new one.
    template <typename Work>
    auto with(const std::string& doing, Work work) -> Result<decltype(work(*database))>
    {
        using Value = decltype(work(*database));
        for (bool again = true;; again = false) {
            if (!database) ENVFIX_CHECK(reopen());
            try {
                if constexpr (std::is_void_v<Value>) {
                    work(*database);
                    return {};
                } else {
                    return work(*database);
                }
            } catch (const SQLite::Exception& error) {
                if (!is_damage(error)) return fail(to_error(doing, error));
                database.reset();
                ENVFIX_TRY(const auto aside, set_aside(state_dir));
                degraded = std::string("the journal was damaged (") + error.what() +
                           ") and is begun anew; the old one is " + aside;
                if (!again) return fail(to_error(doing, error));
            }
        }
    }

    Result<void> reopen()
    {
        ENVFIX_TRY(auto opened, open_database(state_dir));
        database = std::move(opened.database);
        if (!opened.trouble.empty()) degraded = opened.trouble;
        return {};
    }
};

Journal::Journal(std::unique_ptr<State> state) : m_state(std::move(state)) {}

Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

Result<Journal> Journal::open(const std::string& state_dir)
{
    auto state = std::make_unique<State>();
    state->state_dir = state_dir;
    ENVFIX_CHECK(state->reopen());
    return Journal(std::move(state));
}

const std::string& Journal::degraded() const
{
    return m_state->degraded;
}

Result<void> Journal::record(const model::Plan& plan)
{
    ENVFIX_FAULT_POINT("journal.record-plan");
    return m_state->with("recording a plan", [&](SQLite::Database& database) {
        SQLite::Statement insert(
            database,
            "INSERT OR REPLACE INTO plans (id, environment, state, reason, created_s, body) "
            "VALUES (?, ?, ?, ?, ?, ?)");
        insert.bind(1, plan.id);
        insert.bind(2, plan.environment_id);
        insert.bind(3, std::string(to_string(plan.state)));
        insert.bind(4, plan.state_reason);
        insert.bind(5, plan.created_s);
        bind_blob(insert, 6, encode_plan(plan));
        insert.exec();
    });
}

Result<model::Plan> Journal::plan(const std::string& id) const
{
    ENVFIX_TRY(auto found, m_state->with("reading a plan", [&](SQLite::Database& database) {
        SQLite::Statement row(database, "SELECT body, state, reason FROM plans WHERE id = ?");
        row.bind(1, id);
        return row.executeStep() ? read_plan(row) : std::nullopt;
    }));
    if (!found) return fail(not_found("plan", id));
    return *std::move(found);
}

Result<std::vector<model::Plan>> Journal::plans(const std::string& environment_id) const
{
    return m_state->with("reading plans", [&](SQLite::Database& database) {
        SQLite::Statement rows(database,
                               "SELECT body, state, reason FROM plans WHERE ?1 = '' OR "
                               "environment = ?1 ORDER BY created_s DESC, rowid DESC LIMIT ?2");
        rows.bind(1, environment_id);
        rows.bind(2, static_cast<std::int64_t>(k_most_plans));
        std::vector<model::Plan> plans;
        while (rows.executeStep()) {
            if (auto plan = read_plan(rows)) plans.push_back(*std::move(plan));
        }
        return plans;
    });
}

Result<void> Journal::update_plan_state(const std::string& id, model::PlanState state,
                                        const std::string& reason)
{
    ENVFIX_FAULT_POINT("journal.update-plan");
    ENVFIX_TRY(const int changed, m_state->with("updating a plan", [&](SQLite::Database& database) {
        SQLite::Statement update(database, "UPDATE plans SET state = ?, reason = ? WHERE id = ?");
        update.bind(1, std::string(to_string(state)));
        update.bind(2, reason);
        update.bind(3, id);
        return update.exec();
    }));
    if (changed == 0) return fail(not_found("plan", id));
    return {};
}

Result<void> Journal::begin_run(const model::Run& run)
{
    ENVFIX_FAULT_POINT("journal.begin-run");
    // A new field must not be forgotten here, in end_run and in read_run.
    const auto& [id, plan_id, environment_id, environment_path, policy, approved_by, findings,
                 started_s, ended_s, state, summary, proof, events] = run;
    const auto& all_events = events;
    ENVFIX_TRY(const bool known, m_state->with("recording a run", [&](SQLite::Database& database) {
        SQLite::Transaction transaction(database);
        SQLite::Statement update(database, "UPDATE plans SET state = ?, reason = ? WHERE id = ?");
        update.bind(1, std::string(to_string(model::PlanState::running)));
        update.bind(2, "run " + run.id);
        update.bind(3, run.plan_id);
        if (update.exec() == 0) return false;
        SQLite::Statement insert(database, std::string("INSERT INTO runs (") + k_run_columns +
                                               ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        int at = 1;
        insert.bind(at++, run.id);
        insert.bind(at++, run.plan_id);
        insert.bind(at++, run.environment_id);
        bind_blob(insert, at++, run.environment_path);
        insert.bind(at++, run.policy);
        insert.bind(at++, run.approved_by);
        bind_blob(insert, at++, encode_texts(run.findings));
        insert.bind(at++, run.started_s);
        insert.bind(at++, run.ended_s);
        insert.bind(at++, std::string(to_string(run.state)));
        bind_blob(insert, at++, run.summary);
        bind_blob(insert, at++, run.proof);
        insert.exec();
        for (const auto& event : all_events)
            write_event(database, run.id, event);
        transaction.commit();
        return true;
    }));
    if (!known) return fail(not_found("plan", run.plan_id));
    return {};
}

Result<void> Journal::append_event(const std::string& run_id, const model::RunEvent& event, Sync sync)
{
    ENVFIX_FAULT_POINT("journal.append-event");
    return m_state->with("recording an event", [&](SQLite::Database& database) {
        const LaterSync later(database, sync == Sync::with_next);
        write_event(database, run_id, event);
    });
}

Result<void> Journal::end_run(const model::Run& run)
{
    ENVFIX_FAULT_POINT("journal.end-run");
    ENVFIX_TRY(const int changed, m_state->with("ending a run", [&](SQLite::Database& database) {
        SQLite::Statement update(
            database, "UPDATE runs SET plan = ?, environment = ?, path = ?, policy = ?, "
                      "approved_by = ?, findings = ?, started_s = ?, ended_s = ?, state = ?, "
                      "summary = ?, proof = ? WHERE id = ?");
        int at = 1;
        update.bind(at++, run.plan_id);
        update.bind(at++, run.environment_id);
        bind_blob(update, at++, run.environment_path);
        update.bind(at++, run.policy);
        update.bind(at++, run.approved_by);
        bind_blob(update, at++, encode_texts(run.findings));
        update.bind(at++, run.started_s);
        update.bind(at++, run.ended_s);
        update.bind(at++, std::string(to_string(run.state)));
        bind_blob(update, at++, run.summary);
        bind_blob(update, at++, run.proof);
        update.bind(at++, run.id);
        return update.exec();
    }));
    if (changed == 0) return fail(not_found("run", run.id));
    return {};
}

Result<void> Journal::note_manifest(const std::string& run_id, const std::string& sha256)
{
    ENVFIX_FAULT_POINT("journal.note-manifest");
    return m_state->with("recording a backup", [&](SQLite::Database& database) {
        SQLite::Statement insert(database, "INSERT OR REPLACE INTO manifests (run, sha256) VALUES (?, ?)");
        insert.bind(1, run_id);
        insert.bind(2, sha256);
        insert.exec();
    });
}

Result<std::string> Journal::manifest(const std::string& run_id) const
{
    return m_state->with("reading of a backup", [&](SQLite::Database& database) {
        SQLite::Statement row(database, "SELECT sha256 FROM manifests WHERE run = ?");
        row.bind(1, run_id);
        return row.executeStep() ? row.getColumn(0).getString() : std::string{};
    });
}

Result<model::Run> Journal::run(const std::string& id) const
{
    ENVFIX_TRY(auto found, m_state->with("reading a run", [&](SQLite::Database& database) {
        SQLite::Statement row(database,
                              std::string("SELECT ") + k_run_columns + " FROM runs WHERE id = ?");
        row.bind(1, id);
        if (!row.executeStep()) return std::optional<model::Run>{};
        auto run = read_run(row);
        run.events = read_events(database, id);
        return std::optional(std::move(run));
    }));
    if (!found) return fail(not_found("run", id));
    return *std::move(found);
}

Result<model::Page<model::Run>> Journal::runs(const std::string& environment_id,
                                              std::uint32_t offset, std::uint32_t limit,
                                              const std::string& or_id) const
{
    const auto& other = or_id.empty() ? environment_id : or_id;
    return m_state->with("reading runs", [&](SQLite::Database& database) {
        model::Page<model::Run> page;
        SQLite::Statement count(database,
                                "SELECT count(*) FROM runs WHERE ?1 = '' OR environment IN (?1, ?2)");
        count.bind(1, environment_id);
        count.bind(2, other);
        if (count.executeStep())
            page.total = static_cast<std::uint64_t>(count.getColumn(0).getInt64());
        SQLite::Statement rows(database, std::string("SELECT ") + k_run_columns +
                                             " FROM runs WHERE ?1 = '' OR environment IN (?1, ?4) "
                                             "ORDER BY number DESC LIMIT ?2 OFFSET ?3");
        rows.bind(1, environment_id);
        rows.bind(2, static_cast<std::int64_t>(limit));
        rows.bind(3, static_cast<std::int64_t>(offset));
        rows.bind(4, other);
        while (rows.executeStep())
            page.items.push_back(read_run(rows));
        for (auto& run : page.items)
            run.events = read_events(database, run.id);
        return page;
    });
}

Result<std::vector<model::Run>> Journal::running() const
{
    return m_state->with("reading runs", [&](SQLite::Database& database) {
        SQLite::Statement rows(database, std::string("SELECT ") + k_run_columns +
                                             " FROM runs WHERE state = 'running' ORDER BY number");
        std::vector<model::Run> runs;
        while (rows.executeStep())
            runs.push_back(read_run(rows));
        for (auto& run : runs)
            run.events = read_events(database, run.id);
        return runs;
    });
}

Result<void> Journal::note_attempt(const Attempt& attempt)
{
    ENVFIX_FAULT_POINT("journal.note-attempt");
    return m_state->with("recording an attempt", [&](SQLite::Database& database) {
        SQLite::Statement insert(
            database,
            "INSERT INTO attempts (environment, policy, findings, at_s, automatic, worked) "
            "VALUES (?, ?, ?, ?, ?, ?)");
        insert.bind(1, attempt.environment);
        insert.bind(2, attempt.policy);
        bind_blob(insert, 3, encode_texts(attempt.findings));
        insert.bind(4, attempt.at_s);
        insert.bind(5, attempt.automatic ? 1 : 0);
        insert.bind(6, attempt.worked ? 1 : 0);
        insert.exec();
    });
}

Result<std::vector<Attempt>> Journal::attempts(std::int64_t since_s) const
{
    return m_state->with("reading attempts", [&](SQLite::Database& database) {
        SQLite::Statement rows(database, "SELECT environment, policy, findings, at_s, automatic, "
                                         "worked FROM attempts WHERE at_s >= ? ORDER BY number");
        rows.bind(1, since_s);
        std::vector<Attempt> attempts;
        while (rows.executeStep())
            attempts.push_back(read_attempt(rows));
        return attempts;
    });
}

Result<std::vector<Attempt>> Journal::attempts(const std::string& environment_id,
                                               const std::string& policy,
                                               const std::string& finding) const
{
    return m_state->with("reading attempts", [&](SQLite::Database& database) {
        SQLite::Statement rows(database,
                               "SELECT environment, policy, findings, at_s, automatic, worked FROM "
                               "attempts WHERE environment = ? AND policy = ? ORDER BY number");
        rows.bind(1, environment_id);
        rows.bind(2, policy);
        std::vector<Attempt> attempts;
        while (rows.executeStep()) {
            auto attempt = read_attempt(rows);
            const auto& findings = attempt.findings;
            if (std::find(findings.begin(), findings.end(), finding) != findings.end())
                attempts.push_back(std::move(attempt));
        }
        return attempts;
    });
}

Result<void> Journal::note_state(const LastState& state)
{
    return m_state->with("recording a state", [&](SQLite::Database& database) {
        SQLite::Statement insert(
            database, "INSERT OR REPLACE INTO states (environment, path, state, fingerprint, at_s) "
                      "VALUES (?, ?, ?, ?, ?)");
        insert.bind(1, state.environment);
        bind_blob(insert, 2, state.path);
        insert.bind(3, std::string(to_string(state.state)));
        insert.bind(4, state.fingerprint);
        insert.bind(5, state.at_s);
        insert.exec();
    });
}

Result<std::optional<LastState>> Journal::last_state(const std::string& environment_id) const
{
    return m_state->with("reading a state", [&](SQLite::Database& database) {
        SQLite::Statement row(
            database, "SELECT path, state, fingerprint, at_s FROM states WHERE environment = ?");
        row.bind(1, environment_id);
        if (!row.executeStep()) return std::optional<LastState>{};
        LastState state;
        state.environment = environment_id;
        state.path = blob(row.getColumn(0));
        state.state = model::environment_state(row.getColumn(1).getString())
                          .value_or(model::EnvironmentState::unverifiable);
        state.fingerprint = row.getColumn(2).getString();
        state.at_s = row.getColumn(3).getInt64();
        return std::optional(std::move(state));
    });
}

Result<void> Journal::forget_before(std::int64_t at_s)
{
    return m_state->with("forgetting", [&](SQLite::Database& database) {
        SQLite::Transaction transaction(database);
        for (const auto* const text :
             {"DELETE FROM events WHERE run IN (SELECT id FROM runs WHERE state <> 'running' AND "
              "ended_s < ?)",
              "DELETE FROM manifests WHERE run IN (SELECT id FROM runs WHERE state <> 'running' AND "
              "ended_s < ?)",
              "DELETE FROM runs WHERE state <> 'running' AND ended_s < ?",
              "DELETE FROM plans WHERE state NOT IN ('waiting', 'approved', 'running') AND "
              "created_s < ?",
              "DELETE FROM attempts WHERE at_s < ?"}) {
            SQLite::Statement forget(database, text);
            forget.bind(1, at_s);
            forget.exec();
        }
        transaction.commit();
    });
}

} // namespace envfix::journal
