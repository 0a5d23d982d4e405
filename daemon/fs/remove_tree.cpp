#include "fs/fault.hpp"
#include "fs/resolve.hpp"
#include "fs/write_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

namespace envfix::fs {

namespace {

struct CloseDir {
    void operator()(DIR* dir) const { ::closedir(dir); }
};

/// A folder that is being emptied, and its name in the one above.
struct Level {
    std::unique_ptr<DIR, CloseDir> dir;
    std::string name;
    bool found = false; ///< in this pass: some file systems skip names while others are removed
};

constexpr std::size_t k_deepest = 512;

/// Opens a folder that is no link and no mount point.
std::optional<Level> enter(int parent, const std::string& name)
{
    const Start start{.dir = parent, .one_file_system = true};
    UniqueFd fd = open_path(start, name, O_RDONLY | O_DIRECTORY, Links::refuse);
    if (!fd) return std::nullopt;
    DIR* const dir = ::fdopendir(fd.get());
    if (dir == nullptr) return std::nullopt;
    static_cast<void>(fd.release());
    return Level{.dir = std::unique_ptr<DIR, CloseDir>(dir), .name = name};
}

/// The next name that is left in a folder; nothing at its end.
std::optional<std::string> next_name(DIR* dir)
{
    for (;;) {
        const dirent* const found = ::readdir(dir);
        if (found == nullptr) return std::nullopt;
        const std::string name = found->d_name;
        if (name != "." && name != "..") return name;
    }
}

} // namespace

Result<void> WriteTree::remove_tree(const std::string& path, std::size_t most) const
{
    ENVFIX_TRY(const auto at, place(path));
    ENVFIX_FAULT_POINT("fs.remove-tree");
    const auto refuse = [&] { return fail(errno_error("removing " + shown(path))); };
    if (::unlinkat(at.parent.get(), at.name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return refuse();

    std::vector<Level> levels;
    const auto go_down = [&](int parent, const std::string& name) {
        auto level = enter(parent, name);
        if (!level) {
            // A folder without any right for its owner, as some packages ship them.
            if (errno != EACCES || ::fchmodat(parent, name.c_str(), 0700, 0) != 0) return false;
            level = enter(parent, name);
            if (!level) return false;
        }
        levels.push_back(*std::move(level));
        return true;
    };
    if (!go_down(at.parent.get(), at.name)) return refuse();
    for (std::size_t seen = 0; !levels.empty();) {
        const int dir = ::dirfd(levels.back().dir.get());
        const auto name = next_name(levels.back().dir.get());
        if (!name && levels.back().found) {
            levels.back().found = false;
            ::rewinddir(levels.back().dir.get());
            continue;
        }
        if (!name) {
            const auto done = std::move(levels.back().name);
            levels.pop_back();
            const int parent = levels.empty() ? at.parent.get() : ::dirfd(levels.back().dir.get());
            if (::unlinkat(parent, done.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
                return refuse();
            continue;
        }
        levels.back().found = true;
        if (++seen > most || levels.size() > k_deepest)
            return fail(ErrorCode::too_large, "removing " + shown(path) + ": too many names in it");
        if (::unlinkat(dir, name->c_str(), 0) == 0 || errno == ENOENT) continue;
        if (errno == EACCES && ::fchmod(dir, 0700) == 0 &&
            (::unlinkat(dir, name->c_str(), 0) == 0 || errno == ENOENT))
            continue;
        if (errno != EISDIR && errno != EPERM) return refuse();
        if (!go_down(dir, *name)) return refuse();
    }
    return {};
}

} // namespace envfix::fs
