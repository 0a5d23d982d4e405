#include "probe/record.hpp"

#include "base/printable.hpp"

namespace envfix::probe {

namespace {

constexpr std::size_t k_longest_text = 1024;

std::string text_of(std::string_view line)
{
    return escape_untrusted(line.substr(0, k_longest_text));
}

} // namespace

Record parse_record(std::string_view bytes)
{
    Record record;
    while (!bytes.empty() && !record.done) {
        const auto end = bytes.find('\n');
        if (end == std::string_view::npos) break; // cut in the middle
        const auto line = bytes.substr(0, end);
        bytes.remove_prefix(end + 1);
        const auto blank = line.find(' ');
        const auto word = line.substr(0, blank);
        const auto rest =
            blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
        if (word == "import" || word == "proof") record.last = text_of(rest);
        if (word == "failed") record.failed = text_of(rest);
        if (word == "cause") record.cause = text_of(rest);
        if (word == "done" && record.failed.empty()) record.done = true;
    }
    return record;
}

} // namespace envfix::probe
