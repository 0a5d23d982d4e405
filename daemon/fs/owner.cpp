#include "fs/owner.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace envfix::fs {

namespace {

Result<void> check_is_roots(const std::string& path)
{
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0) return fail(errno_error("looking at " + path));
    const bool sticky = (status.st_mode & S_ISVTX) != 0;
    if (status.st_uid == 0 && (sticky || (status.st_mode & S_IWOTH) == 0)) return {};
    return fail(ErrorCode::denied, path + (status.st_uid == 0 ? " may be written by everybody"
                                                              : " belongs to uid " + std::to_string(status.st_uid)) +
                                       "; root runs nothing that others could have put there");
}

} // namespace

Result<uid_t> owner_of(const std::string& path)
{
    struct stat status {};

    if (::stat(path.c_str(), &status) != 0) return fail(errno_error("looking at " + path));
    return status.st_uid;
}

Result<void> check_only_root_writes(const std::string& path)
{
    const auto checked = check_each_above(path, check_is_roots);
    if (!checked && checked.error().code == ErrorCode::not_found) return {};
    return checked;
}

Result<void> check_each_above(const std::string& path, const std::function<Result<void>(const std::string&)>& check)
{
    const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
    if (real == nullptr) return fail(errno_error("looking at " + path));
    const std::string whole = real.get();
    for (std::size_t end = 1; end < whole.size(); ++end) {
        end = std::min(whole.find('/', end), whole.size());
        ENVFIX_CHECK(check(whole.substr(0, end)));
    }
    return check("/");
}

} // namespace envfix::fs
