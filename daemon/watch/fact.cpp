#include "watch/fact.hpp"

#include "formats/dist_names.hpp"
#include "inventory/names.hpp"

#include <sys/inotify.h>

namespace envfix::watch {

namespace {

constexpr std::uint32_t k_came = IN_CREATE | IN_MOVED_TO;
constexpr std::uint32_t k_went = IN_DELETE | IN_MOVED_FROM;

bool has(std::uint32_t mask, std::uint32_t bits)
{
    return (mask & bits) != 0;
}

/// What Python itself writes while it runs, and what is ours.
bool is_noise(std::string_view name)
{
    return name == "__pycache__" || name == ".envfix";
}

std::optional<FactKind> of_metadata(std::uint32_t mask, formats::DistKind kind)
{
    if (has(mask, k_went)) return FactKind::metadata_vanished;
    // An egg-info has neither INSTALLER nor RECORD to wait for.
    const bool is_awaited = kind == formats::DistKind::dist_info;
    return is_awaited && has(mask, k_came) ? FactKind::metadata_appeared : FactKind::other;
}

std::optional<FactKind> in_packages(std::uint32_t mask, std::string_view name, bool is_site)
{
    if (is_noise(name)) return std::nullopt;
    if (is_compiled(name))
        return has(mask, k_went) ? FactKind::compiled_vanished : FactKind::compiled_changed;
    if (is_site && name.starts_with('~')) {
        if (has(mask, k_came)) return FactKind::leftover_appeared;
        return has(mask, k_went) ? FactKind::leftover_vanished : FactKind::other;
    }
    const auto kind = formats::parse_dist_name(name).kind;
    if (is_site && (kind == formats::DistKind::dist_info || kind == formats::DistKind::egg_info))
        return of_metadata(mask, kind);
    if (is_site && name.ends_with(".pth")) return FactKind::path_file_changed;
    // The mode and the times of a file that is no program say nothing; a file that is being written
    // tells so when it is closed.
    if (has(mask, k_came | k_went | IN_CLOSE_WRITE)) return FactKind::other;
    if (name.empty() && has(mask, IN_ATTRIB)) return FactKind::other; // the folder's own mode
    return std::nullopt;
}

std::optional<FactKind> in_prefix(std::uint32_t mask, std::string_view name)
{
    if (name == "pyvenv.cfg")
        return has(mask, k_went) ? FactKind::interpreter_vanished : FactKind::configuration_changed;
    const bool is_part = name == "lib" || name == "lib64" || name == "bin" || name.empty();
    if (is_part && has(mask, k_came | k_went | IN_ATTRIB)) return FactKind::other;
    return std::nullopt; // a project may lie in its venv's folder
}

std::optional<FactKind> in_project(std::uint32_t mask, std::string_view name)
{
    const bool matters = inventory::states_requirements(name) && has(mask, k_came | k_went | IN_CLOSE_WRITE);
    return matters ? std::optional(FactKind::configuration_changed) : std::nullopt;
}

std::optional<FactKind> in_metadata(std::uint32_t mask, std::string_view name)
{
    if (has(mask, k_came | IN_CLOSE_WRITE)) {
        if (name == "RECORD") return FactKind::record_appeared;
        if (name == "INSTALLER") return FactKind::installer_appeared;
        return FactKind::other;
    }
    return has(mask, k_went) ? std::optional(FactKind::other) : std::nullopt;
}

} // namespace

std::string_view to_string(FactKind kind)
{
    switch (kind) {
    case FactKind::metadata_appeared: return "metadata-appeared";
    case FactKind::metadata_vanished: return "metadata-vanished";
    case FactKind::record_appeared: return "record-appeared";
    case FactKind::installer_appeared: return "installer-appeared";
    case FactKind::leftover_appeared: return "leftover-appeared";
    case FactKind::leftover_vanished: return "leftover-vanished";
    case FactKind::compiled_changed: return "compiled-changed";
    case FactKind::compiled_vanished: return "compiled-vanished";
    case FactKind::path_file_changed: return "path-file-changed";
    case FactKind::configuration_changed: return "configuration-changed";
    case FactKind::interpreter_changed: return "interpreter-changed";
    case FactKind::interpreter_vanished: return "interpreter-vanished";
    case FactKind::folder_gone: return "folder-gone";
    case FactKind::other: return "other";
    case FactKind::too_many: return "too-many";
    case FactKind::poll_due: return "poll-due";
    }
    return "other";
}

engine::Event event_of(const Fact& fact)
{
    using engine::Sight;
    const auto event = [&](Sight sight, bool named = false) {
        return engine::Event{.environment = fact.environment,
                             .sight = sight,
                             .name = named ? fact.name : std::string{}};
    };
    switch (fact.kind) {
    case FactKind::metadata_appeared: return event(Sight::metadata_appeared, true);
    case FactKind::metadata_vanished: return event(Sight::metadata_vanished, true);
    case FactKind::record_appeared: return event(Sight::record_appeared, true);
    case FactKind::installer_appeared: return event(Sight::installer_appeared, true);
    case FactKind::leftover_appeared: return event(Sight::leftover_appeared, true);
    case FactKind::leftover_vanished: return event(Sight::leftover_vanished, true);
    case FactKind::compiled_vanished: return event(Sight::compiled_vanished);
    case FactKind::interpreter_vanished:
    case FactKind::folder_gone: return event(Sight::interpreter_gone);
    case FactKind::too_many:
    case FactKind::poll_due: return event(Sight::look);
    case FactKind::compiled_changed:
    case FactKind::path_file_changed:
    case FactKind::configuration_changed:
    case FactKind::interpreter_changed:
    case FactKind::other: return event(Sight::other);
    }
    return event(Sight::other);
}

Role role_of(inventory::FolderRole role)
{
    switch (role) {
    case inventory::FolderRole::prefix: return Role::prefix;
    case inventory::FolderRole::bin: return Role::bin;
    case inventory::FolderRole::site: return Role::site;
    case inventory::FolderRole::compiled: return Role::compiled;
    case inventory::FolderRole::project: return Role::project;
    case inventory::FolderRole::library: return Role::awaited;
    }
    return Role::site;
}

bool is_compiled(std::string_view name)
{
    return name.size() > 3 && name.ends_with(".so");
}

bool is_end_of_folder(std::uint32_t mask)
{
    return has(mask, IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED);
}

std::optional<FactKind> meaning_of(Role role, std::uint32_t mask, std::string_view name)
{
    switch (role) {
    case Role::site: return in_packages(mask, name, true);
    case Role::compiled: return in_packages(mask, name, false);
    case Role::prefix: return in_prefix(mask, name);
    case Role::bin:
        if (!inventory::is_python(name)) return std::nullopt;
        return has(mask, k_went) ? FactKind::interpreter_vanished : FactKind::interpreter_changed;
    case Role::metadata: return in_metadata(mask, name);
    case Role::project: return in_project(mask, name);
    case Role::awaited: return std::nullopt;
    }
    return std::nullopt;
}

} // namespace envfix::watch
