#pragma once

#include "fs/status.hpp"
#include "remedy/rename_list.hpp"

#include <algorithm>
#include <map>
#include <string>

/// A tree that exists only in a test: paths of files, from which the folders follow.
class TreeView {
public:
    TreeView(std::initializer_list<std::string> files)
    {
        for (const auto& path : files) {
            const bool link = path.ends_with('@');
            const auto name = link ? path.substr(0, path.size() - 1) : path;
            m_nodes[name] = status(
                link ? envfix::fs::FileType::link : envfix::fs::FileType::regular, m_nodes.size());
            for (auto slash = name.rfind('/'); slash != std::string::npos;
                 slash = name.rfind('/', slash - 1)) {
                m_nodes.try_emplace(name.substr(0, slash),
                                    status(envfix::fs::FileType::directory, 1000 + m_nodes.size()));
                if (slash == 0) break;
            }
        }
    }

    [[nodiscard]] envfix::fs::Status at(const std::string& path) const { return m_nodes.at(path); }

    [[nodiscard]] envfix::remedy::View view() const
    {
        return {.lstat = [this](const std::string& path) -> std::optional<envfix::fs::Status> {
                    const auto found = m_nodes.find(path);
                    return found == m_nodes.end() ? std::nullopt : std::optional(found->second);
                },
                .names =
                    [this](const std::string& folder) {
                        std::vector<envfix::fs::Entry> entries;
                        for (const auto& [path, node] : m_nodes) {
                            const auto slash = path.rfind('/');
                            const auto parent =
                                slash == std::string::npos ? std::string() : path.substr(0, slash);
                            if (parent == folder)
                                entries.push_back(
                                    {.name = path.substr(slash + 1), .type = node.type});
                        }
                        return entries;
                    }};
    }

private:
    static envfix::fs::Status status(envfix::fs::FileType type, std::size_t inode)
    {
        envfix::fs::Status made;
        made.type = type;
        made.inode = inode + 1;
        return made;
    }

    std::map<std::string, envfix::fs::Status> m_nodes;
};
