#pragma once

#include "base/unique_fd.hpp"

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <fcntl.h>
#include <pty.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

extern char** environ;

namespace envfix {

struct ChildOutput {
    int exit_code = -1; ///< 128 + signal where a signal ended it
    std::string out;
    std::string err; ///< empty on a terminal: both go to `out`
};

struct ChildSetup {
    std::map<std::string, std::string> variables; ///< added to the test's own; an empty value takes one away
    int terminal_width = 0;                       ///< 0: pipes, no terminal
    std::string input;                            ///< typed once `prompt` was seen
    std::string prompt;
    std::string folder; ///< working directory; empty: the test's
    std::string interrupt_after; ///< SIGINT once this was written
};

/// Runs a program while the loop runs whatever else is on it; 20 s at most.
inline ChildOutput run_child(asio::io_context& io, std::vector<std::string> words, const ChildSetup& setup = {})
{
    std::array<int, 2> out_ends{-1, -1};
    std::array<int, 2> err_ends{-1, -1};
    UniqueFd in_fd;
    const bool terminal = setup.terminal_width > 0;
    if (terminal) {
        winsize size{};
        size.ws_row = 50;
        size.ws_col = static_cast<unsigned short>(setup.terminal_width);
        if (::openpty(&out_ends[0], &out_ends[1], nullptr, nullptr, &size) != 0) throw std::runtime_error("openpty");
        ::fcntl(out_ends[0], F_SETFD, FD_CLOEXEC);
        ::fcntl(out_ends[1], F_SETFD, FD_CLOEXEC);
    } else if (::pipe2(out_ends.data(), O_CLOEXEC) != 0 || ::pipe2(err_ends.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe2");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (terminal) {
        posix_spawn_file_actions_adddup2(&actions, out_ends[1], 0);
    } else {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    posix_spawn_file_actions_adddup2(&actions, out_ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, terminal ? out_ends[1] : err_ends[1], 2);
    if (!setup.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, setup.folder.c_str());

    std::vector<std::string> variables;
    for (char** one = environ; *one != nullptr; ++one) {
        const std::string text = *one;
        if (!setup.variables.contains(text.substr(0, text.find('=')))) variables.push_back(text);
    }
    for (const auto& [name, value] : setup.variables) {
        if (!value.empty()) variables.push_back(name + "=" + value);
    }
    const auto pointers = [](std::vector<std::string>& texts) {
        std::vector<char*> list;
        for (auto& text : texts) list.push_back(text.data());
        list.push_back(nullptr);
        return list;
    };
    pid_t pid = -1;
    const int failed =
        ::posix_spawn(&pid, words[0].c_str(), &actions, nullptr, pointers(words).data(), pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    ::close(out_ends[1]);
    if (!terminal) ::close(err_ends[1]);
    if (failed != 0) throw std::runtime_error("cannot start " + words[0]);

    ChildOutput result;
    bool typed = false;
    bool interrupted = false;
    asio::posix::stream_descriptor out(io, out_ends[0]);
    asio::posix::stream_descriptor err(io);
    if (!terminal) err.assign(err_ends[0]);
    int open = terminal ? 1 : 2;
    std::array<char, 4096> out_buffer{};
    std::array<char, 4096> err_buffer{};
    std::function<void(asio::posix::stream_descriptor&, std::array<char, 4096>&, std::string&)> read =
        [&](auto& stream, auto& buffer, std::string& into) {
            stream.async_read_some(asio::buffer(buffer), [&](const std::error_code& error, std::size_t got) {
                into.append(buffer.data(), got);
                if (!typed && !setup.prompt.empty() && result.out.find(setup.prompt) != std::string::npos) {
                    typed = true;
                    if (::write(out_ends[0], setup.input.data(), setup.input.size()) < 0) io.stop();
                }
                if (!interrupted && !setup.interrupt_after.empty() &&
                    result.out.find(setup.interrupt_after) != std::string::npos) {
                    interrupted = true;
                    ::kill(pid, SIGINT);
                }
                if (!error) return read(stream, buffer, into);
                if (--open == 0) io.stop();
            });
        };
    read(out, out_buffer, result.out);
    if (!terminal) read(err, err_buffer, result.err);
    io.restart();
    io.run_for(std::chrono::seconds(20));
    if (open != 0) ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (open != 0) {
        out.cancel();
        err.cancel();
        io.restart();
        io.poll();
        throw std::runtime_error("still running after 20 s: " + words[0] + "\n" + result.out + result.err);
    }
    return result;
}

} // namespace envfix
