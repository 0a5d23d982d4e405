#pragma once

#include "base/result.hpp"
#include "engine/alerts.hpp"
#include "service/catalogue.hpp"

#include <map>
#include <string>
#include <vector>

namespace envfix::service {

/// What must outlive this daemon: what people told it with commands, why it gave up, what it has told them unasked.
struct Remembered {
    std::vector<std::string> roots;                 ///< absolute, sorted
    std::map<std::string, Hold> holds;              ///< by environment id; "" holds all
    std::map<std::string, std::string> quarantines; ///< by environment id: why
    std::map<std::string, std::int64_t> releases;   ///< by environment id: wall clock of the last `release`
    engine::Telling told;                           ///< what the person was told unasked (notifying.hpp)

    bool operator==(const Remembered&) const = default;
};

/// Reads `<state_dir>/remembered.json`. No such file: nothing. Errors: malformed, with the file's path; the caller moves it
/// aside and goes on.
Result<Remembered> load_remembered(const std::string& state_dir);

/// Replaces the file in one step, durably.
Result<void> save_remembered(const std::string& state_dir, const Remembered& remembered);

} // namespace envfix::service
