#include "app/surroundings.hpp"
#include "base/printable.hpp"
#include "base/standard_streams.hpp"
#include "fs/fault.hpp"
#include "service/service.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace {

/// USER is unset in containers and in units of the system; the password database knows the name there, too.
std::string name_of_this_user(std::string fallback)
{
    const auto* entry = ::getpwuid(::getuid());
    return entry != nullptr && entry->pw_name != nullptr && *entry->pw_name != '\0' ? std::string(entry->pw_name)
                                                                                   : std::move(fallback);
}

} // namespace

// Started by envfixd, which has checked the arguments.
int main(int argc, char** argv)
{
    using namespace envfix;
    fill_standard_streams();
    bool system = false;
    bool check = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--list-fault-points") { // for the tests; none where the build has no points
            for (const auto& name : fs::fault::names()) std::printf("%s\n", name.c_str());
            return 0;
        }
        system = system || word == "--system";
        check = check || word == "--check-config";
    }
    try {
        auto surroundings =
            app::surroundings_of_process(system ? app::Instance::system : app::Instance::user);
        if (!surroundings) {
            std::fprintf(stderr, "envfixd: %s\n", surroundings.error().message.c_str());
            return 1;
        }
        surroundings->user = name_of_this_user(std::move(surroundings->user));
        return check ? service::check_configuration(*surroundings) : service::run(*surroundings);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "envfixd: %s\n", escape_untrusted(error.what()).c_str());
        return 1;
    }
}
