#include "capture/folder_view.hpp"

#include <algorithm>

namespace envfix::capture {

using formats::NodeKind;

namespace {

/// A view that its parent keeps.
class Borrowed final : public formats::DirectoryView {
public:
    explicit Borrowed(const FolderView& view) : m_view(view) {}

    [[nodiscard]] NodeKind kind_of(std::string_view name) const override { return m_view.kind_of(name); }
    [[nodiscard]] std::unique_ptr<formats::DirectoryView> enter(std::string_view name) const override
    {
        return m_view.enter(name);
    }

private:
    const FolderView& m_view;
};

} // namespace

const std::vector<fs::Entry>& FolderView::entries() const
{
    if (m_entries) return *m_entries;
    if (m_recall != nullptr) {
        if (const auto* known = m_recall->find(&Memory::listings, m_directory.status())) {
            m_entries = *known;
            return *m_entries;
        }
    }
    auto listed = m_directory.list();
    if (!listed) {
        m_error = listed.error();
        m_entries = std::make_shared<const std::vector<fs::Entry>>();
        return *m_entries;
    }
    m_entries = std::make_shared<const std::vector<fs::Entry>>(*std::move(listed));
    if (m_recall != nullptr) m_recall->keep(&Memory::listings, m_directory.status(), m_entries, m_entries->size() + 1);
    return *m_entries;
}

const fs::Entry* FolderView::find(std::string_view name) const
{
    const auto& all = entries();
    const auto found = std::ranges::lower_bound(all, name, {}, &fs::Entry::name);
    return found != all.end() && found->name == name ? &*found : nullptr;
}

NodeKind FolderView::kind_of(std::string_view name) const
{
    const auto* entry = find(name);
    if (entry == nullptr) return NodeKind::none;
    auto type = entry->type;
    if (type == fs::FileType::link || type == fs::FileType::unknown) {
        const auto status = m_directory.stat(std::string{name});
        if (!status) return NodeKind::none;
        type = status->type;
    }
    if (type == fs::FileType::directory) return NodeKind::directory;
    return type == fs::FileType::regular ? NodeKind::file : NodeKind::none;
}

std::unique_ptr<formats::DirectoryView> FolderView::enter(std::string_view name) const
{
    auto below = m_below.find(name);
    if (below == m_below.end()) {
        auto directory = m_directory.directory(std::string{name});
        auto view = directory ? std::make_unique<FolderView>(*std::move(directory), m_recall) : nullptr;
        below = m_below.emplace(name, std::move(view)).first;
    }
    return below->second ? std::make_unique<Borrowed>(*below->second) : nullptr;
}

FolderViews::FolderViews(const fs::Tree& tree, const std::vector<std::string>& paths, Recall recall,
                         const std::vector<formats::EditableModule>& editable)
    : m_recall(std::make_unique<Recall>(std::move(recall))), m_paths(paths)
{
    m_views.reserve(paths.size());
    for (const auto& path : paths) {
        auto directory = tree.directory(path);
        if (!directory && directory.error().code == ErrorCode::denied) {
            m_unreadable.push_back({path, directory.error().message});
        }
        if (!directory) {
            if (auto archive = ArchiveView::open(tree, path)) m_archives.emplace(m_views.size(), *std::move(archive));
        } else {
            m_recall->trust(*directory);
        }
        m_views.push_back(directory ? std::make_unique<FolderView>(*std::move(directory), m_recall.get()) : nullptr);
    }
    for (const auto& module : editable) {
        const auto slash = module.target.rfind('/');
        if (module.name.find('.') != std::string::npos || slash == std::string::npos || slash == 0) continue;
        auto directory = tree.directory(module.target.substr(0, slash));
        if (!directory) continue;
        m_editable.emplace(m_views.size(), std::make_unique<EditableView>(
                                               std::make_unique<FolderView>(*std::move(directory), m_recall.get()), module.name,
                                               module.target.substr(slash + 1)));
        m_paths.push_back(module.target.substr(0, slash));
        m_views.push_back(nullptr);
    }
}

std::string FolderViews::path_of(const formats::ModulePlace& place) const
{
    const auto editable = m_editable.find(place.entry);
    return m_paths[place.entry] + "/" + (editable == m_editable.end() ? place.path : editable->second->on_disk(place.path));
}

const FolderView* FolderViews::at(std::string_view path) const
{
    const auto found = std::ranges::find(m_paths, path);
    return found == m_paths.end() ? nullptr : m_views[static_cast<std::size_t>(found - m_paths.begin())].get();
}

std::vector<const formats::DirectoryView*> FolderViews::pointers() const
{
    std::vector<const formats::DirectoryView*> all;
    all.reserve(m_views.size());
    for (const auto& view : m_views) all.push_back(view.get());
    for (const auto& [entry, archive] : m_archives) all[entry] = archive.get();
    for (const auto& [entry, module] : m_editable) all[entry] = module.get();
    return all;
}

} // namespace envfix::capture
