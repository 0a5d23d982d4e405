#pragma once

#include "process/process.hpp"

#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

/// Real environments for tests, from the wheels of wheelhouse.py. What is made once is kept in
/// $ENVFIX_TEST_CACHE or ~/.cache/envfix-tests, outside the checkout. A test that includes this
/// USES process and defines ENVFIX_WHEELHOUSE, the path of wheelhouse.py.
namespace wheelhouse {

namespace fs = std::filesystem;

inline const std::string k_python = "/usr/bin/python3";

inline std::string home()
{
    const char* set = std::getenv("HOME");
    return set != nullptr ? set : "/root";
}

inline std::string cache()
{
    const char* set = std::getenv("ENVFIX_TEST_CACHE");
    return set != nullptr ? set : home() + "/.cache/envfix-tests";
}

/// Runs a program to its end; throws with what it said unless it ended well. Gives its output.
inline std::string run(std::vector<std::string> argv, const std::string& folder = "/")
{
    envfix::process::Command command;
    command.argv = std::move(argv);
    command.environment = {"PATH=/usr/bin:/bin", "HOME=" + home(), "LANG=C.UTF-8",
                           "PIP_CONFIG_FILE=/dev/null", "PYTHONDONTWRITEBYTECODE=1"};
    if (const char* set = std::getenv("ENVFIX_TEST_CACHE")) {
        command.environment.push_back("ENVFIX_TEST_CACHE=" + std::string(set));
    }
    command.working_directory = folder;
    command.limits.wall = std::chrono::minutes(3);
    const auto ended = envfix::process::run_blocking(command);
    if (!ended) throw std::runtime_error(ended.error().message);
    if (!ended->well()) {
        throw std::runtime_error(command.argv.front() + ": " +
                                 envfix::process::describe(*ended, command.limits) + "\n" +
                                 ended->err);
    }
    return ended->out;
}

inline std::string read(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// What is at `path`, made by `make(fresh folder)` the first time; several tests may ask at once.
template <typename Make> std::string made_once(const std::string& path, Make make)
{
    fs::create_directories(cache());
    const int lock = ::open((path + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ::flock(lock, LOCK_EX);
    try {
        if (!fs::exists(path)) {
            fs::remove_all(path + ".part");
            fs::create_directories(path + ".part");
            make(path + ".part");
            fs::rename(path + ".part", path);
        }
    } catch (...) {
        ::close(lock);
        throw;
    }
    ::close(lock);
    return path;
}

/// Changes when wheelhouse.py does, so that no test sees the wheels of an older one.
inline std::string stamp()
{
    return std::to_string(std::hash<std::string>()(read(ENVFIX_WHEELHOUSE)));
}

/// A folder with a wheel of each of cffi, pycparser, cryptography, PyJWT, supabase and jwt.
inline std::string wheels()
{
    return made_once(cache() + "/wheels-" + stamp(), [](const std::string& folder) {
        run({k_python, ENVFIX_WHEELHOUSE, folder});
    });
}

/// The newest pip wheel that Debian's python3 can run.
inline std::string pip_wheel()
{
    std::string found;
    for (const auto& entry : fs::directory_iterator("/usr/share/python-wheels")) {
        const auto name = entry.path().filename().string();
        if (name.starts_with("pip-")) found = std::max(found, entry.path().string());
    }
    if (found.empty()) throw std::runtime_error("package python3-pip-whl is not installed");
    return found;
}

/// Installs from wheels() with real pip.
inline void pip_install(const std::string& python, const std::vector<std::string>& names,
                        const std::vector<std::string>& options = {})
{
    std::vector<std::string> argv{python,       "-I",           pip_wheel() + "/pip",
                                  "install",    "-q",           "--no-compile",
                                  "--no-index", "--find-links", wheels()};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.insert(argv.end(), names.begin(), names.end());
    run(argv);
}

/// A venv of Debian's python3 without pip. Gives its path.
inline std::string make_venv(const std::string& path)
{
    run({k_python, "-m", "venv", "--without-pip", path});
    return path;
}

/// The folder where a venv's modules lie.
inline std::string site_of(const std::string& venv)
{
    for (const auto& entry : fs::directory_iterator(venv + "/lib")) {
        if (fs::is_directory(entry.path() / "site-packages")) return entry.path() / "site-packages";
    }
    throw std::runtime_error("no site-packages in " + venv);
}

/// A venv in which the whole chain works: cffi, pycparser, cryptography, PyJWT, supabase.
inline std::string make_healthy_venv(const std::string& path)
{
    const auto pattern = made_once(cache() + "/venv-" + stamp(), [](const std::string& folder) {
        make_venv(folder);
        pip_install(folder + "/bin/python", {"supabase", "cryptography"});
    });
    make_venv(path);
    fs::copy(site_of(pattern), site_of(path), fs::copy_options::recursive);
    const auto script = path + "/bin/supabase-stand-in";
    auto text = read(pattern + "/bin/supabase-stand-in");
    text.replace(0, text.find('\n'), "#!" + path + "/bin/python");
    std::ofstream(script, std::ios::binary) << text;
    fs::permissions(script, fs::perms(0755));
    return path;
}

/// The file of cffi's compiled half.
inline std::string backend_of(const std::string& venv)
{
    for (const auto& entry : fs::directory_iterator(site_of(venv))) {
        if (entry.path().filename().string().starts_with("_cffi_backend.")) return entry.path();
    }
    throw std::runtime_error("no cffi backend in " + venv);
}

} // namespace wheelhouse
