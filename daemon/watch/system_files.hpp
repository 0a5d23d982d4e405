#pragma once

#include "formats/inotify.hpp"
#include "fs/tree.hpp"
#include "watch/inotify.hpp"

#include <string>
#include <vector>

namespace envfix::watch {

/// Files of the machine that are replaced by a rename, never written in place: their folders are watched, and only these names
/// count. A folder that is not there is watched as soon as watch() finds it.
class SystemFiles {
public:
    SystemFiles(const fs::Tree& tree, const Inotify& inotify, const std::vector<std::string>& paths);

    /// Watches the folders that are not watched yet.
    void watch();

    /// Whether the event tells that one of the files came or went, or may have.
    bool take(const formats::InotifyEvent& event);

private:
    struct Folder {
        std::string path;
        std::vector<std::string> names;
        int number = -1; ///< of the watch; below 0: none
    };

    const fs::Tree& m_tree;
    const Inotify& m_inotify;
    std::vector<Folder> m_folders;
};

} // namespace envfix::watch
