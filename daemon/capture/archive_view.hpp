#pragma once

#include "base/result.hpp"
#include "formats/module_finder.hpp"
#include "fs/tree.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::capture {

/// A zip archive on sys.path as zipimport sees it: modules of Python, no compiled ones, which
/// cannot be loaded out of an archive.
class ArchiveView final : public formats::DirectoryView {
public:
    /// Reads the archive's list of names. Errors: malformed where it is no archive.
    static Result<std::unique_ptr<ArchiveView>> open(const fs::Tree& tree, const std::string& path);

    [[nodiscard]] formats::NodeKind kind_of(std::string_view name) const override;
    [[nodiscard]] std::unique_ptr<formats::DirectoryView>
    enter(std::string_view name) const override;

private:
    using Names = std::vector<std::string>;

    ArchiveView(std::shared_ptr<const Names> names, std::string prefix)
        : m_names(std::move(names)), m_prefix(std::move(prefix))
    {
    }

    std::shared_ptr<const Names> m_names; ///< sorted
    std::string m_prefix; ///< of the folder in it: empty, or with a slash at its end
};

/// One module that an editable install's finder serves: a folder of which only that name is seen.
class EditableView final : public formats::DirectoryView {
public:
    /// `folder` is the one that holds the module's target, `leaf` the target's name there, `name`
    /// the name that it is imported by.
    EditableView(std::unique_ptr<formats::DirectoryView> folder, std::string name, std::string leaf)
        : m_folder(std::move(folder)), m_name(std::move(name)), m_leaf(std::move(leaf))
    {
    }

    [[nodiscard]] formats::NodeKind kind_of(std::string_view name) const override;
    [[nodiscard]] std::unique_ptr<formats::DirectoryView>
    enter(std::string_view name) const override;

    /// What lies on disk for a path that begins with the name.
    [[nodiscard]] std::string on_disk(const std::string& path) const;

private:
    std::unique_ptr<formats::DirectoryView> m_folder;
    std::string m_name;
    std::string m_leaf;
};

} // namespace envfix::capture
