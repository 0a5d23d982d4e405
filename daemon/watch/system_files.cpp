#include "watch/system_files.hpp"

#include "inventory/names.hpp"
#include "watch/fact.hpp"

#include <algorithm>
#include <utility>

namespace envfix::watch {

SystemFiles::SystemFiles(const fs::Tree& tree, const Inotify& inotify, const std::vector<std::string>& paths)
    : m_tree(tree), m_inotify(inotify)
{
    for (const auto& path : paths) {
        const std::string folder(inventory::parent(path));
        auto name = path.substr(path.rfind('/') + 1);
        const auto known = std::ranges::find(m_folders, folder, &Folder::path);
        if (known != m_folders.end())
            known->names.push_back(std::move(name));
        else
            m_folders.push_back({.path = folder, .names = {std::move(name)}});
    }
}

void SystemFiles::watch()
{
    for (auto& folder : m_folders) {
        if (folder.number >= 0) continue;
        const auto opened = m_tree.directory(folder.path);
        if (!opened) continue;
        folder.number = m_inotify.add(opened->descriptor(), Interest::names).value_or(-1);
    }
}

bool SystemFiles::take(const formats::InotifyEvent& event)
{
    bool concerns = false;
    bool is_gone = false;
    for (auto& folder : m_folders) {
        if (folder.number < 0 || folder.number != event.wd) continue;
        if (is_end_of_folder(event.mask)) {
            // Moved away, or an environment that shared the watch let go of it.
            m_inotify.remove(folder.number);
            folder.number = -1;
            is_gone = true;
            continue;
        }
        concerns = concerns || std::ranges::find(folder.names, event.name) != folder.names.end();
    }
    if (is_gone) watch();
    return concerns || is_gone;
}

} // namespace envfix::watch
