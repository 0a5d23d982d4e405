#include "apply/helper.hpp"
#include "base/standard_streams.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

// envfix-apply TRANSACTION: started by envfix-apply@.service, by nobody else.
int main(int argc, char** argv)
{
    using namespace envfix;
    fill_standard_streams();
    try {
        if (argc != 2 || ::geteuid() != 0) {
            std::fprintf(stderr, "envfix-apply: systemd starts this as root, for one transaction of envfixd\n");
            return 2;
        }
        const auto* monitor = ::getpwnam("envfix");
        if (monitor == nullptr || monitor->pw_uid == 0) {
            std::fprintf(stderr, "envfix-apply: there is no user envfix; install the package again\n");
            return 2;
        }
        ::umask(022);
        apply::Setting setting;
        setting.monitor = monitor->pw_uid;
        return apply::apply(setting, argv[1]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "envfix-apply: %s\n", error.what());
        return 2;
    }
}
