#include "inventory/inventory.hpp"
#include "inventory/names.hpp"
#include "inventory/prefix.hpp"

#include <algorithm>
#include <array>

namespace envfix::inventory {

namespace {

constexpr std::size_t k_environments_txt_cap{256UL * 1024};

/// Folders below the home in which tools keep the venvs of many projects.
constexpr std::array<std::string_view, 4> k_collections{".virtualenvs", ".local/share/virtualenvs",
                                                        ".cache/pypoetry/virtualenvs",
                                                        ".local/share/uv/tools"};
constexpr std::array<std::string_view, 5> k_conda_in_home{"miniconda3", "anaconda3", "miniforge3",
                                                          "mambaforge", "micromamba"};
constexpr std::array<std::string_view, 3> k_conda_in_opt{"/opt/conda", "/opt/miniconda3",
                                                         "/opt/miniforge3"};

/// The folders in a folder, no links; empty where there is no such folder.
std::vector<std::string> folders_in(const fs::Tree& tree, const std::string& path,
                                    const FolderHook& hook)
{
    std::vector<std::string> folders;
    if (path.empty()) return folders;
    const auto opened = tree.directory(path);
    if (!opened) return folders;
    if (hook) hook(opened->descriptor(), path, 0);
    const auto entries = opened->list();
    if (!entries) return folders;
    for (const auto& entry : *entries) {
        if (entry.type == fs::FileType::directory) folders.push_back(join(path, entry.name));
    }
    return folders;
}

void add_bases(std::vector<Base>& bases, std::vector<Base> more)
{
    for (auto& base : more) {
        if (std::ranges::find(bases, base) == bases.end()) bases.push_back(std::move(base));
    }
}

void add_unless_known(Survey& survey, model::Environment environment)
{
    const auto same = [&](const auto& known) { return known.id == environment.id; };
    if (std::ranges::none_of(survey.environments, same))
        survey.environments.push_back(std::move(environment));
}

} // namespace

std::vector<Base> known_bases(const fs::Tree& tree, const Places& places, const FolderHook& hook)
{
    std::vector<Base> bases;
    if (places.system) {
        for (const std::string bin : {"/usr/bin", "/usr/local/bin"}) {
            if (const auto opened = tree.directory(bin); opened && hook)
                hook(opened->descriptor(), bin, 0);
            add_bases(bases, bases_in(tree, places, bin));
        }
    }
    for (const auto& versions : {pyenv_versions(places), uv_pythons(places)}) {
        for (const auto& prefix : folders_in(tree, versions, hook)) {
            if (!is_marked_as_venv(tree, prefix))
                add_bases(bases, bases_in(tree, places, join(prefix, "bin")));
        }
    }
    for (const auto& prefix : conda_prefixes(tree, places))
        add_bases(bases, bases_in(tree, places, join(prefix, "bin")));
    std::ranges::sort(bases, {}, &Base::executable);
    return bases;
}

std::vector<std::string> conda_prefixes(const fs::Tree& tree, const Places& places)
{
    std::vector<std::string> prefixes;
    const auto add = [&](const std::string& prefix) {
        if (tree.is_directory(join(prefix, "conda-meta")) &&
            std::ranges::find(prefixes, prefix) == prefixes.end())
            prefixes.push_back(prefix);
    };
    const auto add_install = [&](const std::string& prefix) {
        add(prefix);
        for (const auto& folder : folders_in(tree, join(prefix, "envs"), {}))
            add(folder);
    };
    if (!places.home.empty()) {
        const auto noted =
            tree.read(join(places.home, ".conda/environments.txt"), k_environments_txt_cap);
        if (noted) {
            for (const auto line : split_list(*noted, '\n')) {
                if (line.starts_with('/')) add(absolute_path(line, "/"));
            }
        }
        for (const auto name : k_conda_in_home)
            add_install(join(places.home, name));
        add_install(join(places.home, ".conda"));
    }
    if (places.system) {
        for (const auto path : k_conda_in_opt)
            add_install(std::string(path));
    }
    return prefixes;
}

Survey survey_known_places(const fs::Tree& tree, const Places& places, const Limits& limits,
                           const FolderHook& hook)
{
    Survey survey;
    for (const auto& base : known_bases(tree, places, hook)) {
        // A conda prefix is one environment by whatever name its Python is entered; see below.
        if (base.kind != model::EnvironmentKind::conda)
            add_unless_known(survey, environment_of(base));
        const auto site = user_site(places, base.version);
        if (!site.empty() && tree.is_directory(site)) {
            add_unless_known(survey,
                             make_environment(model::EnvironmentKind::user, site, base.executable));
        }
    }
    for (const auto& prefix : conda_prefixes(tree, places)) {
        if (auto conda = conda_at(tree, prefix)) add_unless_known(survey, std::move(*conda));
    }
    sort_environments(survey.environments);
    if (places.home.empty()) return survey;
    // Where a new version makes a new user site.
    for (const auto& version : folders_in(tree, join(places.home, ".local/lib"), hook)) {
        if (is_versioned_python(last_name(version)))
            static_cast<void>(folders_in(tree, version, hook));
    }

    Limits shallow = limits;
    shallow.depth = std::min(limits.depth, 4);
    shallow.watched_depth = 1; // each venv, for its pyvenv.cfg comes after its folder
    std::vector<std::string> collections = pipx_folders(places);
    for (const auto name : k_collections)
        collections.push_back(join(places.home, name));
    for (const auto& version : folders_in(tree, pyenv_versions(places), {}))
        collections.push_back(join(version, "envs")); // of pyenv-virtualenv
    for (const auto& collection : collections) {
        if (!tree.is_directory(collection)) continue;
        auto found = survey_below(tree, places, collection, shallow, hook);
        found.deeper = false; // what lies deeper is inside of the environments found
        merge(survey, std::move(found));
    }
    sort_environments(survey.environments);
    return survey;
}

} // namespace envfix::inventory
