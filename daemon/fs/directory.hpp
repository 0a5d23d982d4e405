#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "fs/file.hpp"
#include "fs/status.hpp"
#include "fs/witness.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace envfix::fs {

/// More names than a directory that we look into has.
constexpr std::size_t k_most_entries = 200'000;

/// Whose files are read: the person's own and root's; for root, everybody's.
struct Reader {
    std::uint32_t uid = 0;

    /// The user that this process runs as.
    static Reader of_process();

    /// ErrorCode::denied where a file of that owner is not read. `path` is for the message.
    [[nodiscard]] Result<bool> may_read(const Status& status, const std::string& path) const;
};

/// An open directory of a Tree. Names are relative to it: one component or more, without "..";
/// anything else is ErrorCode::malformed. Links are followed inside the tree's root.
/// The tree outlives its directories.
class Directory {
public:
    /// Use Tree::directory.
    Directory(UniqueFd fd, int root, Reader reader, const Status& status, std::string path, Witness* witness)
        : m_fd(std::move(fd)), m_root(root), m_reader(reader), m_status(status),
          m_path(std::move(path)), m_witness(witness)
    {
    }

    /// Absolute, as seen inside the root; as it was asked for.
    [[nodiscard]] const std::string& path() const { return m_path; }

    [[nodiscard]] const Status& status() const { return m_status; }

    [[nodiscard]] int descriptor() const { return m_fd.get(); }

    /// All of a regular file: one open, fstat, read, close. ErrorCode::malformed for whatever is no
    /// regular file (nothing blocks), too_large above `cap` bytes, busy while somebody has a lease.
    [[nodiscard]] Result<std::string> read(const std::string& name, std::size_t cap) const;
    [[nodiscard]] Result<File> open_file(const std::string& name) const;
    [[nodiscard]] Result<Directory> directory(const std::string& name) const;

    /// What the name leads to; links are followed.
    [[nodiscard]] Result<Status> stat(const std::string& name) const;
    /// What the name is; a last link is not followed.
    [[nodiscard]] Result<Status> lstat(const std::string& name) const;
    [[nodiscard]] Result<std::string> read_link(const std::string& name) const;
    /// Whether stat succeeds.
    [[nodiscard]] bool exists(const std::string& name) const;

    /// The names in it, sorted bytewise, without "." and "..". ErrorCode::too_large above `limit`.
    [[nodiscard]] Result<std::vector<Entry>> list(std::size_t limit = k_most_entries) const;

    /// A sub-directory that is no link and lies on the same file system, for a walk.
    [[nodiscard]] Result<Directory> enter(const std::string& name) const;

    /// NFS, CIFS, FUSE or 9p: the kernel tells nothing of changes made elsewhere.
    [[nodiscard]] bool is_remote() const;
    /// A file system of this machine that stamps each change with a ctime that nobody but root can set: equal times mean that
    /// nothing has changed. False for those that are not known to.
    [[nodiscard]] bool has_honest_times() const;
    /// Whether its mount forbids to execute what lies on it (ST_NOEXEC): mmap(2) then refuses PROT_EXEC, and a compiled module
    /// cannot be loaded.
    [[nodiscard]] Result<bool> forbids_execution() const;

private:
    [[nodiscard]] Result<UniqueFd> open(const std::string& name, int flags, bool follow) const;
    [[nodiscard]] Result<Status> status_of(const std::string& name, bool follow) const;
    [[nodiscard]] std::string path_of(const std::string& name) const;

    UniqueFd m_fd;
    int m_root = -1;
    Reader m_reader;
    Status m_status;
    std::string m_path;
    Witness* m_witness = nullptr; ///< may be null
    mutable bool m_was_listed = false;
};

} // namespace envfix::fs
