#include "capture/project_folders.hpp"

#include "formats/python_text.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

namespace envfix::capture {

namespace {

constexpr std::size_t k_most_folders = 64;
constexpr std::size_t k_most_names = 2000;
constexpr int k_deepest = 3;

/// Folders that hold many people's or projects' things.
bool is_collection(const std::string& folder, const std::string& home)
{
    constexpr std::array<std::string_view, 9> k_collections{
        "/", "/tmp", "/var/tmp", "/home", "/root", "/opt", "/srv", "/usr", "/usr/local"};
    return folder == home || std::ranges::find(k_collections, folder) != k_collections.end();
}

bool is_left_out(std::string_view name)
{
    constexpr std::array<std::string_view, 10> k_names{
        "__pycache__", "node_modules", "site-packages", "dist-packages", "venv",
        "env",         "tests",        "test",          "build",         "dist"};
    return name.starts_with('.') || name.ends_with("-info") || name.ends_with(".egg") ||
           std::ranges::find(k_names, name) != k_names.end();
}

/// An environment, or a project with its own.
bool is_somebody_elses(const ProjectFolder& folder)
{
    return folder.has("pyvenv.cfg") || folder.has("pyproject.toml") || folder.has(".git") ||
           folder.has(".venv");
}

bool ends_name(std::string_view rest)
{
    constexpr std::string_view k_ends = " \t.,;#";
    return rest.empty() || k_ends.find(rest.front()) != k_ends.npos;
}

void add_imports(std::string_view line, const std::vector<std::string>& modules,
                 std::vector<std::string>& out)
{
    const auto add = [&](std::string_view text) {
        text = formats::strip_left(text);
        for (const auto& module : modules) {
            if (text.starts_with(module) && ends_name(text.substr(module.size())))
                out.push_back(module);
        }
    };
    if (line.starts_with("from ")) return add(line.substr(5));
    if (!line.starts_with("import ")) return;
    line.remove_prefix(7);
    while (true) {
        const auto comma = line.find(',');
        add(line.substr(0, comma));
        if (comma == line.npos) return;
        line.remove_prefix(comma + 1);
    }
}

} // namespace

bool ProjectFolder::has(std::string_view name) const
{
    const auto found = std::ranges::lower_bound(entries, name, {}, &fs::Entry::name);
    return found != entries.end() && found->name == name;
}

std::vector<ProjectFolder> project_folders(Looked& looked, const std::string& project,
                                           const std::string& home)
{
    std::vector<ProjectFolder> folders;
    if (!project.starts_with('/') || project == "/") return folders;
    std::deque<std::pair<std::string, int>> waiting{{project, 0}};
    const bool stays = is_collection(project, home);
    // Every folder that is looked into counts, also those that turn out to be somebody else's.
    for (std::size_t seen = 0; seen < k_most_folders && !waiting.empty(); ++seen) {
        auto [path, depth] = std::move(waiting.front());
        waiting.pop_front();
        auto entries = looked.list(path, k_most_names);
        if (!entries) continue;
        ProjectFolder folder{
            .path = std::move(path), .entries = *std::move(entries), .depth = depth};
        if (depth > 0 && is_somebody_elses(folder)) continue;
        if (depth < k_deepest && !stays) {
            for (const auto& entry : folder.entries) {
                if (entry.type != fs::FileType::directory || is_left_out(entry.name)) continue;
                waiting.emplace_back(folder.path + "/" + entry.name, depth + 1);
            }
        }
        folders.push_back(std::move(folder));
    }
    return folders;
}

ProgramText read_program_text(std::string_view text, const std::vector<std::string>& modules)
{
    ProgramText found;
    formats::Lines lines(text);
    std::string_view line;
    for (bool first = true; lines.next(line); first = false) {
        if (first && line.starts_with("#!")) {
            found.is_program = true;
            const auto words = formats::strip(line.substr(2));
            found.shebang = std::string(words.substr(0, words.find_first_of(" \t")));
        }
        line = formats::strip_left(line);
        if (line.starts_with("if __name__")) found.is_program = true;
        add_imports(line, modules, found.imports);
    }
    std::ranges::sort(found.imports);
    const auto doubled = std::ranges::unique(found.imports);
    found.imports.erase(doubled.begin(), doubled.end());
    return found;
}

} // namespace envfix::capture
