#pragma once

#include "capture/archive_view.hpp"
#include "capture/memory.hpp"
#include "formats/editable_finder.hpp"
#include "formats/module_finder.hpp"
#include "fs/tree.hpp"
#include "model/snapshot.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::capture {

/// A folder as the module finder sees it. Its names are read once, when first asked for: that costs less than
/// asking for each name that an import could take.
class FolderView final : public formats::DirectoryView {
public:
    /// `recall` outlives it.
    explicit FolderView(fs::Directory directory, const Recall* recall = nullptr)
        : m_directory(std::move(directory)), m_recall(recall)
    {
    }

    [[nodiscard]] formats::NodeKind kind_of(std::string_view name) const override;
    /// Valid as long as this one. A folder is opened once, however often the modules of a chain lead through it.
    [[nodiscard]] std::unique_ptr<formats::DirectoryView> enter(std::string_view name) const override;

    [[nodiscard]] const fs::Directory& directory() const { return m_directory; }

    /// The names in it, sorted; an error is told once, then the folder counts as empty.
    [[nodiscard]] const std::vector<fs::Entry>& entries() const;
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

private:
    [[nodiscard]] const fs::Entry* find(std::string_view name) const;

    fs::Directory m_directory;
    const Recall* m_recall;
    mutable std::map<std::string, std::unique_ptr<FolderView>, std::less<>> m_below; ///< null: cannot be entered
    mutable std::shared_ptr<const std::vector<fs::Entry>> m_entries; ///< null: not read yet
    mutable std::optional<Error> m_error;
};

/// The folders of a sys.path, in its order; null for entries that are no folder. Archives among them are seen by the module
/// finder alone.
class FolderViews {
public:
    /// What is read below the folders is remembered in `recall`. `editable` are modules that finders serve once the path has
    /// none of their names; each is an entry behind the others, whose path is the folder that holds it.
    FolderViews(const fs::Tree& tree, const std::vector<std::string>& paths, Recall recall = {},
                const std::vector<formats::EditableModule>& editable = {});

    [[nodiscard]] const std::vector<std::unique_ptr<FolderView>>& views() const { return m_views; }

    [[nodiscard]] const std::vector<std::string>& paths() const { return m_paths; }

    [[nodiscard]] const Recall& recall() const { return *m_recall; }

    /// The view of one of the folders; null if it is none of them, or cannot be opened.
    [[nodiscard]] const FolderView* at(std::string_view path) const;

    /// Folders that are there and could not be opened.
    [[nodiscard]] const std::vector<model::Unreadable>& unreadable() const { return m_unreadable; }

    /// Whether the entry is an archive.
    [[nodiscard]] bool is_archive(std::size_t entry) const { return m_archives.contains(entry); }

    /// Where a module lies that the finder found.
    [[nodiscard]] std::string path_of(const formats::ModulePlace& place) const;

    /// For the module finder.
    [[nodiscard]] std::vector<const formats::DirectoryView*> pointers() const;

private:
    std::unique_ptr<Recall> m_recall; ///< the views point to it
    std::vector<std::string> m_paths;
    std::vector<std::unique_ptr<FolderView>> m_views;
    std::map<std::size_t, std::unique_ptr<ArchiveView>> m_archives;  ///< by entry
    std::map<std::size_t, std::unique_ptr<EditableView>> m_editable; ///< by entry
    std::vector<model::Unreadable> m_unreadable;
};

} // namespace envfix::capture
