#include "fs/tree.hpp"

#include "fs/open_checked.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <optional>

namespace envfix::fs {

namespace {

Result<bool> check_absolute(const std::string& path)
{
    if (path.empty() || path.front() != '/')
        return fail(ErrorCode::malformed, "not an absolute path: '" + path + "'");
    if (path.find('\0') != path.npos) return fail(ErrorCode::malformed, "a path with a zero byte");
    return true;
}

Result<Status> status_of(int root, const std::string& path, bool follow)
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));

    struct stat found {};

    if (root < 0) {
        if (::fstatat(AT_FDCWD, path.c_str(), &found, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
            return fail(open_error(path, errno));
        return to_status(found);
    }
    const UniqueFd fd =
        open_path({.root = root}, path, O_PATH, follow ? Links::follow : Links::follow_but_last);
    if (!fd || ::fstat(fd.get(), &found) != 0) return fail(open_error(path, errno));
    return to_status(found);
}

/// The path of an open file, from /proc: five calls where a walk takes three for each folder. Nothing where that is not the path
/// by which the file is found now: it was deleted, lies outside of our root, or there is no /proc.
std::optional<std::string> path_as_kernel_says(int fd)
{
    std::array<char, PATH_MAX> text;
    const auto self = "/proc/self/fd/" + std::to_string(fd);
    const auto length = ::readlink(self.c_str(), text.data(), text.size());
    if (length <= 0 || static_cast<std::size_t>(length) == text.size() || text.front() != '/') return std::nullopt;
    std::string path(text.data(), static_cast<std::size_t>(length));

    struct stat open {};

    struct stat found {};

    if (::fstat(fd, &open) != 0 || ::fstatat(AT_FDCWD, path.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    if (open.st_dev != found.st_dev || open.st_ino != found.st_ino) return std::nullopt;
    return path;
}

} // namespace

Result<Tree> Tree::open(const std::string& root, Reader reader)
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(root));
    if (root.find_first_not_of('/') == root.npos) return Tree(UniqueFd{}, "/", reader);
    UniqueFd fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail(errno_error("opening " + root));
    return Tree(std::move(fd), root, reader);
}

Result<File> Tree::open_file(const std::string& path) const
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));
    return open_regular({.root = m_root.get()}, path, path, m_reader);
}

Result<std::string> Tree::read(const std::string& path, std::size_t cap) const
{
    ENVFIX_TRY(const auto file, open_file(path));
    return file.read_all(cap);
}

Result<Directory> Tree::directory(const std::string& path) const
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));
    return open_directory({.root = m_root.get()}, path, path, m_reader, Links::follow);
}

Result<std::vector<Entry>> Tree::list(const std::string& path, std::size_t limit) const
{
    ENVFIX_TRY(const auto found, directory(path));
    return found.list(limit);
}

Result<Status> Tree::stat(const std::string& path) const
{
    return status_of(m_root.get(), path, true);
}

Result<Status> Tree::lstat(const std::string& path) const
{
    return status_of(m_root.get(), path, false);
}

Result<std::string> Tree::read_link(const std::string& path) const
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));
    std::array<char, PATH_MAX> target;
    ssize_t length = -1;
    if (is_system()) {
        length = ::readlink(path.c_str(), target.data(), target.size());
    } else {
        const UniqueFd fd = open_path({.root = m_root.get()}, path, O_PATH, Links::follow_but_last);
        if (!fd) return fail(open_error(path, errno));
        length = ::readlinkat(fd.get(), "", target.data(), target.size());
        if (length < 0 && errno == ENOENT)
            errno = EINVAL; // so says readlinkat("") for what is no link
    }
    if (length < 0 && errno == EINVAL)
        return fail(ErrorCode::malformed, "reading " + path + ": not a link");
    if (length < 0) return fail(open_error(path, errno));
    return std::string(target.data(), static_cast<std::size_t>(length));
}

Result<std::string> Tree::real_path(const std::string& path) const
{
    ENVFIX_TRY([[maybe_unused]] const bool absolute, check_absolute(path));
    if (is_system()) {
        const UniqueFd fd = open_path({}, path, O_PATH, Links::follow);
        if (auto known = fd ? path_as_kernel_says(fd.get()) : std::nullopt) return *std::move(known);
    }
    std::string real;
    const UniqueFd fd = open_by_steps({.root = m_root.get()}, path, O_PATH, Links::follow, &real);
    if (!fd) return fail(open_error(path, errno));
    return real;
}

bool Tree::exists(const std::string& path) const
{
    return stat(path).has_value();
}

bool Tree::is_directory(const std::string& path) const
{
    const auto found = stat(path);
    return found && found->is_directory();
}

} // namespace envfix::fs
