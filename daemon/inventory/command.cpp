#include "inventory/command.hpp"

#include "inventory/names.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace envfix::inventory {

namespace {

/// More than the kernel reads of a first line, and enough for the two lines of pip's way around that limit.
constexpr std::size_t k_head = 4096;

bool is_executable(const fs::Tree& tree, const std::string& path)
{
    const auto found = tree.stat(path);
    return found && found->is_executable();
}

std::optional<std::string> on_path(const fs::Tree& tree, std::string_view search_path, std::string_view name)
{
    for (const auto folder : split_list(search_path, ':')) {
        if (!folder.starts_with('/')) continue;
        auto candidate = join(absolute_path(folder, "/"), name);
        if (is_executable(tree, candidate)) return candidate;
    }
    return std::nullopt;
}

/// The words of a line, one pair of quotes around each at most.
std::vector<std::string_view> words_of(std::string_view line)
{
    std::vector<std::string_view> words;
    while (true) {
        const auto begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) return words;
        line.remove_prefix(begin);
        const bool quoted = line.front() == '"' || line.front() == '\'';
        if (quoted) {
            const char quote = line.front();
            line.remove_prefix(1);
            const auto end = std::min(line.find(quote), line.size());
            words.push_back(line.substr(0, end));
            line.remove_prefix(std::min(end + 1, line.size()));
        } else {
            const auto end = std::min(line.find_first_of(" \t\r"), line.size());
            words.push_back(line.substr(0, end));
            line.remove_prefix(end);
        }
    }
}

/// What `env [-S] [-options] [NAME=VALUE…] PROGRAM` starts.
std::string_view started_by_env(const std::vector<std::string_view>& words)
{
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto word = words[i];
        if (word.starts_with("-S") && word.size() > 2) return word.substr(2);
        if (!word.starts_with('-') && word.find('=') == std::string_view::npos) return word;
    }
    return {};
}

/// Where the path behind `#!` is too long or has a space in it, pip writes a script that is both sh and Python:
///     #!/bin/sh
///     '''exec' "/path with space/bin/python" "$0" "$@"
std::string_view started_by_sh(std::string_view second_line)
{
    constexpr std::string_view k_mark = "'''exec'";
    if (!second_line.starts_with(k_mark)) return {};
    const auto words = words_of(second_line.substr(k_mark.size()));
    return words.empty() ? std::string_view{} : words.front();
}

std::optional<std::string> named_by_script(const fs::Tree& tree, const model::CommandContext& command)
{
    const auto file = tree.open_file(command.program);
    if (!file) return std::nullopt;
    const auto head = file->read_at(0, k_head);
    if (!head || !head->starts_with("#!")) return std::nullopt;
    const auto text = std::string_view{*head}.substr(2);
    const auto end = std::min(text.find('\n'), text.size());
    const auto words = words_of(text.substr(0, end));
    if (words.empty()) return std::nullopt;
    auto program = words.front();
    if (last_name(program) == "env") {
        program = started_by_env(words);
    } else if (last_name(program) == "sh") {
        const auto rest = text.substr(std::min(end + 1, text.size()));
        program = started_by_sh(rest.substr(0, rest.find('\n')));
    }
    if (!is_python(last_name(program)) && !is_python(program)) return std::nullopt;
    if (program.starts_with('/')) return absolute_path(program, "/");
    return on_path(tree, command.path, program);
}

} // namespace

std::optional<std::string> interpreter_of_command(const fs::Tree& tree, const model::CommandContext& command)
{
    if (command.program.starts_with('/')) {
        if (is_python(last_name(command.program))) return absolute_path(command.program, "/");
        if (auto named = named_by_script(tree, command)) return named;
    }
    if (command.virtual_env.starts_with('/')) {
        auto python = join(absolute_path(command.virtual_env, "/"), "bin/python");
        if (tree.lstat(python)) return python;
    }
    for (const auto* name : {"python3", "python"}) {
        if (auto found = on_path(tree, command.path, name)) return found;
    }
    return std::nullopt;
}

} // namespace envfix::inventory
