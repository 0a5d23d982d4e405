#include "app/service_program.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string>

namespace envfix::app {

Error become_service_program(char** argv)
{
    std::array<char, PATH_MAX> buffer{};
    const auto size = ::readlink("/proc/self/exe", buffer.data(), buffer.size() - 1);
    if (size <= 0) return errno_error("finding where envfixd lies (/proc/self/exe)");
    const std::string own(buffer.data(), static_cast<std::size_t>(size));
    const auto folder = own.substr(0, own.rfind('/'));
    for (const auto* place : {"/libexec/envfixd", "/../libexec/envfix/envfixd"}) {
        const auto program = folder + place;
        ::execv(program.c_str(), argv);
        if (errno != ENOENT && errno != ENOTDIR) return errno_error("starting " + program);
    }
    return {.code = ErrorCode::not_found,
            .message = "the service program is missing: " + folder + "/libexec/envfixd; build or install envfix again"};
}

} // namespace envfix::app
