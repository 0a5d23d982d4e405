#pragma once
#include "formats/module_finder.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

/// A directory tree that exists in memory only. A path with a `/` at its end is a directory; the
/// directories above each path exist as well.
class ListingView : public envfix::formats::DirectoryView {
    using Tree = std::map<std::string, envfix::formats::NodeKind, std::less<>>;

public:
    explicit ListingView(const std::vector<std::string>& paths) : m_tree(std::make_shared<Tree>())
    {
        for (const auto& path : paths) {
            for (auto slash = path.find('/'); slash != std::string::npos;
                 slash = path.find('/', slash + 1))
                (*m_tree)[path.substr(0, slash)] = envfix::formats::NodeKind::directory;
            if (!path.ends_with('/')) (*m_tree)[path] = envfix::formats::NodeKind::file;
        }
    }

    [[nodiscard]] envfix::formats::NodeKind kind_of(std::string_view name) const override
    {
        const auto found = m_tree->find(m_prefix + std::string(name));
        return found == m_tree->end() ? envfix::formats::NodeKind::none : found->second;
    }

    [[nodiscard]] std::unique_ptr<DirectoryView> enter(std::string_view name) const override
    {
        if (kind_of(name) != envfix::formats::NodeKind::directory) return nullptr;
        return std::unique_ptr<DirectoryView>(
            new ListingView(m_tree, m_prefix + std::string(name) + '/'));
    }

private:
    ListingView(std::shared_ptr<Tree> tree, std::string prefix)
        : m_tree(std::move(tree)), m_prefix(std::move(prefix))
    {
    }

    std::shared_ptr<Tree> m_tree;
    std::string m_prefix;
};
