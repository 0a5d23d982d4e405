#include "base/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace envfix {

void fill_standard_streams()
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        // The lowest free number is given: all below it are taken by now.
        if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) return;
    }
}

} // namespace envfix
