#include "formats/record.hpp"

#include "formats/csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::size_t k_problems_kept = 100;

void note(Record& record, std::size_t row, RecordFault fault)
{
    if (record.problems.size() < k_problems_kept) record.problems.push_back({row, fault});
}

/// int(text) of Python for what may be a size: blanks around, a sign, `_` between digits.
std::optional<std::int64_t> parse_size(std::string_view text)
{
    text = strip(text);
    std::string digits;
    if (text.starts_with('-')) digits = "-";
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    char before = '_';
    for (const char c : text) {
        if ((c == '_' && before == '_') || c == '-') return {};
        if (c != '_') digits += c;
        before = c;
    }
    if (before == '_') return {};
    std::int64_t size = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, size);
    if (error != std::errc{} || stop != end) return {};
    return size;
}

constexpr std::array<signed char, 256> k_base64 = [] {
    std::array<signed char, 256> values{};
    values.fill(-1);
    constexpr std::string_view k_alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (std::size_t i = 0; i < k_alphabet.size(); ++i)
        values[static_cast<unsigned char>(k_alphabet[i])] = static_cast<signed char>(i);
    return values;
}();

} // namespace

Record parse_record(std::string_view text)
{
    Record record{.entries = {}, .problems = {}, .not_utf8 = !is_utf8(text)};
    CsvRows rows(text);
    std::vector<std::string> row;
    std::size_t number = 0;
    while (rows.next(row)) {
        ++number;
        if (row.empty()) {
            note(record, number, RecordFault::blank_row);
            continue;
        }
        if (row.size() > 3) {
            note(record, number, RecordFault::extra_columns);
            continue;
        }
        RecordEntry entry{.path = std::move(row[0]), .algorithm = {}, .digest = {}, .size = {}};
        if (row.size() > 1) {
            const auto equals = std::min(row[1].find('='), row[1].size());
            entry.algorithm = row[1].substr(0, equals);
            entry.digest = row[1].substr(std::min(equals + 1, row[1].size()));
        }
        if (row.size() > 2 && !row[2].empty()) {
            entry.size = parse_size(row[2]);
            if (!entry.size) note(record, number, RecordFault::bad_size);
        }
        record.entries.push_back(std::move(entry));
    }
    if (rows.field_too_long()) note(record, number + 1, RecordFault::long_field);
    return record;
}

std::optional<std::string> decode_urlsafe_base64(std::string_view text)
{
    while (text.ends_with('='))
        text.remove_suffix(1);
    if (text.size() % 4 == 1) return {};
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned pending = 0;
    for (const char c : text) {
        const int value = k_base64[static_cast<unsigned char>(c)];
        if (value < 0) return {};
        bits = ((bits << 6U) | static_cast<std::uint32_t>(value)) & 0xffffffU;
        pending += 6;
        if (pending < 8) continue;
        pending -= 8;
        bytes += static_cast<char>((bits >> pending) & 0xffU);
    }
    return bytes;
}

std::optional<std::string> hex_digest(const RecordEntry& entry)
{
    const auto bytes = decode_urlsafe_base64(entry.digest);
    if (!bytes || bytes->empty()) return {};
    constexpr std::string_view k_digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes->size() * 2);
    for (const char c : *bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex += k_digits[byte >> 4U];
        hex += k_digits[byte & 0xfU];
    }
    return hex;
}

} // namespace envfix::formats
