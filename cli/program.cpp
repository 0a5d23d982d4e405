#include "cli/program.hpp"

#include "base/unique_fd.hpp"
#include "cli/operands.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace envfix::cli {

namespace {

/// 0, or why this file cannot be executed.
int obstacle(const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return errno;
    if (!S_ISREG(status.st_mode)) return EACCES;
    return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

/// What the first line names behind "#!"; empty: it is no script.
std::string interpreter_of(const std::string& path)
{
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    std::array<char, 256> bytes{}; // the kernel reads no more either
    const auto got = file ? ::read(file.get(), bytes.data(), bytes.size()) : -1;
    if (got < 2) return {};
    std::string_view line(bytes.data(), static_cast<std::size_t>(got));
    if (!line.starts_with("#!")) return {};
    line = line.substr(2, line.find('\n') - 2);
    const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
    line.remove_prefix(begin);
    return std::string{line.substr(0, line.find_first_of(" \t\r"))};
}

template <typename Each> void for_each_folder(std::string_view list, const Each& each)
{
    while (true) {
        const auto colon = list.find(':');
        if (!each(list.substr(0, colon)) || colon == std::string_view::npos) return;
        list.remove_prefix(colon + 1);
    }
}

} // namespace

Program find_program(const std::string& word, std::string_view search_path)
{
    if (word.empty()) return {.path = word, .error = ENOENT};
    if (word.find('/') != std::string::npos) return {.path = word, .error = obstacle(word)};
    Program best{.path = word, .error = ENOENT};
    for_each_folder(search_path, [&](std::string_view folder) {
        auto path = (folder.empty() ? std::string{"."} : std::string{folder}) + '/' + word;
        const int error = obstacle(path);
        if (error == 0 || (error == EACCES && best.error != EACCES)) best = {.path = std::move(path), .error = error};
        return error != 0;
    });
    return best;
}

bool is_there(const Program& program)
{
    struct stat status {};
    return program.path.find('/') != std::string::npos && ::lstat(program.path.c_str(), &status) == 0;
}

std::string refusal_of(const Program& program)
{
    if (program.error == ENOENT && program.path.find('/') == std::string::npos) return program.path + ": command not found";
    if (program.error == ENOENT && is_there(program)) {
        const auto interpreter = interpreter_of(program.path);
        if (!interpreter.empty()) return program.path + ": " + interpreter + ": bad interpreter: No such file or directory";
        return program.path + ": cannot execute: required file not found";
    }
    struct stat status {};
    if (program.error == EACCES && ::stat(program.path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        return program.path + ": Is a directory";
    }
    return program.path + ": " + std::strerror(program.error);
}

int exit_code_of(const Program& program)
{
    constexpr int k_cannot_execute = 126;
    constexpr int k_not_found = 127;
    if (program.error != ENOENT && program.error != ENOTDIR) return k_cannot_execute;
    struct stat status {};
    return ::stat(program.path.c_str(), &status) == 0 && program.path.find('/') != std::string::npos ? k_cannot_execute : k_not_found;
}

std::string absolute_list(std::string_view list, std::string_view folder)
{
    if (list.empty()) return {};
    std::string absolute;
    for_each_folder(list, [&](std::string_view part) {
        if (!absolute.empty()) absolute += ':';
        absolute += absolute_path(part, folder);
        return true;
    });
    return absolute;
}

} // namespace envfix::cli
