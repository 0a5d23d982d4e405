#include "formats/module_finder.hpp"

#include <algorithm>
#include <utility>

namespace envfix::formats {

namespace {

/// A folder that is searched: the entry it lies in, its path there, and the view of it.
struct Folder {
    ModulePlace place;
    const DirectoryView* view = nullptr;
};

std::string join(const std::string& folder, std::string_view name)
{
    if (folder.empty()) return std::string(name);
    return folder + '/' + std::string(name);
}

ModuleKind kind_of_suffix(std::size_t index, std::size_t extensions)
{
    if (index < extensions) return ModuleKind::extension;
    return index == extensions ? ModuleKind::source : ModuleKind::bytecode;
}

/// Looks for `stem` with each suffix, in importlib's order.
std::optional<FoundModule> find_file(const Folder& folder, std::string_view stem,
                                     std::span<const std::string> extension_suffixes)
{
    std::vector<std::string_view> suffixes(extension_suffixes.begin(), extension_suffixes.end());
    suffixes.insert(suffixes.end(), {".py", ".pyc"});
    for (std::size_t i = 0; i < suffixes.size(); ++i) {
        const auto name = std::string(stem).append(suffixes[i]);
        if (folder.view->kind_of(name) != NodeKind::file) continue;
        return FoundModule{.kind = kind_of_suffix(i, extension_suffixes.size()),
                           .is_package = false,
                           .file = {folder.place.entry, join(folder.place.path, name)},
                           .search = {}};
    }
    return {};
}

/// One component of a dotted name in the folders where it may lie.
std::optional<FoundModule> find_one(std::span<const Folder> folders, std::string_view name,
                                    std::span<const std::string> extension_suffixes)
{
    std::vector<ModulePlace> portions;
    for (const auto& folder : folders) {
        if (folder.view == nullptr) continue;
        const ModulePlace place{folder.place.entry, join(folder.place.path, name)};
        const auto inside =
            folder.view->kind_of(name) == NodeKind::directory ? folder.view->enter(name) : nullptr;
        if (inside) {
            auto package = find_file({place, inside.get()}, "__init__", extension_suffixes);
            if (package) {
                package->is_package = true;
                package->search = {place};
                return package;
            }
        }
        if (auto module = find_file(folder, name, extension_suffixes)) return module;
        if (inside) portions.push_back(place);
    }
    if (portions.empty()) return {};
    return FoundModule{.kind = ModuleKind::namespace_package,
                       .is_package = true,
                       .file = portions.front(),
                       .search = portions};
}

} // namespace

std::optional<FoundModule> find_module(std::span<const DirectoryView* const> path,
                                       std::string_view module,
                                       std::span<const std::string> extension_suffixes)
{
    std::vector<std::unique_ptr<DirectoryView>> entered; // what `folders` looks at
    std::vector<Folder> folders;
    for (std::size_t i = 0; i < path.size(); ++i)
        folders.push_back({{i, ""}, path[i]});

    for (;;) {
        const auto dot = module.find('.');
        const auto name = module.substr(0, dot);
        if (name.empty() || name.find('/') != std::string_view::npos) return {};
        auto found = find_one(folders, name, extension_suffixes);
        if (!found || dot == std::string_view::npos) return found;
        if (!found->is_package) return {};

        std::vector<Folder> next;
        std::vector<std::unique_ptr<DirectoryView>> views;
        for (const auto& place : found->search) {
            const auto parent = std::ranges::find(
                folders, place.entry, [](const Folder& folder) { return folder.place.entry; });
            auto view = parent->view->enter(name);
            next.push_back({place, view.get()});
            views.push_back(std::move(view));
        }
        folders = std::move(next);
        entered = std::move(views);
        module.remove_prefix(dot + 1);
    }
}

} // namespace envfix::formats
