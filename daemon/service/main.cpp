#include "app/surroundings.hpp"
#include "base/standard_streams.hpp"
#include "service/service.hpp"

#include <cstdio>
#include <exception>
#include <string_view>

// Started by envfixd, which has checked the arguments.
int main(int argc, char** argv)
{
    using namespace envfix;
    fill_standard_streams();
    bool system = false;
    bool check = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        system = system || word == "--system";
        check = check || word == "--check-config";
    }
    try {
        const auto surroundings =
            app::surroundings_of_process(system ? app::Instance::system : app::Instance::user);
        if (!surroundings) {
            std::fprintf(stderr, "envfixd: %s\n", surroundings.error().message.c_str());
            return 1;
        }
        return check ? service::check_configuration(*surroundings) : service::run(*surroundings);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "envfixd: %s\n", error.what());
        return 1;
    }
}
