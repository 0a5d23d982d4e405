#include "inventory/projects.hpp"

#include "base/sha256.hpp"
#include "formats/asked_packages.hpp"
#include "inventory/names.hpp"
#include "inventory/prefix.hpp"
#include "inventory/pyenv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <optional>
#include <set>

namespace envfix::inventory {

namespace {

using model::EnvironmentKind;

constexpr std::size_t k_file_cap{256UL * 1024};
constexpr std::string_view k_poetry_folder{".cache/pypoetry/virtualenvs"};

/// Parts of a project that list what they alone need.
constexpr std::array<std::string_view, 10> k_parts{"doc",     "docs",   "example", "examples",    "sample",
                                                   "samples", "test",   "tests",   "third_party", "vendor"};
/// Under these names a folder holds the environment of the project that it lies in.
constexpr std::array<std::string_view, 5> k_usual_names{".env", ".venv", "env", "venv", "virtualenv"};
/// Files of tools that keep the environment of a project elsewhere: conda, pdm.
constexpr std::array<std::string_view, 4> k_served_by{"environment.yml", "environment.yaml", ".pdm-python", "__pypackages__"};

template <typename Names> bool is_one_of(const Names& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

bool has_own_folder(const model::Environment& environment)
{
    return environment.kind == EnvironmentKind::venv || environment.kind == EnvironmentKind::conda;
}

/// Whether a path of a sorted set lies at or below the folder.
bool has_below(const std::set<std::string>& paths, const std::string& folder)
{
    if (paths.contains(folder)) return true;
    const auto at = paths.lower_bound(folder + '/');
    return at != paths.end() && is_below(*at, folder);
}

/// Whether `holds` is true of the folder or of one above it, up to the root.
template <typename Holds> bool any_above(std::string_view folder, const Holds& holds)
{
    for (;; folder = parent(folder)) {
        if (folder == "/") return false;
        if (holds(std::string(folder))) return true;
    }
}

/// The characters by which poetry tells the folder of a project in the name of its environment: "shop-2eGqWfGh-py3.11".
std::optional<std::string> poetry_mark(std::string_view name)
{
    constexpr std::size_t k_mark = 8;
    const auto python = name.rfind("-py");
    if (python == std::string_view::npos || python < k_mark + 1) return std::nullopt;
    return std::string(name.substr(python - k_mark, k_mark));
}

/// The first eight characters of the SHA-256 of its path, in Base64 for URLs.
std::string poetry_mark_of(const std::string& folder)
{
    constexpr std::string_view k_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr std::size_t k_hex = 12; // 48 bits
    const auto hex = sha256_hex(folder);
    std::uint64_t bits = 0;
    std::from_chars(hex.data(), hex.data() + k_hex, bits, 16);
    std::string mark;
    for (int shift = 42; shift >= 0; shift -= 6) mark += k_digits[(bits >> static_cast<unsigned>(shift)) & 63U];
    return mark;
}

/// What the environments that there are say of the folders around them.
class Served {
public:
    Served(const ProjectFolders& folders, const std::map<std::string, model::Environment>& environments, const Places& places)
        : m_folders(folders), m_places(places)
    {
        for (const auto& [id, environment] : environments) {
            if (has_own_folder(environment)) note(environment);
        }
    }

    [[nodiscard]] bool has_environment(const std::string& project) const
    {
        if (has_below(m_environments, project) || m_folders.served.contains(project)) return true;
        const auto serves = [&](const std::string& folder) {
            return m_environments.contains(folder) || m_holders.contains(folder) || m_folders.served.contains(folder);
        };
        if (any_above(project, serves)) return true;
        return !m_poetry.empty() && m_poetry.contains(poetry_mark_of(project));
    }

private:
    void note(const model::Environment& environment)
    {
        m_environments.insert(environment.path);
        const std::string holder(parent(environment.path));
        const bool usual = is_one_of(k_usual_names, last_name(environment.path));
        if (usual) note_holder(holder);
        // One that lies in a root beside the projects under a name of its own is for one of them.
        const bool beside_all = !usual && environment.project == holder && is_one_of(m_places.roots, holder);
        if (!environment.project.empty() && !beside_all) note_holder(environment.project);
        if (!m_places.home.empty() && is_below(environment.path, join(m_places.home, k_poetry_folder))) {
            if (auto mark = poetry_mark(last_name(environment.path))) m_poetry.insert(*std::move(mark));
        }
    }

    /// What lies in the home itself is for no project in particular.
    void note_holder(const std::string& folder)
    {
        if (folder != m_places.home) m_holders.insert(folder);
    }

    const ProjectFolders& m_folders;
    const Places& m_places;
    std::set<std::string> m_environments; ///< their paths
    std::set<std::string> m_holders;      ///< folders that have one, for all that lies below
    std::set<std::string> m_poetry;       ///< marks
};

/// By its name and those of the folders between it and the root, the root itself left out. What lies directly in a root is a
/// project, whatever its name, unless it is hidden.
bool may_be_project(std::string_view folder, const Places& places)
{
    if (folder == places.home) return false;
    const auto is_root = [&](std::string_view path) { return is_one_of(places.roots, path); };
    for (auto at = folder; !is_root(at); at = parent(at)) {
        if (at == "/") return false; // below no root
        const auto name = last_name(at);
        if (name.starts_with('.') || (is_one_of(k_parts, name) && !is_root(parent(at)))) return false;
    }
    return true;
}

} // namespace

void ProjectFolders::add(ProjectFolders more)
{
    asking.merge(more.asking);
    served.merge(more.served);
    unseen.merge(more.unseen);
}

void ProjectFolders::forget_below(const std::string& folder)
{
    for (auto* paths : {&asking, &served, &unseen}) {
        for (auto at = paths->lower_bound(folder); at != paths->end() && at->starts_with(folder);)
            at = is_below(*at, folder) ? paths->erase(at) : std::next(at);
    }
}

bool asks_for_packages(const fs::Tree& tree, const std::string& folder)
{
    if (const auto text = tree.read(join(folder, "requirements.txt"), k_file_cap)) {
        if (!formats::requirement_lines(*text, 1).empty()) return true;
    }
    const auto text = tree.read(join(folder, "pyproject.toml"), k_file_cap);
    return text && formats::pyproject_lists_packages(*text);
}

bool is_served_elsewhere(const fs::Tree& tree, const Places& places, const std::string& folder)
{
    const auto is_there = [&](std::string_view name) { return tree.exists(join(folder, name)); };
    if (std::ranges::any_of(k_served_by, is_there)) return true;
    if (!is_there(".python-version")) return false;
    // pyenv's own virtualenvs are versions like others.
    const auto python = pyenv_python(tree, places, folder);
    return python && is_marked_as_venv(tree, std::string(parent(parent(*python))));
}

std::vector<model::Environment> projects_without_environment(const ProjectFolders& folders,
                                                             const std::map<std::string, model::Environment>& environments,
                                                             const Places& places)
{
    std::vector<model::Environment> found;
    if (folders.asking.empty()) return found;
    const Served served(folders, environments, places);
    const auto is_unseen = [&](const std::string& folder) { return folders.unseen.contains(folder); };
    std::set<std::string> projects;
    for (const auto& folder : folders.asking) { // those above come before those below
        if (!may_be_project(folder, places)) continue;
        const auto is_project = [&](const std::string& above) { return projects.contains(above); };
        if (any_above(parent(folder), is_project)) continue;
        projects.insert(folder);
        if (has_below(folders.unseen, folder) || any_above(folder, is_unseen) || served.has_environment(folder)) continue;
        found.push_back(make_environment(EnvironmentKind::project, folder, {}, folder));
    }
    return found;
}

} // namespace envfix::inventory
