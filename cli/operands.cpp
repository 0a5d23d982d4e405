#include "cli/operands.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <vector>

namespace envfix::cli {

namespace {

constexpr std::size_t k_id_digits = 12;
constexpr std::size_t k_least_prefix = 4;

bool looks_like_id(std::string_view text)
{
    return text.size() >= k_least_prefix && text.size() <= k_id_digits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace

std::string absolute_path(std::string_view path, std::string_view working_directory)
{
    const auto whole = path.starts_with('/') ? std::string{path} : std::string{working_directory}.append("/").append(path);
    std::vector<std::string_view> parts;
    for (std::string_view rest = whole; !rest.empty();) {
        const auto slash = std::min(rest.find('/'), rest.size());
        const auto part = rest.substr(0, slash);
        rest.remove_prefix(std::min(slash + 1, rest.size()));
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            parts.push_back(part);
        } else if (!parts.empty()) {
            parts.pop_back();
        }
    }
    std::string absolute;
    for (const auto part : parts) absolute.append("/").append(part);
    return absolute.empty() ? "/" : absolute;
}

std::string environment_operand(std::string_view operand, std::string_view working_directory, bool exists)
{
    if (looks_like_id(operand) && !exists) return std::string{operand};
    return absolute_path(operand, working_directory);
}

bool is_missing(const std::string& path)
{
    struct stat found{};
    return ::lstat(path.c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

Result<std::string> working_directory()
{
    const std::unique_ptr<char, decltype(&std::free)> path(::getcwd(nullptr, 0), &std::free);
    if (!path) return fail(errno_error("the current folder"));
    return std::string{path.get()};
}

Result<std::string> read_input(const std::string& path, std::size_t limit)
{
    UniqueFd opened;
    if (path != "-") {
        opened = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!opened) return fail(errno_error("opening " + path));
    }
    const int fd = path == "-" ? STDIN_FILENO : opened.get();
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(errno_error("reading " + path));
        if (got == 0) return text;
        if (text.size() + static_cast<std::size_t>(got) > limit) {
            return fail(ErrorCode::too_large, path + ": more than " + std::to_string(limit / 1024) + " KiB");
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

} // namespace envfix::cli
