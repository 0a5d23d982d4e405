#include "real_pythons.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <filesystem>

namespace real_pythons {

namespace {

constexpr const char* k_program = R"(
import sys, json, sysconfig, importlib.machinery, os
site = sys.modules.get('site')
stdlib = os.path.dirname(os.__file__)
print(json.dumps({
    'version': '%d.%d.%d' % sys.version_info[:3],
    'implementation': sys.implementation.name,
    'soabi': sysconfig.get_config_var('SOABI'),
    'multiarch': getattr(sys.implementation, '_multiarch', ''),
    'suffixes': importlib.machinery.EXTENSION_SUFFIXES,
    'platform': sysconfig.get_platform(),
    'prefix': sys.prefix,
    'base_prefix': sys.base_prefix,
    'stdlib': stdlib,
    'free_threaded': bool(sysconfig.get_config_var('Py_GIL_DISABLED')),
    'debug': hasattr(sys, 'gettotalrefcount'),
    'marker': os.path.exists(os.path.join(stdlib, 'EXTERNALLY-MANAGED')),
    'path': sys.path,
    'enable_user_site': getattr(site, 'ENABLE_USER_SITE', None),
    'user_site': getattr(site, 'USER_SITE', None),
    'libc': os.confstr('CS_GNU_LIBC_VERSION') if 'CS_GNU_LIBC_VERSION' in os.confstr_names else '',
}))
)";

bool is_python_name(const std::string& name)
{
    if (name == "python3" || name == "python" || name == "pypy3") return true;
    if (name.rfind("python3.", 0) != 0 && name.rfind("pypy3.", 0) != 0) return false;
    const auto end = name.find_last_not_of("dt") + 1; // flags of the build
    return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(name.find('.')) + 1, name.begin() + static_cast<std::ptrdiff_t>(end),
                       [](unsigned char c) { return std::isdigit(c) != 0; });
}

} // namespace

std::vector<std::string> executables()
{
    namespace fs = std::filesystem;
    std::vector<fs::path> folders{"/usr/bin", "/usr/local/bin"};
    std::error_code ignored;
    if (const char* home = std::getenv("HOME")) {
        for (const auto& version :
             fs::directory_iterator(fs::path(home) / ".pyenv/versions", ignored))
            folders.push_back(version.path() / "bin");
    }
    std::vector<std::string> found;
    for (const auto& folder : folders) {
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            if (!is_python_name(entry.path().filename().string())) continue;
            const auto real = fs::canonical(entry.path(), ignored).string();
            if (!real.empty() && real.find("python2") == real.npos)
                found.push_back(entry.path().string());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::optional<std::string> output_of(const std::vector<std::string>& argv,
                                     const std::map<std::string, std::string>& environment,
                                     const std::string& folder)
{
    std::array<int, 2> pipe_ends{};
    if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    std::vector<std::string> variables;
    for (const auto& [name, value] : environment)
        variables.push_back(name + "=" + value);
    std::vector<char*> argument_list;
    for (const auto& word : argv)
        argument_list.push_back(const_cast<char*>(word.c_str()));
    argument_list.push_back(nullptr);
    std::vector<char*> variable_list;
    for (const auto& word : variables)
        variable_list.push_back(const_cast<char*>(word.c_str()));
    variable_list.push_back(nullptr);

    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(pipe_ends[1], STDOUT_FILENO);
        const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        ::dup2(nothing, STDIN_FILENO);
        ::dup2(nothing, STDERR_FILENO);
        if (::chdir(folder.c_str()) == 0)
            ::execve(argv.front().c_str(), argument_list.data(), variable_list.data());
        ::_exit(127);
    }
    ::close(pipe_ends[1]);
    std::string text;
    std::array<char, 65536> buffer{};
    for (ssize_t n = 0; (n = ::read(pipe_ends[0], buffer.data(), buffer.size())) > 0;)
        text.append(buffer.data(), static_cast<std::size_t>(n));
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
    return text;
}

nlohmann::json facts_of(const std::string& executable,
                        const std::map<std::string, std::string>& environment)
{
    const auto text = output_of({executable, "-c", k_program}, environment);
    return text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
}

} // namespace real_pythons
