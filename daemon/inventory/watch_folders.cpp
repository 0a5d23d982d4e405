#include "inventory/watch_folders.hpp"

#include "inventory/names.hpp"

#include <algorithm>

namespace envfix::inventory {

namespace {

using model::EnvironmentKind;

void add(std::vector<WatchedFolder>& folders, std::string path, FolderRole role)
{
    if (path.empty() || path == "/") return;
    const auto same = [&](const WatchedFolder& folder) {
        return folder.path == path && folder.role == role;
    };
    if (std::ranges::none_of(folders, same)) folders.push_back({std::move(path), role});
}

/// "cryptography.hazmat.bindings._rust" → "cryptography/hazmat/bindings"; empty for a module that
/// lies in the site directory itself.
std::string folder_of(std::string_view module)
{
    const auto dot = module.rfind('.');
    if (dot == std::string_view::npos) return {};
    std::string folder(module.substr(0, dot));
    std::ranges::replace(folder, '.', '/');
    return folder;
}

void add_compiled(std::vector<WatchedFolder>& folders, const std::string& site,
                  const model::Chain& chain)
{
    for (const auto& link : chain.links) {
        for (const auto& extension : link.extensions) {
            const auto folder = folder_of(extension);
            if (!folder.empty()) add(folders, join(site, folder), FolderRole::compiled);
        }
    }
}

} // namespace

std::vector<WatchedFolder> watch_folders(const model::Environment& environment,
                                         const std::vector<std::string>& sites,
                                         const model::Chain& chain)
{
    std::vector<WatchedFolder> folders;
    if (environment.kind == EnvironmentKind::project) {
        // Its Python and that one's packages belong to another environment, and thousands of projects may share them.
        add(folders, environment.path, FolderRole::project);
        return folders;
    }
    if (!sites.empty()) add(folders, sites.front(), FolderRole::site);
    const bool has_config =
        environment.kind == EnvironmentKind::venv || environment.kind == EnvironmentKind::pipx;
    if (has_config) add(folders, environment.path, FolderRole::prefix);
    // A venv that is being made has its configuration before its interpreter.
    if (!environment.executable.empty()) {
        add(folders, std::string(parent(environment.executable)), FolderRole::bin);
    } else if (has_config) {
        add(folders, join(environment.path, "bin"), FolderRole::bin);
    }
    if (!sites.empty()) add_compiled(folders, sites.front(), chain);
    // Whoever moves it takes along what is watched, and nobody is told of that.
    if (has_config && !sites.empty() && is_below(sites.front(), environment.path))
        add(folders, std::string(parent(sites.front())), FolderRole::library);
    for (std::size_t i = 1; i < sites.size(); ++i)
        add(folders, sites[i], FolderRole::site);
    for (std::size_t i = 1; i < sites.size(); ++i)
        add_compiled(folders, sites[i], chain);
    return folders;
}

} // namespace envfix::inventory
