#include "capture/barriers.hpp"

#include "capture/python_path.hpp"
#include "fs/mount.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace envfix::capture {

namespace {

using Kind = model::Barrier::Kind;

constexpr std::uint32_t k_read = 4;
constexpr std::uint32_t k_write = 2;
constexpr std::uint32_t k_enter = 1;

struct User {
    std::uint32_t uid = 0;
};

/// Whether the mode certainly keeps him out. Of groups only the environment's own is known: a right
/// of the group counts for him wherever he may be a member.
bool is_denied(const fs::Status& status, const User& user, std::uint32_t rights)
{
    if (user.uid == 0) return false;
    std::uint32_t granted = status.mode & 07U;
    if (status.uid == user.uid) {
        granted = (status.mode >> 6U) & 07U;
    } else {
        granted |= (status.mode >> 3U) & 07U;
    }
    return (granted & rights) != rights;
}

std::optional<User> user_of(const fs::Tree& tree, const model::Environment& environment)
{
    auto folder = environment.path;
    // `sudo pip install --user` may have made all of a user site root's: the home tells whose it
    // is.
    if (environment.kind == model::EnvironmentKind::user)
        folder.resize(std::min(folder.size(), folder.find("/.local/")));
    const auto prefix = tree.stat(folder);
    // Who of all users is meant to use what root made, nobody can tell.
    if (!prefix || prefix->uid == 0) return std::nullopt;
    return User{.uid = prefix->uid};
}

/// The topmost folder on the same mount: where it is mounted.
std::string mount_point_of(const fs::Tree& tree, std::string folder, std::uint64_t mount)
{
    while (folder != "/") {
        auto above = parent_path(folder);
        const auto directory = tree.directory(above);
        if (!directory) break;
        const auto there = fs::mount_id(directory->descriptor());
        if (!there || *there != mount) break;
        folder = std::move(above);
    }
    return folder;
}

class Barriers {
public:
    Barriers(const fs::Tree& tree, const FolderViews& folders, const model::Snapshot& snapshot)
        : m_tree(tree), m_folders(folders), m_snapshot(snapshot)
    {
    }

    std::vector<model::Barrier> find()
    {
        if (m_tree.is_system())
            find_noexec(); // how an image is mounted here says nothing of where it will run
        const auto user = user_of(m_tree, m_snapshot.environment);
        if (user) {
            find_site_folders(*user);
            find_modules(*user);
        }
        return std::move(m_out);
    }

private:
    void find_noexec()
    {
        std::set<std::string> seen;
        for (const auto& link : m_snapshot.links) {
            for (const auto& module : link.extensions) {
                if (module.kind != model::ModuleKind::extension ||
                    !seen.insert(module.location).second)
                    continue;
                const auto* view = view_of(module.location);
                if (view == nullptr) continue;
                const auto forbidden = view->directory().forbids_execution();
                if (!forbidden || !*forbidden) continue;
                const auto mount = fs::mount_id(view->directory().descriptor());
                m_out.push_back(
                    {.kind = Kind::noexec_mount,
                     .path = module.path,
                     .mount = mount_point_of(m_tree, module.location, mount.value_or(0))});
            }
        }
    }

    void find_site_folders(const User& user)
    {
        for (std::size_t i = 0; i < m_folders.paths().size(); ++i) {
            const auto& path = m_folders.paths()[i];
            const auto& view = m_folders.views()[i];
            const auto status =
                view ? Result<fs::Status>(view->directory().status()) : m_tree.stat(path);
            if (!status || !status->is_directory()) continue;
            if (is_denied(*status, user, k_read | k_enter)) {
                add(Kind::not_readable, path, *status);
            } else if (is_own(path) && is_denied(*status, user, k_write | k_enter)) {
                add(Kind::not_writable, path, *status);
            }
        }
    }

    /// The files that the imports take, and the folders of those that they do not find although
    /// their metadata is there.
    void find_modules(const User& user)
    {
        std::set<std::string> seen;
        for (const auto& link : m_snapshot.links) {
            for (const auto* modules : {&link.imports, &link.extensions}) {
                for (const auto& module : *modules) {
                    // A compiled file that could be read needs no second look.
                    const bool was_read =
                        module.binary && module.binary->format != model::BinaryFile::Format::unreadable &&
                        fs::Reader::of_process().uid == user.uid;
                    if (was_read) continue;
                    if (!module.path.empty()) {
                        // Others may enter a package's folder that he may not.
                        const auto folder = parent_path(module.path);
                        if (folder != module.location) look(folder, k_read | k_enter, user, seen);
                        look(module.path, k_read, user, seen);
                    } else if (link.installed) {
                        const auto folder = link.installed->location + "/" +
                                            module.module.substr(0, module.module.find('.'));
                        look(folder, k_read | k_enter, user, seen);
                    }
                }
            }
        }
    }

    void look(const std::string& path, std::uint32_t rights, const User& user,
              std::set<std::string>& seen)
    {
        if (!seen.insert(path).second) return;
        const auto status = m_tree.stat(path);
        if (status && is_denied(*status, user, rights)) add(Kind::not_readable, path, *status);
    }

    /// A folder that the environment's user installs into, not one that the whole machine shares.
    [[nodiscard]] bool is_own(const std::string& path) const
    {
        const auto entry = std::ranges::find(m_snapshot.sys_path, path, &model::PathEntry::path);
        if (entry == m_snapshot.sys_path.end()) return false;
        return entry->origin == model::PathOrigin::venv_site ||
               entry->origin == model::PathOrigin::user_site;
    }

    [[nodiscard]] const FolderView* view_of(const std::string& path) const
    {
        const auto found = std::ranges::find(m_folders.paths(), path);
        if (found == m_folders.paths().end()) return nullptr;
        return m_folders.views()[static_cast<std::size_t>(found - m_folders.paths().begin())].get();
    }

    void add(Kind kind, const std::string& path, const fs::Status& status)
    {
        m_out.push_back({.kind = kind,
                         .path = path,
                         .mount = {},
                         .owner = status.uid,
                         .mode = status.mode & 07777U});
    }

    const fs::Tree& m_tree;
    const FolderViews& m_folders;
    const model::Snapshot& m_snapshot;
    std::vector<model::Barrier> m_out;
};

} // namespace

std::vector<model::Barrier> find_barriers(const fs::Tree& tree, const FolderViews& folders,
                                          const model::Snapshot& snapshot)
{
    return Barriers(tree, folders, snapshot).find();
}

} // namespace envfix::capture
