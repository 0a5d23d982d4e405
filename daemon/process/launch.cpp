// Between fork and exec only async-signal-safe calls are allowed, because another thread may hold
// any lock at that moment. So everything is laid out before (argv, environment, limits, groups),
// and the child only makes system calls. A failure travels back over a pipe that exec closes.
#include "process/launch.hpp"

#include "process/orphans.hpp"
#include "process/supervisor.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

extern "C" { // glibc 2.36 forgets to say so itself
#include <sys/pidfd.h>
}

namespace envfix::process {

namespace {

constexpr int k_record_fd = 3;
constexpr int k_first_free = 16; ///< our fds are moved above this before 0 to 3 are filled
constexpr int k_failed_to_start = 127;

enum Doing : int { session, identity, limits, descriptors, directory, parent, program };

struct Limit {
    int resource = 0;
    rlim_t value = 0;
};

/// All that the child needs, ready to be used without allocating.
struct Layout {
    std::vector<char*> argv;
    std::vector<char*> environment;
    std::vector<Limit> limits;
    const char* directory = nullptr;
    const Identity* identity = nullptr;
    pid_t parent = 0;
    int in = -1;
    int out = -1;
    int err = -1;
    int record = -1;
    int report = -1;
};

std::vector<char*> pointers(const std::vector<std::string>& words)
{
    std::vector<char*> list;
    list.reserve(words.size() + 1);
    for (const auto& word : words) {
        list.push_back(const_cast<char*>(word.c_str()));
    }
    list.push_back(nullptr);
    return list;
}

Result<bool> check(const Command& command)
{
    const auto has_zero = [](const std::string& text) {
        return text.find('\0') != std::string::npos;
    };
    if (command.argv.empty() || !command.argv.front().starts_with('/')) {
        return fail(ErrorCode::malformed, "a program is named by its absolute path");
    }
    if (std::ranges::any_of(command.argv, has_zero) ||
        std::ranges::any_of(command.environment, has_zero) || has_zero(command.working_directory)) {
        return fail(ErrorCode::malformed, "an argument holds a zero byte");
    }
    for (const auto& entry : command.environment) {
        if (entry.find('=') == std::string::npos || entry.starts_with('=')) {
            return fail(ErrorCode::malformed, "an environment entry is not NAME=value");
        }
    }
    if (!command.working_directory.starts_with('/')) {
        return fail(ErrorCode::malformed, "a working directory is named by its absolute path");
    }
    const bool other = command.identity && command.identity->uid != ::geteuid();
    if (other && ::geteuid() != 0) {
        return fail(ErrorCode::denied, "only root runs a program as somebody else");
    }
    return true;
}

std::vector<Limit> limits_of(const Limits& limits)
{
    std::vector<Limit> list{{RLIMIT_CORE, 0}};
    if (limits.cpu.count() > 0)
        list.push_back({RLIMIT_CPU, static_cast<rlim_t>(limits.cpu.count())});
    if (limits.address_space > 0) list.push_back({RLIMIT_AS, limits.address_space});
    if (limits.file_size > 0) list.push_back({RLIMIT_FSIZE, limits.file_size});
    if (limits.processes > 0) list.push_back({RLIMIT_NPROC, limits.processes});
    return list;
}

// ---- in the child ---------------------------------------------------------------------------

[[noreturn]] void give_up(int report, Doing doing)
{
    const Message message{
        .kind = Message::Kind::start_failure, .first = doing, .second = errno};
    if (::write(report, &message, sizeof message) < 0) ::_exit(k_failed_to_start);
    ::_exit(k_failed_to_start);
}

bool take_identity(const Identity& identity)
{
    if (::setgroups(identity.groups.size(), identity.groups.data()) != 0) return false;
    if (::setresgid(identity.gid, identity.gid, identity.gid) != 0) return false;
    if (::setresuid(identity.uid, identity.uid, identity.uid) != 0) return false;
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0) return false;
    const bool taken = real == identity.uid && effective == identity.uid && saved == identity.uid;
    if (!taken || ::setuid(0) == 0 || ::seteuid(0) == 0) {
        errno = EPERM;
        return false;
    }
    return true;
}

/// Moves an fd out of the way of 0 to 3. The copy is closed by exec.
bool lift(int& fd)
{
    if (fd < 0) return true;
    fd = ::fcntl(fd, F_DUPFD_CLOEXEC, k_first_free);
    return fd >= 0;
}

bool arrange_descriptors(Layout& layout)
{
    // The report first, so that what fails later can still be told.
    if (!lift(layout.report) || !lift(layout.in) || !lift(layout.out) || !lift(layout.err) ||
        !lift(layout.record)) {
        return false;
    }
    if (::dup2(layout.in, STDIN_FILENO) < 0 || ::dup2(layout.out, STDOUT_FILENO) < 0 ||
        ::dup2(layout.err, STDERR_FILENO) < 0) {
        return false;
    }
    if (layout.record >= 0 && ::dup2(layout.record, k_record_fd) < 0) return false;
    const auto first = static_cast<unsigned>(layout.record >= 0 ? k_record_fd + 1 : k_record_fd);
    const auto report = static_cast<unsigned>(layout.report);
    return ::close_range(first, report - 1, 0) == 0 && ::close_range(report + 1, ~0U, 0) == 0;
}

void reset_signals()
{
    struct sigaction as_born {};

    as_born.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) {
        ::sigaction(number, &as_born, nullptr); // refuses SIGKILL, SIGSTOP and libc's own: rightly
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(Layout& layout)
{
    reset_signals();
    ::umask(S_IWGRP | S_IWOTH);
    if (::setsid() < 0) give_up(layout.report, session);
    if (!arrange_descriptors(layout)) give_up(layout.report, descriptors);
    for (const auto& limit : layout.limits) {
        const rlimit both{.rlim_cur = limit.value, .rlim_max = limit.value};
        if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &both) != 0 &&
            errno != EPERM) { // above what we may have ourselves: then ours holds, and is lower
            give_up(layout.report, limits);
        }
    }
    if (layout.identity != nullptr && !take_identity(*layout.identity)) {
        give_up(layout.report, identity);
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(layout.report, identity);
    // After the change of identity, which takes it back; and our parent may be gone by now.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || ::getppid() != layout.parent) {
        give_up(layout.report, parent);
    }
    if (::chdir(layout.directory) != 0) give_up(layout.report, directory);
    ::execve(layout.argv[0], layout.argv.data(), layout.environment.data());
    give_up(layout.report, program);
}

/// The first child: it has no program of its own and stays to see the second one's end.
[[noreturn]] void stand_between(Layout& layout)
{
    if (!become_supervisor(layout.parent)) give_up(layout.report, parent);
    layout.parent = ::getpid();
    const pid_t program_pid = ::_Fork(); // fork() would run handlers of threads that are not here
    if (program_pid == 0) become(layout);
    if (program_pid < 0) give_up(layout.report, session);
    supervise(program_pid, layout.report);
}

// ---- in the parent --------------------------------------------------------------------------

struct Pipe {
    UniqueFd ours;
    UniqueFd theirs;
};

Result<Pipe> make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(errno_error("making a pipe"));
    Pipe made{.ours = UniqueFd(ends[0]), .theirs = UniqueFd(ends[1])};
    if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return fail(errno_error("making a pipe"));
    return made;
}

/// A file in memory rather than a pipe: nobody has to feed it, and no SIGPIPE can come of it.
Result<UniqueFd> open_input(const std::optional<std::string>& text)
{
    if (!text) {
        UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!null) return fail(errno_error("opening /dev/null"));
        return null;
    }
    UniqueFd memory(::memfd_create("envfix-input", MFD_CLOEXEC));
    if (!memory) return fail(errno_error("making standard input"));
    for (std::size_t done = 0; done < text->size();) {
        const auto put = ::pwrite(memory.get(), text->data() + done, text->size() - done,
                                  static_cast<off_t>(done));
        if (put < 0) return fail(errno_error("filling standard input"));
        done += static_cast<std::size_t>(put);
    }
    return memory;
}

} // namespace

Error start_error(const Command& command, const StartFailure& failure)
{
    const auto& program_name = command.argv.front();
    switch (failure.step) {
    case session: return errno_error("giving " + program_name + " a session", failure.err);
    case identity:
        return errno_error("giving " + program_name + " the identity of its owner", failure.err);
    case limits: return errno_error("limiting " + program_name, failure.err);
    case descriptors: return errno_error("opening the pipes of " + program_name, failure.err);
    case directory: return errno_error("entering " + command.working_directory, failure.err);
    case parent: return errno_error("tying " + program_name + " to our life", failure.err);
    default: return errno_error("starting " + program_name, failure.err);
    }
}

Result<Launched> launch(const Command& command)
{
    if (const auto sound = check(command); !sound) return fail(sound.error());
    ENVFIX_TRY(const UniqueFd input, open_input(command.input));
    ENVFIX_TRY(auto out, make_pipe());
    ENVFIX_TRY(auto err, make_pipe());
    ENVFIX_TRY(auto report, make_pipe());
    Pipe record;
    if (command.record_cap > 0) {
        ENVFIX_TRY(record, make_pipe());
    }

    Layout layout{.argv = pointers(command.argv),
                  .environment = pointers(command.environment),
                  .limits = limits_of(command.limits),
                  .directory = command.working_directory.c_str(),
                  .identity = nullptr,
                  .parent = ::getpid(),
                  .in = input.get(),
                  .out = out.theirs.get(),
                  .err = err.theirs.get(),
                  .record = record.theirs.get(),
                  .report = report.theirs.get()};
    if (command.identity && command.identity->uid != ::geteuid()) {
        layout.identity = &*command.identity;
    }

    expect_orphans();
    // No handler of ours may run in the child before it has reset them.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::fork();
    if (pid == 0) stand_between(layout);
    const int fork_errno = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return fail(errno_error("starting " + command.argv.front(), fork_errno));
    note_supervisor(pid);

    Launched launched{.pid = pid,
                      .pidfd = UniqueFd(::pidfd_open(pid, 0)),
                      .out = std::move(out.ours),
                      .err = std::move(err.ours),
                      .record = std::move(record.ours),
                      .report = std::move(report.ours)};
    if (!launched.pidfd) {
        const auto error = errno_error("watching " + command.argv.front());
        ::kill(pid, SIGKILL);
        ::waitid(P_PID, static_cast<id_t>(pid), nullptr, WEXITED);
        forget_supervisor(pid);
        return fail(error);
    }
    return launched;
}

} // namespace envfix::process
