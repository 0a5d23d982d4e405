#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "fs/directory.hpp"
#include "fs/file.hpp"
#include "fs/status.hpp"
#include "fs/witness.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace envfix::fs {

/// A root file system to read: the machine's own, or a folder that stands for one (an image, a
/// chroot). Paths are absolute as seen inside the root, and so are the paths that come back;
/// absolute links and ".." resolve inside it and never lead out. Everything in it may be hostile:
/// what is not a regular file is never opened for reading, nothing blocks, sizes are capped.
/// Paths that are not absolute, or hold a NUL, are ErrorCode::malformed.
class Tree {
public:
    static Result<Tree> open(const std::string& root = "/", Reader reader = Reader::of_process());

    /// The same tree for one look that takes milliseconds: what it has told of a path it tells once more without asking, so
    /// that the look is of one moment. For one thread. This tree outlives it.
    [[nodiscard]] Tree still() const;

    /// The same tree; `witness` sees what it and all that is opened through it are asked, and outlives them. Only where
    /// is_system(): of another root nothing is seen. This tree outlives it.
    [[nodiscard]] Tree seen_by(Witness& witness) const;

    /// False where a folder stands for the root.
    [[nodiscard]] bool is_system() const { return m_root < 0; }

    /// The folder that stands for "/".
    [[nodiscard]] const std::string& root() const { return m_root_path; }

    /// All of a regular file. ErrorCode::malformed for whatever is no regular file, too_large above
    /// `cap` bytes, denied where it belongs to neither the reader nor root, busy while somebody
    /// has a lease on it.
    [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t cap) const;
    [[nodiscard]] Result<File> open_file(const std::string& path) const;
    [[nodiscard]] Result<Directory> directory(const std::string& path) const;
    /// See Directory::list.
    [[nodiscard]] Result<std::vector<Entry>> list(const std::string& path,
                                                  std::size_t limit = k_most_entries) const;

    /// What the path leads to; links are followed.
    [[nodiscard]] Result<Status> stat(const std::string& path) const;
    /// What the path is; a last link is not followed.
    [[nodiscard]] Result<Status> lstat(const std::string& path) const;
    [[nodiscard]] Result<std::string> read_link(const std::string& path) const;
    /// The same file's path without links, "." and "..". Fails where there is no such file.
    [[nodiscard]] Result<std::string> real_path(const std::string& path) const;
    /// Whether stat succeeds.
    [[nodiscard]] bool exists(const std::string& path) const;
    [[nodiscard]] bool is_directory(const std::string& path) const;

private:
    struct Seen;
    struct Forget {
        void operator()(Seen* seen) const;
    };

    [[nodiscard]] Result<Status> told_status(const std::string& path, bool follow) const;
    [[nodiscard]] Result<std::string> found_real_path(const std::string& path) const;

    Tree(UniqueFd root, std::string root_path, Reader reader)
        : m_owned(std::move(root)), m_root(m_owned.get()), m_root_path(std::move(root_path)),
          m_reader(reader)
    {
    }

    UniqueFd m_owned; ///< empty for the system's own root, and for a still tree
    int m_root;       ///< -1: the system's own root
    std::string m_root_path;
    Reader m_reader;
    std::unique_ptr<Seen, Forget> m_seen; ///< of a still tree
    Witness* m_witness = nullptr;         ///< may be null
};

} // namespace envfix::fs
