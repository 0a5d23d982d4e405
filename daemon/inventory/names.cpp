#include "inventory/names.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace envfix::inventory {

namespace {

constexpr std::array<std::string_view, 17> k_pruned{
    ".bzr",       ".cache",      ".eggs",        ".envfix",       ".git",         ".hg",
    ".jj",        ".mypy_cache", ".npm",         ".pytest_cache", ".ruff_cache",  ".svn",
    ".terraform", "__pycache__", "node_modules", "site-packages", "dist-packages"};

constexpr std::array<std::string_view, 11> k_environment_parts{
    "Lib",   "Scripts", "bin",  "compiler_compat", "conda-meta", "etc", "include", "lib",
    "lib64", "pkgs",    "share"};

constexpr std::array<std::string_view, 6> k_project_marks{
    "pyproject.toml", ".git", "setup.py", "requirements.txt", "setup.cfg", "Pipfile"};

/// Drops one of `prefixes` from the front of `name`; false if none is there.
bool drop_prefix(std::string_view& name)
{
    for (const std::string_view prefix : {"python", "pypy"}) {
        if (!name.starts_with(prefix)) continue;
        name.remove_prefix(prefix.size());
        return true;
    }
    return false;
}

bool drop_digits(std::string_view& text)
{
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(end);
    return end > 0;
}

} // namespace

bool is_versioned_python(std::string_view name)
{
    if (!drop_prefix(name) || !drop_digits(name) || !name.starts_with('.')) return false;
    name.remove_prefix(1);
    if (!drop_digits(name)) return false;
    return name.empty() || name == "t" || name == "d" || name == "td" || name == "m";
}

bool is_python(std::string_view name)
{
    if (is_versioned_python(name)) return true;
    if (!drop_prefix(name)) return false;
    return name.empty() || (drop_digits(name) && name.empty());
}

bool is_pruned(std::string_view name)
{
    return std::ranges::find(k_pruned, name) != k_pruned.end();
}

bool is_environment_part(std::string_view name)
{
    return std::ranges::find(k_environment_parts, name) != k_environment_parts.end();
}

std::span<const std::string_view> project_marks()
{
    return k_project_marks;
}

bool states_requirements(std::string_view name)
{
    return name == "requirements.txt" || name == "pyproject.toml";
}

std::string absolute_path(std::string_view path, std::string_view folder, std::string_view home)
{
    std::string whole;
    if (path == "~" || path.starts_with("~/")) {
        whole = home;
        path.remove_prefix(1);
    } else if (!path.starts_with('/')) {
        whole = folder;
    }
    whole += '/';
    whole += path;
    std::vector<std::string_view> parts;
    for (const auto part : split_list(whole, '/')) {
        if (part == ".") continue;
        if (part != "..") {
            parts.push_back(part);
        } else if (!parts.empty()) {
            parts.pop_back();
        }
    }
    std::string out;
    for (const auto part : parts) {
        out += '/';
        out += part;
    }
    return out.empty() ? "/" : out;
}

std::string join(std::string_view folder, std::string_view name)
{
    std::string out(folder);
    if (!out.ends_with('/')) out += '/';
    out += name;
    return out;
}

std::string_view parent(std::string_view path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return "/";
    return path.substr(0, slash);
}

std::string_view last_name(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_below(std::string_view path, std::string_view folder)
{
    if (folder == "/") return path.starts_with('/');
    if (!path.starts_with(folder)) return false;
    return path.size() == folder.size() || path[folder.size()] == '/';
}

std::vector<std::string_view> split_list(std::string_view list, char separator)
{
    std::vector<std::string_view> parts;
    while (!list.empty()) {
        const auto end = std::min(list.find(separator), list.size());
        if (end > 0) parts.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return parts;
}

model::Environment make_environment(model::EnvironmentKind kind, std::string path,
                                    std::string executable, std::string project)
{
    std::string key = path;
    if (kind == model::EnvironmentKind::user || kind == model::EnvironmentKind::system) {
        key += '\0';
        key += executable;
    }
    return {.id = model::environment_id(kind, key),
            .path = std::move(path),
            .kind = kind,
            .executable = std::move(executable),
            .project = std::move(project)};
}

void sort_environments(std::vector<model::Environment>& environments)
{
    // Of two that differ in the project only, the one that knows its project is kept.
    const auto order = [](const model::Environment& e) {
        return std::tuple(std::string_view(e.path), e.kind, e.project.empty(),
                          std::string_view(e.project), std::string_view(e.executable));
    };
    std::sort(environments.begin(), environments.end(),
              [&](const auto& a, const auto& b) { return order(a) < order(b); });
    std::set<std::string_view> seen;
    std::vector<model::Environment> once;
    for (auto& environment : environments) {
        if (!seen.insert(environment.id).second) continue;
        once.push_back(environment);
    }
    environments = std::move(once);
}

} // namespace envfix::inventory
