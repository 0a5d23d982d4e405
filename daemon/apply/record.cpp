#include "apply/record.hpp"

#include "base/printable.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <charconv>

namespace envfix::apply {

namespace {

constexpr std::string_view k_format = "envfix-apply 2";
constexpr std::string_view k_transaction = "transaction ";
constexpr std::string_view k_package = "package ";
constexpr std::string_view k_digest = "sha256 ";
constexpr std::string_view k_exit = "exit ";
constexpr std::size_t k_transaction_size = 12;
constexpr std::size_t k_longest_name = 128;
constexpr std::size_t k_longest_version = 64;

bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Takes a line off the front; false where there is none that ends.
bool take_line(std::string_view& rest, std::string_view& line)
{
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return false;
    line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return true;
}

bool take_word(std::string_view& line, std::string_view word)
{
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    return true;
}

std::string body_of(const Record& record)
{
    std::string text(k_format);
    text.append("\n").append(k_transaction).append(record.transaction).append("\n");
    for (const auto& package : record.packages) text.append(k_package).append(in_one_word(package)).append("\n");
    return text;
}

} // namespace

bool is_transaction(std::string_view text)
{
    return text.size() == k_transaction_size &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_package_name(std::string_view text)
{
    if (text.empty() || text.size() > k_longest_name) return false;
    if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
    return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_version(std::string_view text)
{
    if (text.empty() || text.size() > k_longest_version) return false;
    if (text.front() < '0' || text.front() > '9' || !is_alphanumeric(text.back())) return false;
    constexpr std::string_view k_between = ".+-:~";
    return std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || k_between.find(c) != std::string_view::npos; });
}

std::string in_one_word(const Package& package)
{
    return package.name + "=" + package.version;
}

std::string write_record(const Record& record)
{
    const auto body = body_of(record);
    return body + std::string(k_digest) + sha256_hex(body) + "\n";
}

Result<Record> parse_record(std::string_view bytes)
{
    if (bytes.size() > k_record_cap) return fail(ErrorCode::too_large, "a record has at most 64 KiB");
    Record record;
    std::string_view rest = bytes;
    std::string_view line;
    if (!take_line(rest, line) || line != k_format) return fail(ErrorCode::malformed, "not a record of this version");
    if (!take_line(rest, line) || !take_word(line, k_transaction) || !is_transaction(line)) {
        return fail(ErrorCode::malformed, "the record names no transaction");
    }
    record.transaction = line;
    while (take_line(rest, line) && take_word(line, k_package)) {
        const auto equals = line.find('=');
        const auto name = line.substr(0, equals);
        if (!is_package_name(name)) return fail(ErrorCode::malformed, "not the name of a package: " + escape_untrusted(name));
        const auto version = equals == std::string_view::npos ? std::string_view{} : line.substr(equals + 1);
        if (!is_version(version)) {
            return fail(ErrorCode::malformed, "not a version of " + escape_untrusted(name) + ": '" + escape_untrusted(version) + "'");
        }
        if (record.packages.size() == k_most_packages) return fail(ErrorCode::too_large, "a record names at most 64 packages");
        if (!record.packages.empty() && record.packages.back().name >= name) {
            return fail(ErrorCode::malformed, "the packages are not sorted, or one is named twice");
        }
        record.packages.push_back({.name = std::string(name), .version = std::string(version)});
    }
    if (record.packages.empty()) return fail(ErrorCode::malformed, "the record names no package");
    // Compared as a whole: there is one way to write a record.
    if (write_record(record) != bytes) return fail(ErrorCode::malformed, "the record does not end with its own digest");
    return record;
}

std::string write_outcome(const Outcome& outcome)
{
    return std::string(k_exit) + std::to_string(outcome.status) + "\n" + outcome.text;
}

Result<Outcome> parse_outcome(std::string_view bytes)
{
    if (bytes.size() > k_record_cap) return fail(ErrorCode::too_large, "a result has at most 64 KiB");
    Outcome outcome;
    std::string_view line;
    if (!take_line(bytes, line) || !take_word(line, k_exit)) return fail(ErrorCode::malformed, "not a result of the helper");
    const auto read = std::from_chars(line.data(), line.data() + line.size(), outcome.status);
    if (read.ec != std::errc{} || read.ptr != line.data() + line.size() || outcome.status < 0 || outcome.status > 255) {
        return fail(ErrorCode::malformed, "a result without an exit code");
    }
    outcome.text = bytes;
    return outcome;
}

Result<std::vector<std::string>> parse_allowed(std::string_view bytes)
{
    std::vector<std::string> names;
    std::size_t number = 0;
    while (!bytes.empty()) {
        ++number;
        const auto end = bytes.find('\n');
        const auto line = bytes.substr(0, end);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        if (line.empty() || line.starts_with('#')) continue;
        if (!is_package_name(line)) return fail(ErrorCode::malformed, "line " + std::to_string(number) + " is no package's name");
        names.emplace_back(line);
    }
    return names;
}

Result<void> all_allowed(const Record& record, const std::vector<std::string>& allowed)
{
    for (const auto& package : record.packages) {
        if (std::ranges::find(allowed, package.name) == allowed.end()) {
            return fail(ErrorCode::denied, package.name + " is not in " + std::string(k_allowed));
        }
    }
    return {};
}

} // namespace envfix::apply
