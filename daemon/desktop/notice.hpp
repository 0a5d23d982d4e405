#pragma once

#include "engine/alerts.hpp"

#include <string>

namespace envfix::desktop {

/// A message for the desktop: plain text, not markup, control characters escaped and passwords masked (THREATS.md O1, O2).
struct Notice {
    std::string title;
    std::string body;   ///< lines; the last says what to do
    std::string action; ///< what the button says; empty: none
    std::string plan;   ///< digest of the plan that the button approves

    bool operator==(const Notice&) const = default;
};

/// How it is put into words. `home` is what is written as ~.
Notice notice_of(const engine::Tell& tell, const std::string& home);

} // namespace envfix::desktop
