#include "capture/archive_view.hpp"

#include "formats/zip_directory.hpp"

#include <algorithm>
#include <utility>

namespace envfix::capture {

using formats::NodeKind;

namespace {

constexpr std::uint64_t k_longest_list = 16UL * 1024 * 1024;

} // namespace

Result<std::unique_ptr<ArchiveView>> ArchiveView::open(const fs::Tree& tree,
                                                       const std::string& path)
{
    ENVFIX_TRY(const auto file, tree.open_file(path));
    const auto size = file.status().size;
    ENVFIX_TRY(const auto tail,
               file.read_at(size - std::min<std::uint64_t>(size, formats::k_zip_tail),
                            formats::k_zip_tail));
    ENVFIX_TRY(const auto end, formats::find_zip_end(tail, size));
    if (end.size > k_longest_list)
        return fail(ErrorCode::too_large, path + ": too many names in an archive");
    ENVFIX_TRY(const auto list, file.read_at(end.offset, static_cast<std::size_t>(end.size)));
    ENVFIX_TRY(const auto members, formats::parse_zip_members(list, end.count));
    auto names = std::make_shared<Names>();
    for (const auto& member : members)
        names->push_back(member.name);
    std::ranges::sort(*names);
    return std::unique_ptr<ArchiveView>(new ArchiveView(std::move(names), {}));
}

NodeKind ArchiveView::kind_of(std::string_view name) const
{
    const auto whole = m_prefix + std::string(name);
    const auto below = whole + "/";
    const auto found = std::ranges::lower_bound(*m_names, below);
    if (found != m_names->end() && found->starts_with(below)) return NodeKind::directory;
    if (name.ends_with(".so") || !std::ranges::binary_search(*m_names, whole))
        return NodeKind::none;
    return NodeKind::file;
}

std::unique_ptr<formats::DirectoryView> ArchiveView::enter(std::string_view name) const
{
    if (kind_of(name) != NodeKind::directory) return nullptr;
    return std::unique_ptr<formats::DirectoryView>(
        new ArchiveView(m_names, m_prefix + std::string(name) + "/"));
}

NodeKind EditableView::kind_of(std::string_view name) const
{
    const bool is_it = name == m_name || (name.starts_with(m_name) && name[m_name.size()] == '.');
    return is_it ? m_folder->kind_of(m_leaf + std::string(name.substr(m_name.size())))
                 : NodeKind::none;
}

std::unique_ptr<formats::DirectoryView> EditableView::enter(std::string_view name) const
{
    return name == m_name ? m_folder->enter(m_leaf) : nullptr;
}

std::string EditableView::on_disk(const std::string& path) const
{
    return path.starts_with(m_name) ? m_leaf + path.substr(m_name.size()) : path;
}

} // namespace envfix::capture
