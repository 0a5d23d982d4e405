#include "fs/write_tree.hpp"

#include "base/sha256.hpp"
#include "fs/fault.hpp"
#include "fs/file.hpp"
#include "fs/resolve.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <memory>

namespace envfix::fs {

namespace {

constexpr std::size_t k_chunk = 256UL * 1024;

/// Callers act on these three in their own way; errno_error knows only what they share.
Error refused(std::string_view doing, int err = errno)
{
    auto error = errno_error(doing, err);
    if (err == EEXIST || err == ENOTEMPTY) error.code = ErrorCode::plan_changed;
    if (err == EXDEV) error.code = ErrorCode::not_supported;
    if (err == ELOOP) error.code = ErrorCode::malformed;
    return error;
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path)
{
    while (!bytes.empty()) {
        const auto n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(refused("writing " + path));
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

int rename_with(int from_dir, const std::string& from, int to_dir, const std::string& to,
                unsigned flags)
{
    return static_cast<int>(
        ::syscall(SYS_renameat2, from_dir, from.c_str(), to_dir, to.c_str(), flags));
}

} // namespace

bool is_plain_relative(std::string_view path)
{
    if (path.empty() || path.find('\0') != path.npos || path.size() >= PATH_MAX) return false;
    for (;;) {
        const auto end = path.find('/');
        const auto part = path.substr(0, end);
        if (part.empty() || part == "." || part == "..") return false;
        if (end == path.npos) return true;
        path.remove_prefix(end + 1);
    }
}

std::string parent_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == path.npos ? std::string{} : path.substr(0, slash);
}

Result<WriteTree> WriteTree::open(const std::string& path)
{
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail(refused("opening " + path));
    return WriteTree(std::move(fd), path);
}

std::string WriteTree::shown(const std::string& path) const
{
    return path.empty() ? m_path : m_path + "/" + path;
}

Result<UniqueFd> WriteTree::open(const std::string& path, int flags) const
{
    if (!path.empty() && !is_plain_relative(path))
        return fail(ErrorCode::malformed, "\"" + path + "\" is no path below " + m_path);
    const Start start{.dir = m_fd.get(), .one_file_system = true};
    UniqueFd fd = open_path(start, path.empty() ? "." : path, flags, Links::refuse);
    if (!fd) return fail(refused("opening " + shown(path)));
    return fd;
}

Result<WriteTree::Place> WriteTree::place(const std::string& path) const
{
    if (!is_plain_relative(path))
        return fail(ErrorCode::malformed, "\"" + path + "\" is no path below " + m_path);
    const auto parent = parent_of(path);
    ENVFIX_TRY(auto fd, open(parent, O_PATH | O_DIRECTORY));
    return Place{.parent = std::move(fd),
                 .name = parent.empty() ? path : path.substr(parent.size() + 1)};
}

Result<WriteTree> WriteTree::directory(const std::string& path) const
{
    ENVFIX_TRY(auto fd, open(path, O_RDONLY | O_DIRECTORY));
    return WriteTree(std::move(fd), shown(path));
}

Result<Status> WriteTree::lstat(const std::string& path) const
{
    ENVFIX_TRY(const auto at, place(path));

    struct stat status {};

    if (::fstatat(at.parent.get(), at.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(refused("looking at " + shown(path)));
    return to_status(status);
}

bool WriteTree::exists(const std::string& path) const
{
    return lstat(path).has_value();
}

Result<std::vector<Entry>> WriteTree::list(const std::string& path, std::size_t limit) const
{
    ENVFIX_TRY(auto fd, open(path, O_RDONLY | O_DIRECTORY));

    struct Close {
        void operator()(DIR* dir) const { ::closedir(dir); }
    };

    const std::unique_ptr<DIR, Close> dir(::fdopendir(fd.get()));
    if (!dir) return fail(refused("reading " + shown(path)));
    static_cast<void>(fd.release()); // the DIR owns it now
    std::vector<Entry> entries;
    for (;;) {
        errno = 0;
        const dirent* const found = ::readdir(dir.get());
        if (found == nullptr && errno != 0) return fail(refused("reading " + shown(path)));
        if (found == nullptr) break;
        const std::string name = found->d_name;
        if (name == "." || name == "..") continue;
        if (entries.size() == limit)
            return fail(ErrorCode::too_large,
                        shown(path) + " holds more than " + std::to_string(limit) + " names");

        struct stat status {};

        if (::fstatat(::dirfd(dir.get()), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue; // it went while we looked
        entries.push_back({.name = name, .type = to_status(status).type});
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.name < b.name; });
    return entries;
}

Result<UniqueFd> WriteTree::open_file(const std::string& path) const
{
    // Looked at before it is opened for reading: opening a device or a FIFO may already do
    // something.
    ENVFIX_TRY(const auto seen, open(path, O_PATH));

    struct stat before {};

    if (::fstat(seen.get(), &before) != 0) return fail(refused("looking at " + shown(path)));
    if (!S_ISREG(before.st_mode))
        return fail(ErrorCode::malformed, shown(path) + " is no regular file");
    const std::string again = "/proc/self/fd/" + std::to_string(seen.get());
    UniqueFd fd(::open(again.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd) return fail(refused("opening " + shown(path)));
    return fd;
}

Result<std::string> WriteTree::read(const std::string& path, std::size_t cap) const
{
    ENVFIX_TRY(auto fd, open_file(path));
    return read_stream(fd.get(), shown(path), cap);
}

Result<std::string> WriteTree::read_link(const std::string& path) const
{
    ENVFIX_TRY(const auto at, place(path));
    std::array<char, PATH_MAX> target{};
    const auto length =
        ::readlinkat(at.parent.get(), at.name.c_str(), target.data(), target.size());
    if (length < 0) return fail(refused("reading the link " + shown(path)));
    return std::string(target.data(), static_cast<std::size_t>(length));
}

Result<std::string> WriteTree::sha256(const std::string& path) const
{
    ENVFIX_TRY(const auto fd, open_file(path));
    Sha256 digest;
    std::string chunk(k_chunk, '\0');
    for (;;) {
        const auto n = ::read(fd.get(), chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(refused("reading " + shown(path)));
        if (n == 0) return digest.finish();
        digest.add(std::string_view(chunk).substr(0, static_cast<std::size_t>(n)));
    }
}

Result<UniqueFd> WriteTree::create_file(const std::string& path, std::uint32_t mode) const
{
    ENVFIX_TRY(const auto at, place(path));
    UniqueFd fd(::openat(at.parent.get(), at.name.c_str(),
                         O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 07777U));
    if (!fd) return fail(refused("creating " + shown(path)));
    // The umask is the person's, the mode what the file must have.
    if (::fchmod(fd.get(), mode & 07777U) != 0) {
        auto error = refused("setting the mode of " + shown(path));
        ::unlinkat(at.parent.get(), at.name.c_str(), 0);
        return fail(std::move(error));
    }
    return fd;
}

Result<void> WriteTree::write_file(const std::string& path, std::string_view bytes,
                                   std::uint32_t mode) const
{
    ENVFIX_TRY(const auto fd, create_file(path, mode));
    const auto write = [&]() -> Result<void> {
        ENVFIX_FAULT_POINT("fs.write-file.write");
        return write_all(fd.get(), bytes, shown(path));
    };
    auto written = write();
    if (!written) static_cast<void>(remove_file(path));
    return written;
}

Result<void> WriteTree::atomic_replace(const std::string& path, std::string_view bytes,
                                       std::uint32_t mode) const
{
    ENVFIX_TRY(const auto at, place(path));
    // Whoever writes this path holds a lock, so a name that is left over is that of a dead writer.
    const auto temporary = path + ".new";
    static_cast<void>(remove_file(temporary));
    ENVFIX_FAULT_POINT("fs.atomic-replace.create");
    ENVFIX_TRY(const auto fd, create_file(temporary, mode));
    const auto finish = [&]() -> Result<void> {
        ENVFIX_FAULT_POINT("fs.atomic-replace.write");
        ENVFIX_CHECK(write_all(fd.get(), bytes, shown(temporary)));
        ENVFIX_FAULT_POINT("fs.atomic-replace.sync");
        if (::fsync(fd.get()) != 0) return fail(refused("writing " + shown(temporary)));
        ENVFIX_FAULT_POINT("fs.atomic-replace.rename");
        if (::renameat(at.parent.get(), (at.name + ".new").c_str(), at.parent.get(),
                       at.name.c_str()) != 0)
            return fail(refused("replacing " + shown(path)));
        return {};
    };
    if (auto finished = finish(); !finished) {
        static_cast<void>(remove_file(temporary));
        return finished;
    }
    ENVFIX_FAULT_POINT("fs.atomic-replace.sync-directory");
    return sync_directory(parent_of(path));
}

Result<void> WriteTree::make_link(const std::string& path, const std::string& target) const
{
    ENVFIX_TRY(const auto at, place(path));
    if (::symlinkat(target.c_str(), at.parent.get(), at.name.c_str()) != 0)
        return fail(refused("linking " + shown(path)));
    return {};
}

Result<void> WriteTree::make_directory(const std::string& path, std::uint32_t mode) const
{
    ENVFIX_TRY(const auto at, place(path));
    if (::mkdirat(at.parent.get(), at.name.c_str(), 0700) != 0)
        return fail(refused("making the folder " + shown(path)));
    if (::fchmodat(at.parent.get(), at.name.c_str(), mode & 07777U, 0) != 0)
        return fail(refused("setting the mode of " + shown(path)));
    return {};
}

Result<void> WriteTree::make_directories(const std::string& path, std::uint32_t mode) const
{
    if (!is_plain_relative(path))
        return fail(ErrorCode::malformed, "\"" + path + "\" is no path below " + m_path);
    for (std::size_t end = 0; end != path.npos;) {
        end = path.find('/', end + 1);
        const auto part = path.substr(0, end);
        auto made = make_directory(part, mode);
        if (!made && made.error().code != ErrorCode::plan_changed) return made;
    }
    return open(path, O_PATH | O_DIRECTORY).map([](const UniqueFd&) {});
}

Result<bool> WriteTree::remove_empty_directory(const std::string& path) const
{
    ENVFIX_TRY(const auto at, place(path));
    if (::unlinkat(at.parent.get(), at.name.c_str(), AT_REMOVEDIR) == 0) return true;
    if (errno == ENOTEMPTY || errno == EEXIST) return false;
    return fail(refused("removing the folder " + shown(path)));
}

Result<void> WriteTree::remove_file(const std::string& path) const
{
    ENVFIX_TRY(const auto at, place(path));
    if (::unlinkat(at.parent.get(), at.name.c_str(), 0) != 0)
        return fail(refused("removing " + shown(path)));
    return {};
}

Result<void> WriteTree::rename(const std::string& from, const std::string& to) const
{
    ENVFIX_TRY(const auto source, place(from));
    ENVFIX_TRY(const auto target, place(to));
    const auto doing = [&] { return "moving " + shown(from) + " to " + shown(to); };
    if (rename_with(source.parent.get(), source.name, target.parent.get(), target.name,
                    RENAME_NOREPLACE) == 0)
        return {};
    if (errno != EINVAL && errno != ENOSYS) return fail(refused(doing()));

    // A file system that knows no flags (NFS): as near as it gets.
    struct stat status {};

    if (::fstatat(target.parent.get(), target.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        return fail(refused(doing(), EEXIST));
    if (::renameat(source.parent.get(), source.name.c_str(), target.parent.get(),
                   target.name.c_str()) != 0)
        return fail(refused(doing()));
    return {};
}

Result<void> WriteTree::exchange(const std::string& a, const std::string& b) const
{
    ENVFIX_TRY(const auto first, place(a));
    ENVFIX_TRY(const auto second, place(b));
    if (rename_with(first.parent.get(), first.name, second.parent.get(), second.name,
                    RENAME_EXCHANGE) == 0)
        return {};
    const int err = errno == EINVAL ? ENOSYS : errno;
    return fail(refused("exchanging " + shown(a) + " and " + shown(b), err));
}

Result<void> WriteTree::sync_directory(const std::string& path) const
{
    ENVFIX_TRY(const auto fd, open(path, O_RDONLY | O_DIRECTORY));
    if (::fsync(fd.get()) != 0) return fail(refused("syncing " + shown(path)));
    return {};
}

Result<void> WriteTree::sync_file(const std::string& path) const
{
    ENVFIX_TRY(const auto fd, open_file(path));
    if (::fsync(fd.get()) != 0) return fail(refused("syncing " + shown(path)));
    return {};
}

Result<void> WriteTree::sync_file_system() const
{
    if (::syncfs(m_fd.get()) != 0) return fail(refused("syncing " + m_path));
    return {};
}

Result<void> make_private_directories(const std::string& path)
{
    if (path.empty() || path.front() != '/' || !is_plain_relative(std::string_view(path).substr(1)))
        return fail(ErrorCode::malformed, "\"" + path + "\" is no absolute path");
    for (std::size_t end = 0; end != path.npos;) {
        end = path.find('/', end + 1);
        if (::mkdir(path.substr(0, end).c_str(), 0700) != 0 && errno != EEXIST)
            return fail(refused("making the folder " + path.substr(0, end)));
    }

    struct stat status {};

    if (::stat(path.c_str(), &status) != 0) return fail(refused("looking at " + path));
    if (!S_ISDIR(status.st_mode)) return fail(refused("opening " + path, ENOTDIR));
    if (status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(ErrorCode::denied,
                    path + " belongs to somebody else, or others may write in it");
    return {};
}

} // namespace envfix::fs
