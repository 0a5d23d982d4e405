#include "fs/directory.hpp"

#include "fs/mount.hpp"
#include "fs/open_checked.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace envfix::fs {

namespace {

/// Beneath the directory as the text stands: relative, no "..", no NUL.
bool is_below(std::string_view name)
{
    if (name.empty() || name.front() == '/' || name.find('\0') != name.npos) return false;
    for (auto rest = name; !rest.empty();) {
        const auto end = rest.find('/');
        if (rest.substr(0, end) == "..") return false;
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    }
    return true;
}

FileType type_of_entry(unsigned char type)
{
    switch (type) {
    case DT_REG: return FileType::regular;
    case DT_DIR: return FileType::directory;
    case DT_LNK: return FileType::link;
    case DT_FIFO: return FileType::fifo;
    case DT_SOCK: return FileType::socket;
    case DT_CHR:
    case DT_BLK: return FileType::device;
    default: return FileType::unknown;
    }
}

/// Whether user 0 exists in this process' user namespace. If not, root's files show the overflow
/// uid.
bool root_is_mapped()
{
    const UniqueFd map(::open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> text{};
    const auto length = map ? ::read(map.get(), text.data(), text.size()) : -1;
    if (length <= 0) return true;
    const std::string_view lines(text.data(), static_cast<std::size_t>(length));
    // "     inside    outside   count": the first number of a line is 0 where root is mapped.
    for (auto rest = lines; !rest.empty();) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        const auto first = line.find_first_not_of(' ');
        if (first != line.npos && line.substr(first, 2) == "0 ") return true;
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    }
    return false;
}

} // namespace

Reader Reader::of_process()
{
    return {.uid = ::geteuid()};
}

Result<bool> Reader::may_read(const Status& status, const std::string& path) const
{
    constexpr std::uint32_t k_overflow_uid = 65534;
    if (uid == 0 || status.uid == uid || status.uid == 0) return true;
    if (status.uid == k_overflow_uid && !root_is_mapped()) return true;
    return fail(ErrorCode::denied,
                "reading " + path + ": owned by uid " + std::to_string(status.uid));
}

Error open_error(const std::string& path, int err)
{
    switch (err) {
    case EAGAIN: return {ErrorCode::busy, "opening " + path + ": somebody holds a lease on it"};
    case ELOOP: return {ErrorCode::malformed, "opening " + path + ": too many links"};
    case ENXIO: return {ErrorCode::malformed, "opening " + path + ": not a regular file"};
    case ENAMETOOLONG: return {ErrorCode::malformed, "opening " + path + ": name too long"};
    default: return errno_error("opening " + path, err);
    }
}

namespace {

/// `pinned`: what it must be, where it was looked at before.
Result<File> checked_file(UniqueFd fd, const std::string& shown, Reader reader, const struct stat* pinned = nullptr)
{
    struct stat found {};

    if (::fstat(fd.get(), &found) != 0) return fail(errno_error("reading " + shown));
    if (pinned != nullptr && (pinned->st_dev != found.st_dev || pinned->st_ino != found.st_ino))
        return fail(ErrorCode::busy, "reading " + shown + ": it was exchanged meanwhile");
    const Status status = to_status(found);
    if (!status.is_regular())
        return fail(ErrorCode::malformed, "reading " + shown + ": not a regular file");
    ENVFIX_TRY([[maybe_unused]] const bool allowed, reader.may_read(status, shown));
    return File(std::move(fd), status, shown);
}

/// Opens again, for reading, what an O_PATH descriptor stands for.
Result<UniqueFd> reopen(const Start& start, int pinned, const std::string& path,
                        const std::string& shown)
{
    const std::string self = "/proc/self/fd/" + std::to_string(pinned);
    UniqueFd fd(::open(self.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!fd && errno == ENOENT) fd = open_path(start, path, O_RDONLY, Links::follow); // no /proc
    if (!fd) return fail(open_error(shown, errno));
    return fd;
}

Result<File> open_file_there(const Start& start, const std::string& path, const std::string& shown, Reader reader)
{
    const bool own_root = start.root >= 0;
    // Only root makes device nodes, so a name that is no link may be opened at once and judged
    // after.
    const Links at_first = own_root && start.dir >= 0 ? Links::refuse : Links::follow_but_last;
    UniqueFd fd = open_path(start, path, O_RDONLY, at_first);
    if (fd) return checked_file(std::move(fd), shown, reader);
    if (errno != ELOOP && errno != EXDEV) return fail(open_error(shown, errno));

    // A link may lead to a device, whose driver would see the opening: look before.
    const Start whole = own_root ? Start{.root = start.root} : start;
    const std::string& from = own_root ? shown : path;
    const UniqueFd pinned = open_path(whole, from, O_PATH, Links::follow);
    if (!pinned) return fail(open_error(shown, errno));

    struct stat found {};

    if (::fstat(pinned.get(), &found) != 0) return fail(errno_error("reading " + shown));
    if (!S_ISREG(found.st_mode))
        return fail(ErrorCode::malformed, "reading " + shown + ": not a regular file");
    ENVFIX_TRY(auto opened, reopen(whole, pinned.get(), from, shown));
    return checked_file(std::move(opened), shown, reader, &found);
}

Result<Directory> open_directory_there(const Start& start, const std::string& path, const std::string& shown, Reader reader,
                                       Links links, Witness* witness)
{
    UniqueFd fd = open_path(start, path, O_RDONLY | O_DIRECTORY, links);
    if (!fd) return fail(open_error(shown, errno));

    struct stat found {};

    if (::fstat(fd.get(), &found) != 0) return fail(errno_error("reading " + shown));
    const Status status = to_status(found);
    ENVFIX_TRY([[maybe_unused]] const bool allowed, reader.may_read(status, shown));
    return Directory(std::move(fd), start.root, reader, status, shown, witness);
}

/// Of what could be opened its own status is the answer; of the rest whatever there is instead.
template <typename Opened>
void testify(Witness& witness, const Start& start, const std::string& path, const std::string& shown, Links links,
             const Result<Opened>& opened)
{
    const bool follow = links == Links::follow;
    Question question{.path = shown, .kind = follow ? Question::Kind::stat : Question::Kind::lstat};
    if (opened) {
        witness.saw(std::move(question), Answer{.status = opened->status(), .text = {}});
        return;
    }
    const auto code = opened.error().code;
    if (code != ErrorCode::not_found && code != ErrorCode::denied && code != ErrorCode::malformed) {
        witness.spoil(); // tomorrow it may be no longer busy
        return;
    }

    struct stat found {};

    if (::fstatat(start.dir >= 0 ? start.dir : AT_FDCWD, path.c_str(), &found, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0) {
        witness.saw(std::move(question), Answer{.status = to_status(found), .text = {}});
    } else {
        witness.saw(std::move(question), Result<Status>(fail(open_error(shown, errno))));
    }
}

} // namespace

Result<File> open_regular(const Start& start, const std::string& path, const std::string& shown, Reader reader, Witness* witness)
{
    auto opened = open_file_there(start, path, shown, reader);
    if (witness != nullptr) testify(*witness, start, path, shown, Links::follow, opened);
    return opened;
}

Result<Directory> open_directory(const Start& start, const std::string& path, const std::string& shown, Reader reader,
                                 Links links, Witness* witness)
{
    auto opened = open_directory_there(start, path, shown, reader, links, witness);
    if (witness != nullptr) testify(*witness, start, path, shown, links, opened);
    return opened;
}

std::string Directory::path_of(const std::string& name) const
{
    return m_path == "/" ? "/" + name : m_path + "/" + name;
}

Result<UniqueFd> Directory::open(const std::string& name, int flags, bool follow) const
{
    if (!is_below(name)) return fail(ErrorCode::malformed, "not a name below " + m_path);
    const Links links = follow ? Links::follow : Links::follow_but_last;
    const bool own_root = m_root >= 0;
    UniqueFd fd = own_root ? open_path({.root = m_root}, path_of(name), flags, links)
                           : open_path({.dir = m_fd.get()}, name, flags, links);
    if (!fd) return fail(open_error(path_of(name), errno));
    return fd;
}

Result<File> Directory::open_file(const std::string& name) const
{
    if (!is_below(name)) return fail(ErrorCode::malformed, "not a name below " + m_path);
    return open_regular({.root = m_root, .dir = m_fd.get()}, name, path_of(name), m_reader, m_witness);
}

Result<std::string> Directory::read(const std::string& name, std::size_t cap) const
{
    ENVFIX_TRY(const auto file, open_file(name));
    return file.read_all(cap);
}

Result<Directory> Directory::directory(const std::string& name) const
{
    if (!is_below(name)) return fail(ErrorCode::malformed, "not a name below " + m_path);
    const auto shown = path_of(name);
    if (m_root >= 0) return open_directory({.root = m_root}, shown, shown, m_reader, Links::follow, nullptr);
    return open_directory({.dir = m_fd.get()}, name, shown, m_reader, Links::follow, m_witness);
}

Result<Directory> Directory::enter(const std::string& name) const
{
    if (!is_below(name)) return fail(ErrorCode::malformed, "not a name below " + m_path);
    return open_directory({.root = m_root, .dir = m_fd.get(), .one_file_system = true}, name,
                          path_of(name), m_reader, Links::refuse, m_witness);
}

Result<Status> Directory::stat(const std::string& name) const
{
    auto answer = status_of(name, true);
    if (m_witness != nullptr) m_witness->saw({.path = path_of(name), .kind = Question::Kind::stat}, answer);
    return answer;
}

Result<Status> Directory::lstat(const std::string& name) const
{
    auto answer = status_of(name, false);
    if (m_witness != nullptr) m_witness->saw({.path = path_of(name), .kind = Question::Kind::lstat}, answer);
    return answer;
}

Result<Status> Directory::status_of(const std::string& name, bool follow) const
{
    struct stat found {};

    if (m_root < 0 && is_below(name)) {
        if (::fstatat(m_fd.get(), name.c_str(), &found, follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
            return fail(open_error(path_of(name), errno));
        return to_status(found);
    }
    ENVFIX_TRY(const auto fd, open(name, O_PATH, follow));
    if (::fstat(fd.get(), &found) != 0) return fail(open_error(path_of(name), errno));
    return to_status(found);
}

Result<std::string> Directory::read_link(const std::string& name) const
{
    if (m_witness != nullptr) m_witness->saw({.path = path_of(name), .kind = Question::Kind::lstat}, status_of(name, false));
    ENVFIX_TRY(const auto fd, open(name, O_PATH, false));
    std::array<char, PATH_MAX> target;
    const auto length = ::readlinkat(fd.get(), "", target.data(), target.size());
    if (length < 0) {
        if (errno == ENOENT || errno == EINVAL)
            return fail(ErrorCode::malformed, "reading " + path_of(name) + ": not a link");
        return fail(open_error(path_of(name), errno));
    }
    return std::string(target.data(), static_cast<std::size_t>(length));
}

bool Directory::exists(const std::string& name) const
{
    return stat(name).has_value();
}

Result<std::vector<Entry>> Directory::list(std::size_t limit) const
{
    // A folder that was only just opened stands at its first name.
    if (m_was_listed && ::lseek(m_fd.get(), 0, SEEK_SET) < 0) return fail(errno_error("listing " + m_path));
    m_was_listed = true;
    std::vector<Entry> entries;
    alignas(dirent64) std::array<char, 32UL * 1024> buffer;
    for (;;) {
        const auto length = ::getdents64(m_fd.get(), buffer.data(), buffer.size());
        if (length < 0) {
            const auto error = errno_error("listing " + m_path);
            if (m_witness != nullptr) m_witness->spoil(); // another time it may be read
            return fail(error);
        }
        if (length == 0) break;
        for (std::ptrdiff_t at = 0; at < length;) {
            dirent64 head{};
            std::memcpy(&head, buffer.data() + at, offsetof(dirent64, d_name));
            const char* name = buffer.data() + at + offsetof(dirent64, d_name);
            at += head.d_reclen;
            const std::string_view text(name);
            if (text == "." || text == "..") continue;
            if (entries.size() == limit)
                return fail(ErrorCode::too_large, "listing " + m_path + ": more than " +
                                                      std::to_string(limit) + " names");
            auto type = type_of_entry(head.d_type);
            if (type == FileType::unknown) {
                struct stat found {};

                if (::fstatat(m_fd.get(), name, &found, AT_SYMLINK_NOFOLLOW) == 0)
                    type = to_status(found).type;
            }
            entries.push_back({.name = std::string(text), .type = type});
        }
    }
    // std::string compares as unsigned bytes, as Python sorts what readdir gave.
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.name < b.name; });
    // A name that moved while we read may have come twice.
    entries.erase(std::unique(entries.begin(), entries.end(),
                              [](const Entry& a, const Entry& b) { return a.name == b.name; }),
                  entries.end());
    return entries;
}

Result<bool> Directory::forbids_execution() const
{
    auto forbidden = fs::forbids_execution(m_fd.get());
    if (m_witness != nullptr) {
        if (forbidden) {
            m_witness->saw({.path = m_path, .kind = Question::Kind::forbids_execution},
                           Answer{.status = {}, .text = *forbidden ? "yes" : "no"});
        } else {
            m_witness->spoil();
        }
    }
    return forbidden;
}

bool Directory::is_remote() const
{
    struct statfs found {};

    if (::fstatfs(m_fd.get(), &found) != 0) return false;
    constexpr std::array<std::uint32_t, 6> k_remote{
        0x6969,     // NFS
        0xFF534D42, // CIFS
        0xFE534D42, // SMB2
        0x65735546, // FUSE
        0x01021997, // 9p
        0x0BD00BD0  // Lustre
    };
    const auto type = static_cast<std::uint32_t>(found.f_type);
    return std::find(k_remote.begin(), k_remote.end(), type) != k_remote.end();
}

bool Directory::has_honest_times() const
{
    struct statfs found {};

    if (::fstatfs(m_fd.get(), &found) != 0) return false;
    constexpr std::array<std::uint32_t, 7> k_honest{
        0xEF53,     // ext2, ext3, ext4
        0x58465342, // XFS
        0x9123683E, // Btrfs
        0x01021994, // tmpfs
        0x794C7630, // overlayfs
        0xF2F52010, // F2FS
        0x2FC12FC1  // ZFS
    };
    const auto type = static_cast<std::uint32_t>(found.f_type);
    return std::find(k_honest.begin(), k_honest.end(), type) != k_honest.end();
}

} // namespace envfix::fs
