#include "app/surroundings.hpp"
#include "base/printable.hpp"
#include "base/standard_streams.hpp"
#include "fs/fault.hpp"
#include "service/channel.hpp"
#include "service/service.hpp"
#include "service/worker.hpp"

#include <pwd.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
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

/// What the units of workers ask for (service/worker.hpp): `--worker=watch --account=1001`.
struct Work {
    std::optional<envfix::accounts::Role> role;
    uid_t account = 0; ///< root's, which is refused
    std::string socket;
};

void note(Work& work, std::string_view word)
{
    using envfix::accounts::Role;
    constexpr std::string_view k_account = "--account=";
    constexpr std::string_view k_socket = "--socket=";
    if (word == "--worker=watch") work.role = Role::watch;
    if (word == "--worker=probe") work.role = Role::probe;
    if (word.starts_with(k_socket)) work.socket = word.substr(k_socket.size());
    if (!word.starts_with(k_account)) return;
    word.remove_prefix(k_account.size());
    const auto read = std::from_chars(word.data(), word.data() + word.size(), work.account);
    if (read.ec != std::errc{} || read.ptr != word.data() + word.size()) work.account = 0;
    if (work.socket.empty()) work.socket = std::string(envfix::service::k_worker_socket) + std::string(word);
}

} // namespace

// Started by envfixd, which has checked the arguments.
int main(int argc, char** argv)
{
    using namespace envfix;
    fill_standard_streams();
    bool system = false;
    bool check = false;
    Work work;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--list-fault-points") { // for the tests; none where the build has no points
            for (const auto& name : fs::fault::names()) std::printf("%s\n", name.c_str());
            return 0;
        }
        system = system || word == "--system";
        check = check || word == "--check-config";
        note(work, word);
    }
    try {
        if (work.role) return service::run_worker(*work.role, work.account, work.socket);
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
