#include "cli/child.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace envfix::cli {

namespace {

/// For execve(2), which writes to none of them.
std::vector<char*> pointers_to(const std::vector<std::string>& words)
{
    std::vector<char*> pointers;
    for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

/// In the child: nothing here may allocate.
[[noreturn]] void execute(const char* path, char* const* argv, char* const* shell_argv, int error_stream, int report,
                          const TakenSignals& signals)
{
    int error = 0;
    if (error_stream >= 0 && ::dup2(error_stream, STDERR_FILENO) < 0) error = errno;
    signals.give_back();
    if (error == 0) {
        ::execve(path, argv, environ);
        error = errno;
    }
    if (error == ENOEXEC) {
        ::execve("/bin/sh", shell_argv, environ);
        error = errno;
    }
    if (::write(report, &error, sizeof error) < 0) ::_exit(125);
    ::_exit(126);
}

} // namespace

Started start(const Program& program, const std::vector<std::string>& words, int error_stream, const TakenSignals& signals)
{
    const auto argv = pointers_to(words);
    auto shell_words = words;
    shell_words.front() = program.path;
    shell_words.insert(shell_words.begin(), "sh");
    const auto shell_argv = pointers_to(shell_words);

    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {.error = errno};
    const UniqueFd told(ends[0]);
    UniqueFd tells(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return {.error = errno};
    if (pid == 0) execute(program.path.c_str(), argv.data(), shell_argv.data(), error_stream, tells.get(), signals);
    tells = UniqueFd();
    int error = 0;
    ssize_t got = 0;
    do {
        got = ::read(told.get(), &error, sizeof error); // ends with nothing when the program is there
    } while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(sizeof error)) return {.pid = pid};
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return {.error = error};
}

int exit_code_of_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void end_as(int status)
{
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        const rlimit none{};
        ::setrlimit(RLIMIT_CORE, &none);
        struct sigaction action {};
        action.sa_handler = SIG_DFL;
        ::sigemptyset(&action.sa_mask);
        ::sigaction(signal, &action, nullptr);
        sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, signal);
        ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
        ::kill(::getpid(), signal);
    }
    ::_exit(exit_code_of_status(status));
}

} // namespace envfix::cli
