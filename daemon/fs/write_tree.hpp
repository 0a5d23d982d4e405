#pragma once

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "fs/status.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::fs {

/// A folder that we write in: an environment's prefix, or one of our own. Paths are relative to it,
/// without "." and ".."; no component below it may be a link or on another mount, so that nobody
/// leads a write elsewhere. Errors name the path; a path through a link or with ".." is
/// ErrorCode::malformed, one that crosses a mount not_supported, one that is not there not_found.
///
/// Nothing is durable before one of the sync functions says so, except for atomic_replace.
class WriteTree {
public:
    /// Links in `path` itself are followed: it is the person's own.
    static Result<WriteTree> open(const std::string& path);

    [[nodiscard]] const std::string& path() const { return m_path; }

    [[nodiscard]] int descriptor() const { return m_fd.get(); }

    /// A folder below, as a tree of its own. "" gives this one again.
    [[nodiscard]] Result<WriteTree> directory(const std::string& path) const;

    /// What the name is; a link at the end is not followed.
    [[nodiscard]] Result<Status> lstat(const std::string& path) const;
    [[nodiscard]] bool exists(const std::string& path) const;
    /// The names in a folder, sorted; "" for this one. ErrorCode::too_large above `limit`.
    [[nodiscard]] Result<std::vector<Entry>> list(const std::string& path,
                                                  std::size_t limit = 200'000) const;
    [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t cap) const;
    [[nodiscard]] Result<std::string> read_link(const std::string& path) const;
    /// The digest of a file's bytes, 64 hexadecimal digits.
    [[nodiscard]] Result<std::string> sha256(const std::string& path) const;
    /// A regular file, for reading.
    [[nodiscard]] Result<UniqueFd> open_file(const std::string& path) const;

    /// A new file, for writing and reading. ErrorCode::plan_changed where the name is taken.
    [[nodiscard]] Result<UniqueFd> create_file(const std::string& path, std::uint32_t mode) const;
    /// A new file with these bytes; it is gone again after an error.
    Result<void> write_file(const std::string& path, std::string_view bytes,
                            std::uint32_t mode) const;
    /// Puts a file with these bytes in the place of whatever file was there: a reader sees the old
    /// or the new bytes, also after a crash. Durable.
    Result<void> atomic_replace(const std::string& path, std::string_view bytes,
                                std::uint32_t mode) const;
    /// A link with this target. ErrorCode::plan_changed where the name is taken.
    Result<void> make_link(const std::string& path, const std::string& target) const;

    /// One folder. ErrorCode::plan_changed where the name is taken.
    Result<void> make_directory(const std::string& path, std::uint32_t mode) const;
    /// A folder and those above it that are not there yet.
    Result<void> make_directories(const std::string& path, std::uint32_t mode = 0700) const;
    /// False where the folder is not empty.
    Result<bool> remove_empty_directory(const std::string& path) const;
    Result<void> remove_file(const std::string& path) const;
    /// Removes what is there, folders with all below them; links are removed, not followed; mounts
    /// are not entered. ErrorCode::too_large above `most` names, with part of it gone. Nothing
    /// there: well.
    Result<void> remove_tree(const std::string& path, std::size_t most = 2'000'000) const;

    /// ErrorCode::plan_changed where `to` is taken.
    Result<void> rename(const std::string& from, const std::string& to) const;
    /// Each takes the other's place in one step. ErrorCode::not_supported where the file system
    /// cannot.
    Result<void> exchange(const std::string& a, const std::string& b) const;

    /// Makes a folder's names durable; "" for this one.
    Result<void> sync_directory(const std::string& path) const;
    /// Makes a file's bytes durable.
    Result<void> sync_file(const std::string& path) const;
    /// Makes all of the file system durable that this folder lies on: cheaper than many single
    /// ones.
    Result<void> sync_file_system() const;

private:
    WriteTree(UniqueFd fd, std::string path) : m_fd(std::move(fd)), m_path(std::move(path)) {}

    /// A folder that is open, and the name in it.
    struct Place {
        UniqueFd parent;
        std::string name;
    };

    [[nodiscard]] Result<Place> place(const std::string& path) const;
    [[nodiscard]] Result<UniqueFd> open(const std::string& path, int flags) const;
    [[nodiscard]] std::string shown(const std::string& path) const;

    UniqueFd m_fd;
    std::string m_path;
};

/// Makes a folder and those above it, for our own state: absolute path, mode 0700.
/// ErrorCode::denied where the last one belongs to somebody else or others may write in it.
Result<void> make_private_directories(const std::string& path);

/// The parent of a relative path, "" for a single name.
std::string parent_of(const std::string& path);

/// True for a relative path of single names: no "", ".", ".." among them, no NUL, not absolute.
bool is_plain_relative(std::string_view path);

} // namespace envfix::fs
