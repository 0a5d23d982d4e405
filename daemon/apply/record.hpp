#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What the monitor asks of the root helper: the only thing that passes between them (THREATS.md, structure of the system instance).
namespace envfix::apply {

inline constexpr std::size_t k_record_cap = 64UL * 1024;
inline constexpr std::size_t k_most_packages = 64;
/// Where the monitor writes records; the name of each is its transaction.
inline constexpr std::string_view k_record_folder = "/run/envfix/apply";
/// Where the helper writes what became of them.
inline constexpr std::string_view k_result_folder = "/run/envfix-apply";
/// Root's list of the packages that may be asked for.
inline constexpr std::string_view k_allowed = "/usr/share/envfix/system-packages.allow";

/// A package of Debian in just one version.
struct Package {
    std::string name;
    std::string version;

    bool operator==(const Package&) const = default;
};

struct Record {
    std::string transaction;       ///< 12 hexadecimal digits
    std::vector<Package> packages; ///< at least one, sorted by name, each name once

    bool operator==(const Record&) const = default;
};

/// What became of it.
struct Outcome {
    int status = 0;   ///< apt-get's exit code; 255: it was not started, or did not end by itself
    std::string text; ///< the end of what it said, printable

    bool operator==(const Outcome&) const = default;
};

/// 12 hexadecimal digits in lower case.
bool is_transaction(std::string_view text);

/// Letters, digits and `._-` in between, at most 128 bytes (THREATS.md X3): nothing that apt-get could take for an option, a
/// pattern, a version, a file, or a wish to remove.
bool is_package_name(std::string_view text);

/// A version as Debian writes it (deb-version(7)), at most 64 bytes: begins with a digit, ends with a letter or digit, and has
/// letters, digits and `.+-:~` in between: nothing that apt-get could take for a pattern, or for its `-` and `+` behind a name.
bool is_version(std::string_view text);

/// "python3-cffi-backend=1.15.1-5+b1", as apt-get takes it.
std::string in_one_word(const Package& package);

/// The bytes of a record: one line each for the format, the transaction and every package, then the SHA-256 of all before it.
std::string write_record(const Record& record);

/// Reads just what write_record writes, and nothing that differs by one byte. ErrorCode::malformed, too_large.
Result<Record> parse_record(std::string_view bytes);

std::string write_outcome(const Outcome& outcome);
Result<Outcome> parse_outcome(std::string_view bytes);

/// The names in an allow-list: one a line, `#` begins a comment. ErrorCode::malformed names the line that is no package.
Result<std::vector<std::string>> parse_allowed(std::string_view bytes);

/// An error that names the first package which the list does not have.
Result<void> all_allowed(const Record& record, const std::vector<std::string>& allowed);

} // namespace envfix::apply
