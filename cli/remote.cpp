#include "cli/remote.hpp"

#include "base/terminal.hpp"
#include "report/exit_code.hpp"
#include "report/text.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace envfix::cli {

std::vector<std::string> ssh_command(const Request& request, bool terminal)
{
    std::vector<std::string> command{"ssh"};
    if (terminal) command.emplace_back("-t");
    command.insert(command.end(), {"--", request.host, "envfixctl"});
    for (const auto& word : words_of(request)) command.push_back(report::shell_word(word));
    return command;
}

int run_ssh(const std::vector<std::string>& command)
{
    constexpr int k_ssh_failed = 255;
    std::vector<char*> argv;
    for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t pid = -1;
    if (::posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0) {
        write_text(STDERR_FILENO, "envfixctl: ssh does not start; is it installed?\n");
        return static_cast<int>(report::Exit::unreachable);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) return static_cast<int>(report::Exit::failed);
    }
    if (!WIFEXITED(status)) return static_cast<int>(report::Exit::failed);
    const int code = WEXITSTATUS(status);
    return code == k_ssh_failed ? static_cast<int>(report::Exit::unreachable) : code;
}

} // namespace envfix::cli
