#include "fs/ownership.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

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

Result<void> check_one_is_roots(const std::string& path)
{
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0) return fail(errno_error("looking at " + path));
    const bool sticky = (status.st_mode & S_ISVTX) != 0;
    if (status.st_uid == 0 && (sticky || (status.st_mode & S_IWOTH) == 0)) return {};
    return fail(ErrorCode::denied, path + (status.st_uid == 0 ? " may be written by everybody"
                                                              : " belongs to uid " + std::to_string(status.st_uid)) +
                                       "; root runs nothing that others could have put there");
}

/// Of a path without links, then of every folder above it.
template <typename Check> Result<void> check_each(const std::string& whole, const Check& check)
{
    for (std::size_t end = 1; end < whole.size(); ++end) {
        end = std::min(whole.find('/', end), whole.size());
        ENVFIX_CHECK(check(whole.substr(0, end)));
    }
    return check("/");
}

Result<std::string> without_links(const std::string& path)
{
    const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
    if (real == nullptr) return fail(errno_error("looking at " + path));
    return std::string{real.get()};
}

} // namespace

Result<void> check_unshared(const std::string& path)
{
    ENVFIX_TRY(const auto whole, without_links(path));
    return check_each(whole, check_one);
}

Result<uid_t> owner_of(const std::string& path)
{
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0) return fail(errno_error("looking at " + path));
    return status.st_uid;
}

Result<void> check_only_root_writes(const std::string& path)
{
    const auto whole = without_links(path);
    if (!whole) return whole.error().code == ErrorCode::not_found ? Result<void>{} : fail(whole.error());
    return check_each(*whole, check_one_is_roots);
}

} // namespace envfix::fs
