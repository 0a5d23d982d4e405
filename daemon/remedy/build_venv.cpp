#include "remedy/build_venv.hpp"

#include "base/printable.hpp"
#include "formats/metadata.hpp"
#include "fs/copy.hpp"
#include "fs/fault.hpp"
#include "pep/name.hpp"
#include "pep/version.hpp"
#include "process/scratch.hpp"
#include "remedy/old_venv.hpp"
#include "remedy/pip.hpp"
#include "remedy/recreate.hpp"
#include "remedy/relocate.hpp"
#include "remedy/rename_list.hpp"
#include "remedy/stage.hpp"

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

using namespace std::chrono_literals;

constexpr auto k_make_limit = 120s;
constexpr auto k_install_limit = 600s;
constexpr std::uint64_t k_largest_file = 4ULL << 30U;
constexpr std::size_t k_metadata_cap = std::size_t{1024} * 1024;
constexpr std::size_t k_script_cap = std::size_t{1024} * 1024;
constexpr std::string_view k_dist_info = ".dist-info";

std::string last_line(std::string_view text)
{
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    constexpr std::size_t k_longest = 512;
    return escape_untrusted(text.substr(text.rfind('\n') + 1).substr(0, k_longest));
}

// Lists and aggregates are made outside of coroutines (see pip.cpp).
process::Command make_command(const BuildRequest& request, const OldVenv& old,
                              const std::string& folder, const std::string& scratch)
{
    process::Command command;
    command.argv = {request.base.executable, "-I", "-B", "-m", "venv", "--without-pip"};
    if (old.system_site && !request.step.isolated)
        command.argv.emplace_back("--system-site-packages");
    if (!old.prompt.empty()) command.argv.push_back("--prompt=" + old.prompt);
    command.argv.push_back(folder);
    std::ranges::copy_if(request.surroundings.environment, std::back_inserter(command.environment),
                         [](std::string_view entry) { return !entry.starts_with("PYTHON"); });
    command.working_directory = scratch;
    command.limits.wall = k_make_limit;
    return command;
}

std::vector<std::string> install_arguments(const std::vector<model::PackageChange>& packages,
                                           const std::string& wheels, const std::string& list)
{
    std::vector<std::string> arguments{"install", "--no-index"};
    for (const auto& package : packages) {
        arguments.emplace_back("--find-links");
        arguments.push_back(wheels + "/" + package.sha256);
    }
    for (const auto* option : {"--no-deps", "--ignore-installed", "--no-compile",
                               "--no-warn-script-location", "--only-binary", ":all:",
                               "--require-hashes", "--quiet", "-r"}) {
        arguments.emplace_back(option);
    }
    arguments.push_back(list);
    return arguments;
}

std::string site_for(const model::Interpreter& base)
{
    return "lib/python" + std::to_string(base.major) + "." + std::to_string(base.minor) +
           "/site-packages";
}

class Builder {
public:
    /// `old_root` is nothing where there is no old venv; `old` then says no more than where the new
    /// one comes to lie.
    Builder(BuildRequest request, Store* store, fs::WriteTree parent,
            std::optional<fs::WriteTree> old_root, OldVenv old)
        : m_request(std::move(request)), m_store(store), m_parent(std::move(parent)),
          m_old_root(std::move(old_root)), m_old(std::move(old)),
          m_folder(m_request.stage + "/" + m_request.name), m_site(site_for(m_request.base))
    {
    }

    asio::awaitable<Result<BuiltVenv>> build()
    {
        std::uint32_t mode = 0755;
        if (m_old_root) {
            ENVFIX_CO_TRY(const auto status, m_parent.lstat(m_request.name));
            mode = status.mode & 0777U;
        }
        const auto opened = m_parent.make_directory(m_folder, mode);
        if (!opened) co_return fail(opened.error());
        const auto made = co_await make();
        if (!made) co_return fail(made.error());
        const auto installed = co_await install_wheels();
        if (!installed) co_return fail(installed.error());
        for (const auto& change : m_request.step.changes) {
            const auto taken = take_over(change);
            if (!taken) co_return fail(taken.error());
            // Copying may take long: others have their turn in between.
            const auto executor = co_await asio::this_coro::executor;
            co_await asio::post(executor, asio::use_awaitable);
        }
        co_return complete();
    }

private:
    [[nodiscard]] std::string absolute(const std::string& path) const
    {
        return m_parent.path() + "/" + m_folder + "/" + path;
    }

    asio::awaitable<Result<void>> make()
    {
        ENVFIX_CO_FAULT_POINT("recreate.make");
        ENVFIX_CO_TRY(const auto scratch, process::Scratch::make(m_request.surroundings.scratch_parent, std::nullopt));
        const auto command =
            make_command(m_request, m_old, m_parent.path() + "/" + m_folder, scratch.path());
        const auto ended = co_await process::run(command);
        if (!ended) co_return fail(ended.error());
        if (ended->well()) co_return Result<void>();
        const auto& words = ended->err.empty() ? ended->out : ended->err;
        co_return fail(ErrorCode::io, m_request.base.executable + " -m venv: " +
                                          process::describe(*ended, command.limits) + ": " +
                                          last_line(words));
    }

    asio::awaitable<Result<void>> install_wheels()
    {
        ENVFIX_CO_FAULT_POINT("recreate.install");
        std::vector<model::PackageChange> packages;
        for (const auto& change : m_request.step.changes) {
            if (is_wheel(change)) packages.push_back(change);
        }
        if (packages.empty()) co_return Result<void>();
        ENVFIX_CO_TRY(const auto requirements, requirements_of(packages));
        const auto list = m_request.stage + "/requirements.txt";
        const auto written = m_parent.write_file(list, requirements, 0600);
        if (!written) co_return fail(written.error());
        auto staged_python = m_request.base;
        staged_python.executable = absolute("bin/python");
        const auto pip = co_await find_pip(staged_python, false, m_request.surroundings);
        if (!pip) co_return fail(pip.error());
        const auto arguments = install_arguments(packages, m_request.surroundings.wheels,
                                                 m_parent.path() + "/" + list);
        const PipSettings no_settings; // the wheels are there: no index is asked
        const auto ended = co_await run_pip(*pip, arguments, no_settings, m_request.surroundings,
                                            k_install_limit);
        if (!ended) co_return fail(ended.error());
        if (!ended->well()) co_return fail(ErrorCode::io, pip_complaint(*ended, k_install_limit));
        co_return Result<void>();
    }

    [[nodiscard]] static bool is_wheel(const model::PackageChange& change)
    {
        return change.source != k_from_store && change.source != k_from_old &&
               change.source != k_editable;
    }

    Result<void> take_over(const model::PackageChange& change)
    {
        if (is_wheel(change)) return {};
        if (!m_old_root)
            return fail(ErrorCode::malformed, "the plan takes " + change.distribution +
                                                  " out of a venv that there is none of");
        const auto old =
            std::ranges::find(m_old.distributions, change.distribution, &OldDistribution::name);
        if (old == m_old.distributions.end() || old->version != change.from)
            return fail(ErrorCode::plan_changed, change.distribution + " has changed meanwhile");
        if (change.source == k_from_store) return fetch(*old);
        if (old->record_sha256 != change.sha256)
            return fail(ErrorCode::plan_changed,
                        "RECORD of " + change.distribution + " has changed meanwhile");
        return copy(*old, change.source == k_editable);
    }

    Result<void> fetch(const OldDistribution& old)
    {
        if (m_store == nullptr) return fail(ErrorCode::not_found, "there is no store");
        for (const auto& kept :
             m_store->find(old.normalized, m_request.base.soabi, m_old.path + "/" + m_old.site)) {
            if (kept.version != old.version || !m_store->has_all(kept)) continue;
            for (const auto& file : kept.files) {
                ENVFIX_TRY(const auto path, record_path(m_site, file.path, m_old.path));
                const auto to = m_folder + "/" + path;
                ENVFIX_CHECK(m_parent.make_directories(fs::parent_of(to), 0755));
                ENVFIX_CHECK(m_store->fetch(file, m_parent, to));
            }
            return {};
        }
        return fail(ErrorCode::not_found, "the store has lost " + old.name + " " + old.version);
    }

    /// Where a file of the old venv goes in the new one, which may have another minor version.
    [[nodiscard]] std::string new_path(const std::string& path) const
    {
        if (!path.starts_with(m_old.site + "/")) return path;
        return m_site + path.substr(m_old.site.size());
    }

    Result<void> copy(const OldDistribution& old, bool editable)
    {
        if (!editable) {
            const auto why = why_not_as_it_is(*m_old_root, m_old, old);
            if (!why.empty()) return fail(ErrorCode::plan_changed, old.name + ": " + why);
        }
        std::vector<std::string> changed;
        for (const auto& path : files_of(*m_old_root, m_old, old)) {
            ENVFIX_CHECK(copy_file(path, new_path(path)));
            ENVFIX_TRY(const bool rewritten, adapt_script(path));
            if (rewritten) changed.push_back(path);
        }
        return renew_records(m_parent, m_folder, changed);
    }

    Result<void> copy_file(const std::string& from, const std::string& to)
    {
        ENVFIX_FAULT_POINT("recreate.copy");
        const auto target = m_folder + "/" + to;
        if (m_parent.exists(target)) {
            // Made by venv, or by another distribution that has the same file.
            ENVFIX_CHECK(m_parent.remove_file(target));
        }
        ENVFIX_TRY(const auto status, m_old_root->lstat(from));
        ENVFIX_TRY(const auto source, m_old_root->open_file(from));
        ENVFIX_CHECK(m_parent.make_directories(fs::parent_of(target), 0755));
        ENVFIX_TRY(const auto made, m_parent.create_file(target, status.mode & 07777U));
        ENVFIX_TRY(const auto copied,
                   fs::copy_bytes(source.get(), made.get(), from, k_largest_file));
        if (copied.size != status.size)
            return fail(ErrorCode::plan_changed, from + " was changed meanwhile");
        return fs::set_mtime(made.get(), status.mtime_ns);
    }

    /// A script that starts "bin/python3.11" of this venv starts the new one's.
    Result<bool> adapt_script(const std::string& path)
    {
        const auto numbered = [](int major, int minor) {
            return std::to_string(major) + "." + std::to_string(minor);
        };
        const auto before = numbered(m_old.major, m_old.minor);
        const auto now = numbered(m_request.base.major, m_request.base.minor);
        if (before == now || !path.starts_with("bin/")) return false;
        const auto staged = m_folder + "/" + path;
        const auto text = m_parent.read(staged, k_script_cap);
        if (!text) return false;
        const auto python = m_old.path + "/bin/python";
        const auto at = text->find(python + before);
        if (at == std::string::npos || !text->starts_with("#!")) return false;
        auto adapted = *text;
        adapted.replace(at + python.size(), before.size(), now);
        ENVFIX_TRY(const auto status, m_parent.lstat(staged));
        ENVFIX_CHECK(m_parent.remove_file(staged));
        ENVFIX_CHECK(m_parent.write_file(staged, adapted, status.mode & 07777U));
        return true;
    }

    Result<BuiltVenv> complete()
    {
        for (const auto& path : m_old.path_files) {
            if (!m_parent.exists(m_folder + "/" + new_path(path)))
                ENVFIX_CHECK(copy_file(path, new_path(path)));
        }
        for (const auto& path : m_old.settings) {
            if (!m_parent.exists(m_folder + "/" + path)) ENVFIX_CHECK(copy_file(path, path));
        }
        ENVFIX_FAULT_POINT("recreate.relocate");
        ENVFIX_CHECK(relocate(m_parent, m_folder, "/" + m_request.stage));
        ENVFIX_FAULT_POINT("recreate.check");
        ENVFIX_TRY(const auto stranded,
                   scripts_without_python(m_parent, m_folder, m_old.path));
        if (!stranded.empty())
            return fail(ErrorCode::not_supported,
                        "a script would start a Python that is not there: " + stranded.front());
        BuiltVenv built{.folder = m_folder, .distributions = {}, .left_behind = m_old.unowned};
        ENVFIX_TRY(built.distributions, staged_distributions());
        auto wanted = planned_distributions();
        if (built.distributions != wanted)
            return fail(ErrorCode::io, "the new venv does not hold what the plan says: " +
                                           difference(wanted, built.distributions));
        return built;
    }

    [[nodiscard]] Result<std::vector<std::string>> staged_distributions() const
    {
        std::vector<std::string> list;
        ENVFIX_TRY(const auto names, m_parent.list(m_folder + "/" + m_site));
        for (const auto& entry : names) {
            if (!entry.name.ends_with(k_dist_info)) continue;
            ENVFIX_TRY(const auto text, m_parent.read(m_folder + "/" + m_site + "/" + entry.name +
                                                          "/METADATA",
                                                      k_metadata_cap));
            const auto core = formats::parse_core_metadata(text);
            list.push_back(name_of(core.name.value_or("?"), core.version.value_or("?")));
        }
        std::ranges::sort(list);
        return list;
    }

    [[nodiscard]] std::vector<std::string> planned_distributions() const
    {
        std::vector<std::string> list;
        for (const auto& change : m_request.step.changes)
            list.push_back(name_of(change.distribution, change.to));
        std::ranges::sort(list);
        return list;
    }

    static std::string name_of(const std::string& name, const std::string& version);

    static std::string difference(const std::vector<std::string>& wanted,
                                  const std::vector<std::string>& found)
    {
        for (const auto& one : wanted) {
            if (std::ranges::find(found, one) == found.end()) return one + " is not there";
        }
        for (const auto& one : found) {
            if (std::ranges::find(wanted, one) == wanted.end()) return one + " is there as well";
        }
        return "the same distribution twice";
    }

    BuildRequest m_request;
    Store* m_store;
    fs::WriteTree m_parent;
    std::optional<fs::WriteTree> m_old_root;
    OldVenv m_old;
    std::string m_folder;
    std::string m_site;
};

std::string Builder::name_of(const std::string& name, const std::string& version)
{
    const auto parsed = pep::Version::try_parse(version);
    return pep::normalize_name(name) + " " + (parsed ? parsed->to_string() : version);
}

} // namespace

asio::awaitable<Result<BuiltVenv>> build_venv(BuildRequest request, Store* store)
{
    ENVFIX_CO_TRY(auto parent, fs::WriteTree::open(request.parent));
    std::optional<fs::WriteTree> old_root;
    OldVenv old;
    old.path = parent.path() + "/" + request.name;
    if (request.step.kind == model::StepKind::venv_recreate) {
        ENVFIX_CO_TRY(auto opened, parent.directory(request.name));
        old_root.emplace(std::move(opened));
        ENVFIX_CO_TRY(old, read_old_venv(*old_root));
    }
    Builder builder(std::move(request), store, std::move(parent), std::move(old_root),
                    std::move(old));
    auto built = co_await builder.build();
    co_return built;
}

} // namespace envfix::remedy
