#include "formats/asked_packages.hpp"

#include "formats/python_text.hpp"

#include <utility>

namespace envfix::formats {

namespace {

/// Without the comment, which begins at `#` behind a blank or at the line's beginning.
std::string_view without_comment(std::string_view line)
{
    for (auto at = line.find('#'); at != line.npos; at = line.find('#', at + 1)) {
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return line.substr(0, at);
    }
    return line;
}

/// The key of a `key = value` line, and what follows the `=`; both empty where it is none.
std::pair<std::string_view, std::string_view> key_and_value(std::string_view line)
{
    const auto equals = line.find('=');
    if (equals == line.npos) return {};
    auto key = strip(line.substr(0, equals));
    if (key.size() > 1 && key.front() == '"' && key.back() == '"') key = key.substr(1, key.size() - 2);
    return {key, strip(line.substr(equals + 1))};
}

/// `[]`, alone or before a comment.
bool is_empty_list(std::string_view value)
{
    if (!value.starts_with('[')) return false;
    return strip_left(value.substr(1)).starts_with(']');
}

} // namespace

std::vector<std::string> requirement_lines(std::string_view text, std::size_t most)
{
    remove_byte_order_mark(text);
    std::vector<std::string> found;
    std::string joined;
    Lines lines(text);
    std::string_view line;
    const auto take = [&] {
        const auto plain = strip(without_comment(joined));
        if (!plain.empty() && found.size() < most) found.emplace_back(plain);
        joined.clear();
    };
    while (found.size() < most && lines.next(line)) {
        const bool is_comment = strip_left(line).starts_with('#');
        if (line.ends_with('\\') && !is_comment) {
            joined += line.substr(0, line.size() - 1);
            continue;
        }
        if (!is_comment) joined += line; // a comment ends what a backslash began, and is no part of it
        take();
    }
    take();
    return found;
}

bool pyproject_lists_packages(std::string_view text)
{
    bool found = false;
    std::string_view section;
    Lines lines(text);
    std::string_view line;
    while (lines.next(line)) {
        line = strip(without_comment(line));
        if (line.starts_with('[')) {
            // "[[" begins a list of tables; its name is none of ours.
            const auto end = line.find(']');
            section = strip(line.substr(1, end == line.npos ? end : end - 1));
            if (section == "tool.hatch.envs" || section.starts_with("tool.hatch.envs.")) return false;
            continue;
        }
        const auto [key, value] = key_and_value(line);
        if (section == "project" && key == "dependencies") found = found || !is_empty_list(value);
        if (section == "tool.poetry.dependencies" && !key.empty()) found = found || key != "python";
    }
    return found;
}

} // namespace envfix::formats
