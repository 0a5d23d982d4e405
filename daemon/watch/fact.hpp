#pragma once

#include "engine/settle.hpp"
#include "inventory/watch_folders.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace envfix::watch {

/// What was seen in an environment. Facts are hints: the snapshot that is taken afterwards decides.
enum class FactKind : std::uint8_t {
    metadata_appeared,  ///< a dist-info or egg-info was made or moved here; `name` is its name
    metadata_vanished,  ///< one was deleted or moved away
    record_appeared,    ///< RECORD came to be, or was written, in the dist-info `name`
    installer_appeared, ///< INSTALLER, likewise
    leftover_appeared,  ///< a folder `~name`, which pip makes while it replaces a package
    leftover_vanished,
    compiled_changed, ///< a compiled file was made, written, replaced or had its mode changed
    compiled_vanished,
    path_file_changed,     ///< a .pth file
    configuration_changed, ///< pyvenv.cfg
    interpreter_changed,   ///< a Python in the environment's bin
    interpreter_vanished,  ///< one of these two
    folder_gone,           ///< a watched folder was moved, deleted or unmounted; `name` is its path
    other,                 ///< something else that counts as activity; without a name
    too_many,              ///< more than can be told one by one; capture again
    poll_due               ///< this environment cannot be watched, and it is time to look
};

std::string_view to_string(FactKind kind);

struct Fact {
    std::string environment; ///< its id
    FactKind kind = FactKind::other;
    std::string name;

    auto operator<=>(const Fact&) const = default;
};

/// The fact as the settler takes it.
engine::Event event_of(const Fact& fact);

/// Why a folder is watched: one of inventory's reasons, a dist-info in the making, or that it will
/// hold a folder that is to be watched and is not there, or leads to one.
enum class Role : std::uint8_t { prefix, bin, site, compiled, metadata, project, awaited };

Role role_of(inventory::FolderRole role);

/// What an inotify event on a folder of that role means; nothing for what does not matter. `mask`
/// is the kernel's, `name` the entry's, empty for the folder itself. Pure.
std::optional<FactKind> meaning_of(Role role, std::uint32_t mask, std::string_view name);

/// Whether `name` may be a compiled module: "x.so", "x.cpython-311-x86_64-linux-gnu.so".
bool is_compiled(std::string_view name);

/// Whether the event tells that the watched folder itself is gone from its path.
bool is_end_of_folder(std::uint32_t mask);

} // namespace envfix::watch
