#include "inventory/prefix.hpp"

#include "inventory/names.hpp"
#include "inventory/projects.hpp"

#include <algorithm>
#include <array>

namespace envfix::inventory {

namespace {

using model::EnvironmentKind;

constexpr std::size_t k_project_file_cap{4096};
constexpr int k_levels_to_project = 4;

bool is_file(const fs::Tree& tree, const std::string& path)
{
    const auto found = tree.lstat(path);
    return found && (found->is_regular() || found->is_link());
}

/// virtualenvwrapper and pipenv note the project's folder in a file of the venv.
std::string noted_project(const fs::Tree& tree, const std::string& prefix)
{
    const auto text = tree.read(join(prefix, ".project"), k_project_file_cap);
    if (!text || !text->starts_with('/')) return {};
    std::string_view line = *text;
    line = line.substr(0, line.find_first_of("\r\n"));
    return absolute_path(line, "/");
}

/// The nearest folder above that carries a project's mark, or else the one that holds the venv.
std::string project_above(const fs::Tree& tree, const Places& places, const std::string& prefix)
{
    const std::string_view holder = parent(prefix);
    auto folder = holder;
    for (int level = 0; level < k_levels_to_project && folder != "/"; ++level) {
        if (folder == places.home) break;
        for (const auto mark : project_marks()) {
            if (tree.exists(join(folder, mark))) return std::string(folder);
        }
        folder = parent(folder);
    }
    return std::string(holder);
}

/// Folders that hold venvs of many projects, and are none themselves.
bool is_collection(const Places& places, std::string_view folder)
{
    if (places.home.empty()) return false;
    const auto in_home = [&](std::string_view name) {
        return is_below(folder, join(places.home, name));
    };
    return in_home(".virtualenvs") || in_home(".local/share") || in_home(".cache") ||
           (!places.home.empty() && is_below(folder, pyenv_versions(places)));
}

} // namespace

std::vector<std::string> pipx_folders(const Places& places)
{
    if (places.home.empty()) return {};
    return {join(places.home, ".local/share/pipx/venvs"), join(places.home, ".local/pipx/venvs")};
}

std::string pyenv_versions(const Places& places)
{
    if (!places.pyenv_root.empty()) return join(places.pyenv_root, "versions");
    return places.home.empty() ? std::string{} : join(places.home, ".pyenv/versions");
}

std::string uv_pythons(const Places& places)
{
    return places.home.empty() ? std::string{} : join(places.home, ".local/share/uv/python");
}

std::string user_site(const Places& places, const std::string& version)
{
    if (places.home.empty() || version.empty()) return {};
    return join(join(join(places.home, ".local/lib"), version), "site-packages");
}

Base base_of(const fs::Tree& tree, const Places& places, const std::string& executable)
{
    Base base{.executable = executable, .prefix = {}, .version = {}};
    const auto real = tree.real_path(executable);
    if (real && is_python(last_name(*real))) {
        base.executable = *real;
    } else if (const auto folder = tree.real_path(std::string(parent(executable)))) {
        base.executable = join(*folder, last_name(executable));
    }
    base.prefix = parent(parent(base.executable));
    if (is_versioned_python(last_name(base.executable))) base.version = last_name(base.executable);

    const auto managed = [&](const std::string& folder) {
        return !folder.empty() && base.prefix != folder && is_below(base.prefix, folder);
    };
    if (tree.is_directory(join(base.prefix, "conda-meta"))) {
        base.kind = EnvironmentKind::conda;
    } else if (managed(pyenv_versions(places)) || managed(uv_pythons(places))) {
        base.kind = EnvironmentKind::pyenv;
    }
    return base;
}

std::vector<Base> bases_in(const fs::Tree& tree, const Places& places, const std::string& bin)
{
    std::vector<Base> bases;
    const auto entries = tree.list(bin);
    if (!entries) return bases;
    for (const auto& entry : *entries) {
        if (!is_versioned_python(entry.name)) continue;
        const auto path = join(bin, entry.name);
        const auto found = tree.stat(path);
        if (!found || !found->is_executable()) continue;
        auto base = base_of(tree, places, path);
        if (std::ranges::find(bases, base) == bases.end()) bases.push_back(std::move(base));
    }
    return bases;
}

model::Environment environment_of(const Base& base)
{
    return make_environment(base.kind, base.prefix, base.executable);
}

std::string executable_of(const fs::Tree& tree, const std::string& prefix)
{
    const auto bin = join(prefix, "bin");
    for (const std::string_view name : {"python", "python3"}) {
        auto path = join(bin, name);
        if (is_file(tree, path)) return path;
    }
    if (const auto entries = tree.list(bin)) {
        for (const auto& entry : *entries) {
            if (is_versioned_python(entry.name)) return join(bin, entry.name);
        }
    }
    return {};
}

bool is_marked_as_venv(const fs::Tree& tree, const std::string& folder)
{
    const auto path = join(folder, "pyvenv.cfg");
    return is_file(tree, path) || (tree.lstat(path) && !executable_of(tree, folder).empty());
}

model::Environment venv_at(const fs::Tree& tree, const Places& places, const std::string& prefix,
                           std::string executable)
{
    const bool has_python = executable.empty() && !executable_of(tree, prefix).empty();
    if (has_python) executable = join(prefix, "bin/python");
    for (const auto& pipx : pipx_folders(places)) {
        if (prefix != pipx && is_below(prefix, pipx))
            return make_environment(EnvironmentKind::pipx, prefix, std::move(executable));
    }
    auto project = is_collection(places, parent(prefix)) ? noted_project(tree, prefix)
                                                         : project_above(tree, places, prefix);
    return make_environment(EnvironmentKind::venv, prefix, std::move(executable),
                            std::move(project));
}

std::optional<model::Environment> conda_at(const fs::Tree& tree, const std::string& prefix)
{
    auto executable = executable_of(tree, prefix);
    if (executable.empty()) {
        const auto notes = tree.list(join(prefix, "conda-meta"));
        const auto is_of_python = [](const fs::Entry& note) {
            return note.name.starts_with("python-3");
        };
        if (!notes || std::ranges::none_of(*notes, is_of_python)) return std::nullopt;
    }
    return make_environment(EnvironmentKind::conda, prefix, std::move(executable));
}

std::optional<model::Environment> environment_at(const fs::Tree& tree, const Places& places,
                                                 const std::string& folder)
{
    if (is_marked_as_venv(tree, folder)) return venv_at(tree, places, folder);
    if (tree.is_directory(join(folder, "conda-meta"))) return conda_at(tree, folder);
    return std::nullopt;
}

bool is_there(const fs::Tree& tree, const model::Environment& environment)
{
    switch (environment.kind) {
    case EnvironmentKind::venv:
    case EnvironmentKind::pipx: return is_marked_as_venv(tree, environment.path);
    case EnvironmentKind::conda: return tree.is_directory(join(environment.path, "conda-meta"));
    case EnvironmentKind::user:
        return tree.is_directory(environment.path) && tree.exists(environment.executable);
    case EnvironmentKind::system:
    case EnvironmentKind::pyenv: return tree.exists(environment.executable);
    case EnvironmentKind::project: return asks_for_packages(tree, environment.path);
    }
    return false;
}

} // namespace envfix::inventory
