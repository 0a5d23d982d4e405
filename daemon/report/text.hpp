#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace envfix::report {

/// Text as JSON and D-Bus can carry it: valid UTF-8 without NUL is left as it is, anything else is escaped as
/// `escape_untrusted` does; passwords in URLs are masked (THREATS.md O2). Doing it twice changes nothing.
std::string transportable(std::string_view untrusted);

/// Text as a terminal may show it: on one line, control and bidirectional characters escaped, passwords masked (O1, O2).
std::string shown(std::string_view untrusted);

/// `https://user:secret@host` becomes `https://user:***@host`, wherever it stands in the text.
std::string without_passwords(std::string_view text);

/// Columns that valid UTF-8 takes on a terminal: wide East Asian characters and emoji two, combining ones none.
std::size_t display_width(std::string_view text);

/// A word that a POSIX shell reads as exactly this text: quoted where that is needed.
std::string shell_word(std::string_view text);

/// "3 min", "2 h 5 min", "4 days": for a person, rounded down.
std::string duration_text(std::uint64_t seconds);

/// "just now", "3 min ago", "2 days ago"; the UTC date where `now_s` is 0 or earlier.
std::string ago_text(std::int64_t then_s, std::int64_t now_s);

/// "2026-11-22 15:52:10 UTC" (ISO 8601 with a space).
std::string utc_text(std::int64_t seconds);

} // namespace envfix::report
