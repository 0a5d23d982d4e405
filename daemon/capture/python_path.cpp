#include "capture/python_path.hpp"

#include <vector>

namespace envfix::capture {

std::string join_path(std::string_view first, std::string_view second)
{
    if (second.starts_with('/') || first.empty()) return std::string(second);
    std::string joined(first);
    if (joined.back() != '/') joined += '/';
    return joined.append(second);
}

std::string normal_path(std::string_view path)
{
    if (path.empty()) return ".";
    std::size_t slashes = path.find_first_not_of('/');
    if (slashes == path.npos) slashes = path.size();
    std::string normal(slashes == 2 ? 2 : (slashes > 0 ? 1 : 0), '/');
    const bool absolute = !normal.empty();

    std::vector<std::string_view> parts;
    for (auto rest = path.substr(slashes); !rest.empty();) {
        const auto end = rest.find('/');
        const auto part = rest.substr(0, end);
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        if (part.empty() || part == ".") continue;
        if (part != ".." || (!absolute && (parts.empty() || parts.back() == ".."))) {
            parts.push_back(part);
        } else if (!parts.empty()) {
            parts.pop_back();
        }
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) normal += '/';
        normal += parts[i];
    }
    return normal.empty() ? "." : normal;
}

std::string absolute_path(std::string_view cwd, std::string_view path)
{
    return normal_path(join_path(cwd, path));
}

std::string parent_path(std::string_view path)
{
    const auto slash = path.rfind('/');
    if (slash == path.npos) return {};
    auto head = path.substr(0, slash + 1);
    const auto last = head.find_last_not_of('/');
    if (last != head.npos) head = head.substr(0, last + 1);
    return std::string(head);
}

std::string cut_last(std::string_view path)
{
    const auto slash = path.rfind('/');
    return std::string(path.substr(0, slash == path.npos ? 0 : slash));
}

std::string_view last_name(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == path.npos ? path : path.substr(slash + 1);
}

} // namespace envfix::capture
