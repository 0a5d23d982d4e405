#include "capture/view.hpp"

#include "capture/python_path.hpp"

namespace envfix::capture {

std::string View::from_root(const std::string& path) const
{
    return join_path(m_cwd, path);
}

bool View::is_file(const std::string& path) const
{
    const auto found = m_tree->stat(from_root(path));
    return found && found->is_regular();
}

bool View::is_executable(const std::string& path) const
{
    const auto found = m_tree->stat(from_root(path));
    return found && found->is_executable();
}

bool View::is_directory(const std::string& path) const
{
    return m_tree->is_directory(from_root(path));
}

bool View::exists(const std::string& path) const
{
    return m_tree->exists(from_root(path));
}

std::optional<std::string> View::link(const std::string& path) const
{
    auto target = m_tree->read_link(from_root(path));
    if (!target) return std::nullopt;
    return *std::move(target);
}

std::optional<std::string> View::real_path(const std::string& path) const
{
    auto real = m_tree->real_path(from_root(path));
    if (!real) return std::nullopt;
    return *std::move(real);
}

Result<std::string> View::read(const std::string& path, std::size_t cap) const
{
    return m_tree->read(from_root(path), cap);
}

} // namespace envfix::capture
