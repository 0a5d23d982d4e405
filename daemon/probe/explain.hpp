#pragma once

#include "model/probe.hpp"
#include "probe/record.hpp"
#include "process/process.hpp"

#include <string>

namespace envfix::probe {

/// The verdict on one link from what its process said and how it ended.
/// "ModuleNotFoundError: No module named '_cffi_backend'"; with what came of it in brackets where
/// that is another error; "killed by SIGSEGV while importing cryptography.fernet".
model::ProbeResult explain(const Record& record, const process::Ended& ended,
                           const process::Limits& limits);

/// The last line that is not blank, escaped for display and cut.
std::string last_line(std::string_view text);

} // namespace envfix::probe
