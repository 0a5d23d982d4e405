#include "inventory/roots.hpp"

#include "inventory/names.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace envfix::inventory {

namespace {

/// Their own files are the machine's, and below them lie the homes and projects of everybody.
constexpr std::array<std::string_view, 15> k_whole_machine{"/",      "/bin", "/boot", "/etc", "/home", "/lib", "/lib64", "/media",
                                                           "/nix",   "/opt", "/run",  "/sbin", "/snap", "/usr", "/var"};
/// Nothing in them is on a disk.
constexpr std::array<std::string_view, 3> k_of_kernel{"/dev", "/proc", "/sys"};

} // namespace

bool is_of_kernel(std::string_view path)
{
    if (is_below(path, "/dev/shm")) return false; // memory, but a disk to whoever uses it
    return std::ranges::any_of(k_of_kernel, [&](std::string_view folder) { return is_below(path, folder); });
}

Result<void> may_hold_projects(const std::string& path)
{
    const bool whole = std::ranges::find(k_whole_machine, path) != k_whole_machine.end();
    if (!whole && !is_of_kernel(path) && !is_below(path, "/dev")) return {};
    return fail(ErrorCode::not_supported,
                path + " holds the whole machine or a part of it, not projects; add the folders that hold yours, such as ~/src "
                       "(the interpreters of the machine are watched without that)");
}

} // namespace envfix::inventory
