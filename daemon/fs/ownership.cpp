#include "fs/ownership.hpp"

#include "fs/owner.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace envfix::fs {

namespace {

bool is_private_group(gid_t gid)
{
    const auto* user = ::getpwuid(::geteuid());
    if (user == nullptr || user->pw_gid != gid) return false;
    const std::string name = user->pw_name;
    const auto* group = ::getgrgid(gid);
    if (group == nullptr || name != group->gr_name) return false;
    for (auto* const* member = group->gr_mem; *member != nullptr; ++member) {
        if (name != *member) return false;
    }
    return true;
}

Result<void> check_one(const std::string& path)
{
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0) return fail(errno_error("looking at " + path));
    if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
        return fail(ErrorCode::denied, path + " belongs to uid " + std::to_string(status.st_uid) +
                                           ", who could exchange what a fix builds; nothing is done there");
    }
    const bool sticky = (status.st_mode & S_ISVTX) != 0;
    const bool by_group = (status.st_mode & S_IWGRP) != 0 && !is_private_group(status.st_gid);
    if (!sticky && (by_group || (status.st_mode & S_IWOTH) != 0)) {
        return fail(ErrorCode::denied, "others may write in " + path +
                                           " and could exchange what a fix builds; take that right away (chmod go-w " + path +
                                           "), then try again");
    }
    return {};
}

} // namespace

Result<void> check_unshared(const std::string& path)
{
    return check_each_above(path, check_one);
}

} // namespace envfix::fs
