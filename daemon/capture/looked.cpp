#include "capture/looked.hpp"

#include <algorithm>

namespace envfix::capture {

void Looked::note(const std::string& path)
{
    if (std::ranges::find(m_paths, path) == m_paths.end()) m_paths.push_back(path);
}

Result<std::vector<fs::Entry>> Looked::list(const std::string& path, std::size_t limit)
{
    note(path);
    return m_tree->list(path, limit);
}

Result<std::string> Looked::read(const std::string& path, std::size_t cap)
{
    note(path);
    return m_tree->read(path, cap);
}

Mark mark_of(const fs::Tree& tree, const std::string& path)
{
    const auto status = tree.stat(path);
    if (!status) return std::nullopt;
    return FileMark::of(*status);
}

std::vector<Mark> marks_of(const fs::Tree& tree, const std::vector<std::string>& paths)
{
    std::vector<Mark> marks;
    marks.reserve(paths.size());
    for (const auto& path : paths)
        marks.push_back(mark_of(tree, path));
    return marks;
}

bool is_recent(const std::vector<Mark>& marks, std::int64_t now_ns)
{
    return std::ranges::any_of(marks,
                               [&](const Mark& mark) { return mark && mark->is_recent(now_ns); });
}

} // namespace envfix::capture
