#include "fs/resolve.hpp"

#include "fs/mount.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

namespace envfix::fs {

namespace {

constexpr int k_most_links = 40;

/// With O_PATH, openat2 refuses every flag that would have no effect.
int with_ours(int flags)
{
    return flags | O_CLOEXEC | ((flags & O_PATH) != 0 ? 0 : O_NOCTTY | O_NONBLOCK);
}

int system_openat2(int dir, const char* path, const open_how& how)
{
    return static_cast<int>(::syscall(SYS_openat2, dir, path, &how, sizeof how));
}

/// Whether a failure says nothing of the file: older kernels do not know the call, and some sandboxes answer EPERM to every
/// one that they do not know. Asked for where it fails, since most processes never need to know.
bool lacks_openat2(int err)
{
    if (err != ENOSYS && err != EPERM) return false;
    static const bool works = [] {
        const open_how how{
            .flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_NO_MAGICLINKS};
        const UniqueFd fd(system_openat2(AT_FDCWD, "/", how));
        return static_cast<bool>(fd);
    }();
    return !works;
}

/// The walk of open_by_steps: where it stands, and what is left to go.
class Steps {
public:
    Steps(const Start& start, int flags, Links links)
        : m_start(start), m_flags(with_ours(flags)), m_links(links)
    {
    }

    UniqueFd run(const std::string& path, std::string* real);

private:
    bool queue(std::string_view path);
    UniqueFd open_root() const;
    bool go_up();
    bool read_link(const std::string& name, std::optional<std::string>& target) const;
    bool enter(const std::string& name, int flags);
    bool take(const std::string& name, bool last);
    bool stays_on_file_system() const;
    std::string reached() const;

    [[nodiscard]] int at() const { return m_at.get(); }

    Start m_start;
    int m_flags;
    Links m_links;
    UniqueFd m_at;
    std::vector<std::string> m_done; ///< from the root; only kept for a walk that began there
    std::deque<std::string> m_rest;
    int m_followed = 0;
    bool m_is_open = false; ///< m_at has the flags that were asked for
    std::uint64_t m_mount = 0;
};

UniqueFd Steps::open_root() const
{
    const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    return UniqueFd(m_start.root < 0 ? ::open("/", flags) : ::openat(m_start.root, ".", flags));
}

/// Puts the components of a path before what is left. Resets to the root where it is absolute.
bool Steps::queue(std::string_view path)
{
    if (!path.empty() && path.front() == '/') {
        m_at = open_root();
        if (!m_at) return false;
        m_done.clear();
    }
    std::vector<std::string> parts;
    bool must_be_directory = !path.empty() && path.back() == '/';
    while (!path.empty()) {
        const auto end = path.find('/');
        const auto part = path.substr(0, end);
        if (!part.empty() && part != ".") parts.emplace_back(part);
        if (part == ".") must_be_directory = must_be_directory || end == path.npos;
        path = end == path.npos ? std::string_view{} : path.substr(end + 1);
    }
    if (must_be_directory && m_rest.empty()) m_rest.emplace_back(".");
    m_rest.insert(m_rest.begin(), std::make_move_iterator(parts.begin()),
                  std::make_move_iterator(parts.end()));
    return true;
}

/// ".." by the names that led here: a directory that was moved meanwhile cannot lead out of the
/// root.
bool Steps::go_up()
{
    if (m_start.dir >= 0 || m_links == Links::refuse) return errno = EXDEV, false;
    if (!m_done.empty()) m_done.pop_back();
    UniqueFd at = open_root();
    for (const auto& name : m_done) {
        if (!at) return false;
        at = UniqueFd(
            ::openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    }
    m_at = std::move(at);
    return static_cast<bool>(m_at);
}

/// Whether `name` is a link here, and if so where it leads. False with errno for any other failure.
bool Steps::read_link(const std::string& name, std::optional<std::string>& target) const
{
    std::array<char, PATH_MAX> text;
    const auto length = ::readlinkat(at(), name.c_str(), text.data(), text.size());
    if (length < 0) return errno == EINVAL;
    if (static_cast<std::size_t>(length) == text.size()) return errno = ENAMETOOLONG, false;
    target.emplace(text.data(), static_cast<std::size_t>(length));
    return true;
}

/// Opens one name that is no link, or the link itself.
bool Steps::enter(const std::string& name, int flags)
{
    UniqueFd next(::openat(at(), name.c_str(), flags | O_NOFOLLOW));
    if (!next) return false;
    m_at = std::move(next);
    m_done.push_back(name);
    return stays_on_file_system();
}

bool Steps::take(const std::string& name, bool last)
{
    if (name == ".") return true;
    if (name == "..") return go_up();
    std::optional<std::string> target;
    if (!read_link(name, target)) return false;
    if (target && !(last && m_links != Links::follow)) {
        if (m_links == Links::refuse || ++m_followed > k_most_links) return errno = ELOOP, false;
        return queue(*target);
    }
    m_is_open = last;
    return enter(name, last ? m_flags : (O_PATH | O_DIRECTORY | O_CLOEXEC));
}

bool Steps::stays_on_file_system() const
{
    if (!m_start.one_file_system) return true;

    // By the mount, as the kernel does: on an overlay, files have another device number than their folder.
    const auto mount = mount_id(at());
    if (!mount) return false;
    if (*mount != m_mount) return errno = EXDEV, false;
    return true;
}

std::string Steps::reached() const
{
    std::string path;
    for (const auto& name : m_done)
        path.append("/").append(name);
    return path.empty() ? "/" : path;
}

UniqueFd Steps::run(const std::string& path, std::string* real)
{
    m_at = m_start.dir < 0 ? open_root()
                           : UniqueFd(::openat(m_start.dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));

    if (!m_at) return {};
    const auto mount = mount_id(at());
    if (!mount) return {};
    m_mount = *mount;
    if (!queue(path)) return {};

    while (!m_rest.empty()) {
        const std::string name = std::move(m_rest.front());
        m_rest.pop_front();
        if (!take(name, m_rest.empty())) return {};
    }
    if (real != nullptr) *real = reached();
    if (m_is_open) return std::move(m_at);
    return UniqueFd(::openat(at(), ".", m_flags)); // the path ended in "/", "." or ".."
}

} // namespace

UniqueFd open_by_steps(const Start& start, const std::string& path, int flags, Links links,
                       std::string* real)
{
    return Steps(start, flags, links).run(path, real);
}

UniqueFd open_path(const Start& start, const std::string& path, int flags, Links links)
{
    open_how how{};
    const int last = links == Links::follow ? 0 : O_NOFOLLOW;
    how.flags = static_cast<__u64>(with_ours(flags | last));
    how.resolve = RESOLVE_NO_MAGICLINKS;
    if (links == Links::refuse) how.resolve |= RESOLVE_NO_SYMLINKS;
    if (start.one_file_system) how.resolve |= RESOLVE_NO_XDEV;
    int from = start.dir >= 0 ? start.dir : AT_FDCWD;
    if (start.dir < 0 && start.root >= 0) {
        from = start.root;
        how.resolve |= RESOLVE_IN_ROOT;
    } else if (start.dir >= 0 && links == Links::refuse) {
        how.resolve |= RESOLVE_BENEATH;
    }
    // The kernel gives up with EAGAIN where something is renamed while it follows "..".
    constexpr int k_tries = 8;
    int fd = -1;
    for (int i = 0; i < k_tries && fd < 0; ++i) {
        fd = system_openat2(from, path.c_str(), how);
        if (fd < 0 && errno != EAGAIN && errno != EINTR) break;
    }
    if (fd < 0) {
        const int err = errno;
        if (lacks_openat2(err)) return open_by_steps(start, path, flags, links);
        errno = err;
    }
    return UniqueFd(fd);
}

} // namespace envfix::fs
