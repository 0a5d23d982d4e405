#include "remedy/work_area.hpp"

#include "fs/fault.hpp"
#include "fs/mount.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace envfix::remedy {

std::string stage_path(const std::string& run)
{
    return std::string(k_work_area) + "/stage/" + run;
}

std::string backup_path(const std::string& run)
{
    return std::string(k_work_area) + "/backup/" + run;
}

bool is_run_id(const std::string& run)
{
    constexpr std::size_t k_longest = 64;
    return !run.empty() && run.size() <= k_longest &&
           std::all_of(run.begin(), run.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
           });
}

Result<void> check_work_area(const fs::WriteTree& root)
{
    const std::string area = k_work_area;
    for (const auto& path : std::array{area, area + "/stage", area + "/backup"}) {
        const auto status = root.lstat(path);
        if (!status && status.error().code == ErrorCode::not_found) continue;
        if (!status) return fail(status.error());
        const auto shown = root.path() + "/" + path;
        const bool ours = status->uid == ::geteuid() && (status->mode & 022U) == 0;
        if (status->is_directory() && ours) continue;
        if (status->is_directory()) {
            return fail(ErrorCode::denied, shown + " belongs to somebody else, or others may write in it, but fixes are built " +
                                               "and old files kept there: move it away (mv " + shown + " " + shown +
                                               ".old), then try again");
        }
        return fail(ErrorCode::not_supported,
                    shown + (status->is_link() ? " is a link" : " is no folder") +
                        " and not of our making, but fixes are built there: move it away (mv " +
                        shown + " " + shown + ".old), then try again");
    }
    return {};
}

Result<void> check_room_for_fix(const fs::WriteTree& root)
{
    constexpr std::uint64_t k_least_free = std::uint64_t{64} << 20U;
    ENVFIX_TRY(const auto free, fs::free_bytes(root.descriptor()));
    if (free >= k_least_free) return {};
    return fail(ErrorCode::no_space, "less than 64 MiB are free in " + root.path());
}

Result<void> make_stage(const fs::WriteTree& root, const std::string& run)
{
    if (!is_run_id(run)) return fail(ErrorCode::malformed, "\"" + run + "\" names no run");
    ENVFIX_FAULT_POINT("stage.make");
    ENVFIX_CHECK(check_work_area(root));
    ENVFIX_CHECK(root.make_directories(std::string(k_work_area) + "/stage"));
    return root.make_directory(stage_path(run), 0700);
}

Result<void> remove_stage(const fs::WriteTree& root, const std::string& run)
{
    if (!is_run_id(run)) return fail(ErrorCode::malformed, "\"" + run + "\" names no run");
    ENVFIX_FAULT_POINT("stage.remove");
    auto removed = root.remove_tree(stage_path(run));
    if (!removed && removed.error().code != ErrorCode::not_found) return removed;
    tidy_work_area(root);
    return {};
}

void tidy_work_area(const fs::WriteTree& root)
{
    const std::string area = k_work_area;
    for (const auto& path : std::array{area + "/stage", area + "/backup", area})
        static_cast<void>(root.remove_empty_directory(path));
}

} // namespace envfix::remedy
