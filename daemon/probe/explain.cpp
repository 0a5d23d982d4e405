#include "probe/explain.hpp"

#include "base/printable.hpp"

#include <array>
#include <cstddef>

namespace envfix::probe {

namespace {

constexpr std::size_t k_longest_line = 512;

/// Calls `each` with every line, first to last.
template <typename Each> void for_lines(std::string_view text, Each each)
{
    while (!text.empty()) {
        const auto end = text.find('\n');
        each(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

/// The import error that a compiled module printed before it raised something else: PyO3 prints the
/// Python error and then panics with a text that does not hold it.
std::string printed_cause(std::string_view err)
{
    constexpr std::array<std::string_view, 2> k_kinds{"ModuleNotFoundError:", "ImportError:"};
    std::string found;
    for_lines(err, [&](std::string_view line) {
        for (const auto kind : k_kinds) {
            if (found.empty() && line.starts_with(kind)) {
                found = escape_untrusted(line.substr(0, k_longest_line));
            }
        }
    });
    return found;
}

bool is_import_error(const std::string& text)
{
    return text.starts_with("ModuleNotFoundError") || text.starts_with("ImportError");
}

} // namespace

std::string last_line(std::string_view text)
{
    std::string_view last;
    for_lines(text, [&](std::string_view line) {
        if (line.find_first_not_of(" \t\r") != std::string_view::npos) last = line;
    });
    return escape_untrusted(last.substr(0, k_longest_line));
}

model::ProbeResult explain(const Record& record, const process::Ended& ended,
                           const process::Limits& limits)
{
    model::ProbeResult result{.ran = true, .ok = false, .import = {}, .error = {}};
    if (record.done && ended.well()) {
        result.ok = true;
        return result;
    }
    result.import = record.last;
    if (!record.failed.empty()) {
        result.error = record.failed;
        if (is_import_error(record.failed)) return result;
        const auto cause = record.cause.empty() ? printed_cause(ended.err) : record.cause;
        if (!cause.empty()) result.error = cause + " (which became " + record.failed + ")";
        return result;
    }
    const auto how = process::describe(ended, limits);
    if (record.last.empty()) {
        // The interpreter itself did not come as far as the script: its own words say why.
        const auto words = last_line(ended.err);
        result.error =
            "the interpreter did not start: " + how + (words.empty() ? "" : ": " + words);
        return result;
    }
    result.error = how + " while importing " + record.last;
    return result;
}

} // namespace envfix::probe
