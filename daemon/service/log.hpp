#pragma once

#include <string>

namespace envfix::service {

/// Logs to the systemd journal where that reads our standard error (JOURNAL_STREAM), else to standard error.
/// `level`: error, warn, info, debug.
void open_log(const std::string& level);
/// Whether that is where it goes.
bool logs_to_journal();
void set_log_level(const std::string& level);

} // namespace envfix::service
