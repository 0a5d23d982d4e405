#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::report {

/// What the system's journal is told of, each as a record of its own kind.
enum class JournalEvent : std::uint8_t {
    environment_broken,
    environment_well,
    environment_changed, ///< to another state
    finding_appeared,
    plan_made,
    plan_approved,
    plan_rejected,
    plan_expired,
    run_started,
    run_ended,
    run_failed,
    run_undone,
    gave_up,
    degraded,
    policy_problem,
    policy_approved,
    policy_revoked
};

/// MESSAGE_ID and PRIORITY of a kind. The ids are for ever: systemd/catalog/envfix.catalog explains them, and people filter by them.
struct JournalKind {
    JournalEvent event;
    std::string_view message_id; ///< 32 hexadecimal digits
    int priority;                ///< of syslog: 3 error, 4 warning, 5 notice, 6 info
};
std::span<const JournalKind> journal_kinds();
const JournalKind& journal_kind(JournalEvent event);

/// What an event is about; what is empty is left out.
struct About {
    std::string environment; ///< id
    std::string path;
    std::vector<std::string> codes;
    std::string plan;
    std::string run;
    std::string policy;
};

/// The fields of a record, "NAME=value": MESSAGE, MESSAGE_ID, PRIORITY, SYSLOG_IDENTIFIER, and ENVFIX_ENVIRONMENT, _PATH, _CODE
/// (once for each), _PLAN, _RUN and _POLICY. Values fit to be shown: control characters escaped, passwords masked, each of
/// bounded length (THREATS.md O1, O2).
std::vector<std::string> journal_fields(JournalEvent event, std::string_view message, const About& about);

/// The same as one line where there is no journal: the message, with the ids at its end.
std::string log_line(std::string_view message, const About& about);

} // namespace envfix::report
