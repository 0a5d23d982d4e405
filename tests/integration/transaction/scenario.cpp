#include "scenario.hpp"

#include "fs/fault.hpp"
#include "remedy/work_area.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>

namespace remedy = envfix::remedy;

namespace {

const std::string k_site = "lib/python3.11/site-packages";

std::string bytes_of(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string memory_folder()
{
    const std::string folder = "/dev/shm";
    return ::access(folder.c_str(), W_OK) == 0 ? folder : std::string{};
}

struct Wanted {
    std::string path;
    std::string bytes; ///< empty: the path goes
};

const std::vector<Wanted>& wanted()
{
    static const std::vector<Wanted> all{
        {k_site + "/cffi/__init__.py", "version = '1.16'\n"},
        {k_site + "/cffi/api.py", ""},
        {k_site + "/cffi/old/deep/gone.py", ""},
        {k_site + "/cffi/sub/new.py", "new = True\n"},
        {k_site + "/_cffi_backend.so", std::string(5000, 'n')},
        {k_site + "/cffi-1.15.dist-info/METADATA", ""},
        {k_site + "/cffi-1.15.dist-info/RECORD", ""},
        {k_site + "/cffi-1.16.dist-info/METADATA", "Version: 1.16\n"},
        {k_site + "/cffi-1.16.dist-info/RECORD", "new record\n"},
        {"share/doc/cffi/readme", "read me\n"},
    };
    return all;
}

} // namespace

TreeView view(const std::string& root, bool with_work_area)
{
    TreeView all;
    auto walk = std::filesystem::recursive_directory_iterator(root);
    for (; walk != std::filesystem::recursive_directory_iterator(); ++walk) {
        const auto path = walk->path().string();
        const auto name = path.substr(root.size() + 1);
        if (name == ".envfix" && !with_work_area) {
            walk.disable_recursion_pending();
            continue;
        }

        struct stat status {};

        if (::lstat(path.c_str(), &status) != 0) continue;
        auto text = std::to_string(status.st_mode);
        if (S_ISREG(status.st_mode))
            text += " " + std::to_string(status.st_mtim.tv_sec) + "." +
                    std::to_string(status.st_mtim.tv_nsec) + " " + bytes_of(path);
        if (S_ISLNK(status.st_mode)) text += " " + std::filesystem::read_symlink(path).string();
        all[name] = text;
    }
    return all;
}

Scenario::Scenario() : m_folder(memory_folder())
{
    const auto at = [](const std::string& name) { return "venv/" + k_site + "/" + name; };
    m_folder.file("venv/pyvenv.cfg", "home = /usr/bin\n");
    m_folder.file("venv/bin/activate", "# activate\n");
    m_folder.file(at("cffi/__init__.py"), "version = '1.15'\n");
    m_folder.file(at("cffi/api.py"), "api\n");
    m_folder.file(at("cffi/old/deep/gone.py"), "gone\n");
    m_folder.file(at("_cffi_backend.so"), std::string(4000, 'o'));
    m_folder.file(at("cffi-1.15.dist-info/METADATA"), "Version: 1.15\n");
    m_folder.file(at("cffi-1.15.dist-info/RECORD"), "old record\n");
    m_folder.file(at("other.py"), "other\n");
    std::filesystem::permissions(site("cffi/old"), std::filesystem::perms(0750));
    ::chmod((site("cffi/api.py")).c_str(), 0640);

    before = view(root());
    // As they will be: the staged files, without the folders that are emptied.
    after = before;
    const auto request = prepare("0");
    for (const auto& change : request.changes) {
        after.erase(change.path);
        if (change.staged.empty()) continue;
        const auto all = view(root(), true);
        after[change.path] = all.at(change.staged);
    }
    for (const auto* const folder : {"cffi/old/deep", "cffi/old", "cffi-1.15.dist-info"})
        after.erase(k_site + "/" + folder);
    for (const auto* const folder : {"cffi/sub", "cffi-1.16.dist-info"})
        after[k_site + "/" + folder] = before.at(k_site);
    for (const auto* const folder : {"share", "share/doc", "share/doc/cffi"})
        after[folder] = before.at(k_site);
    std::filesystem::remove_all(m_folder / "venv/.envfix");
}

remedy::TransactionRequest Scenario::prepare(const std::string& run) const
{
    const auto tree = envfix::fs::WriteTree::open(root());
    REQUIRE(tree);
    REQUIRE(remedy::make_stage(*tree, run));
    remedy::TransactionRequest request{.run = run,
                                       .root = root(),
                                       .sites = {k_site},
                                       .changes = {},
                                       .now_s = 1'000,
                                       .undoes = {},
                                       .directory_modes = {},
                                       .removable = {}};
    int number = 0;
    for (const auto& [path, bytes] : wanted()) {
        remedy::Change change{.path = path, .staged = {}, .expected = {}, .exchange = false};
        if (const auto status = tree->lstat(path)) change.expected = *status;
        if (!bytes.empty()) {
            change.staged = remedy::stage_path(run) + "/" + path;
            m_folder.file("venv/" + change.staged, bytes);
            // The same times in every round, so that trees can be compared.
            const timespec times[2]{{.tv_sec = 900, .tv_nsec = number},
                                    {.tv_sec = 900, .tv_nsec = number}};
            ::utimensat(AT_FDCWD, (root() + "/" + change.staged).c_str(), times, 0);
            ++number;
        }
        request.changes.push_back(std::move(change));
    }
    return request;
}

Ended in_child(const std::string& fault, const std::function<bool()>& work)
{
    int ends[2]{};
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    std::cout.flush();
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        // What a REQUIRE in the child has to say is not this test's.
        const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        ::dup2(nowhere, STDOUT_FILENO);
        bool well = false;
        try {
            well = envfix::fs::fault::arm(fault).has_value() && work();
        } catch (...) {
            // A REQUIRE that failed: the child must not go on with the parent's tests.
            well = false;
        }
        ::_exit(well ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said;
    std::array<char, 256> part{};
    bool hung = false;
    for (;;) {
        const auto n = ::read(ends[0], part.data(), part.size());
        if (n <= 0) break;
        said.append(part.data(), static_cast<std::size_t>(n));
        if (said.find("fault: hang") == said.npos) continue;
        hung = true;
        ::kill(child, SIGKILL);
        break;
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (hung) return Ended::hung;
    if (WIFSIGNALED(status)) return Ended::killed;
    return WEXITSTATUS(status) == 0 ? Ended::well : Ended::failed;
}

std::vector<remedy::Recovered> start_again(const Scenario& scenario)
{
    auto log = remedy::TransactionLog::open(scenario.state());
    REQUIRE(log);
    auto recovered = remedy::recover(*log);
    REQUIRE(remedy::remove_dead_stages(*log, scenario.root()));
    return recovered;
}
