#pragma once

#include "report/journal_fields.hpp"
#include "service/world.hpp"

#include <string>
#include <string_view>

namespace envfix::service {

using Event = report::JournalEvent;

/// Writes one record with its fields to the systemd journal, where that is what the log goes to, else a line of the log. Records
/// below the level of the log are left out.
void record(Event event, std::string_view message, const report::About& about);

/// What an event about this environment, plan or run is about.
report::About about(const model::EnvironmentReport& report);
report::About about(const model::Plan& plan);
report::About about(const model::Run& run);

/// Records how an environment is shown now, and which findings are new, where that differs from what was recorded last. One that
/// was well from the first is not worth a record.
void record_changes(Known& known, const model::EnvironmentReport& shown);

/// Records what a plan has come to; what its run tells is left to the run.
void record_state(const model::Plan& plan);

/// Records how a run ended.
void record_end(const model::Run& run);

/// Records each file of the configuration that was left out.
void record_problems(const World& world);

} // namespace envfix::service
