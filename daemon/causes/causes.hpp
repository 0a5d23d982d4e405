#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// The one table of what can be wrong: `check` finds these codes on disk, `diagnose` reads them out
/// of a traceback, `explain` tells them to a person. Text only, the same in every run.
namespace envfix::causes {

enum class Kind : std::uint8_t {
    cause,  ///< something is wrong with an environment; a Finding may carry it
    outcome ///< what `diagnose` answers where it is none of ours, or cannot tell
};

/// One code, told so that a person with a broken machine can act. Where a command says `python`, it
/// means the interpreter that runs the failing program, such as `.venv/bin/python`.
struct Cause {
    std::string_view code;
    Kind kind = Kind::cause;
    std::string_view title; ///< at most 60 characters, no full stop
    std::string_view what;  ///< what it is
    std::string_view how;   ///< how it comes about
    std::string_view look;  ///< how to see it oneself: one command a line
    std::string_view fix;   ///< how it is put right
    std::string_view avoid; ///< what not to do, and why
    bool on_disk = true;    ///< `check` can find it; false: only a text tells, such as that of a build that failed
};

/// All codes, sorted.
std::span<const Cause> all();

/// The entry of a code, or nullptr.
const Cause* find(std::string_view code);

/// Whether a finding may carry this code: a cause, not an outcome.
bool is_finding(std::string_view code);

/// The codes for which that is true, sorted.
std::span<const std::string_view> finding_codes();

} // namespace envfix::causes
