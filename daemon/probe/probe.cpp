#include "probe/probe.hpp"

#include "probe/explain.hpp"
#include "probe/record.hpp"
#include "probe/runner.hpp"
#include "probe/script.hpp"
#include "process/scratch.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace envfix::probe {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view k_home = "HOME=";
// Where another user may enter a folder of his.
constexpr const char* k_shared_parent = "/tmp";

process::Command import_command(const Request& request, const Link& link, const Runner& runner, const std::string& folder)
{
    process::Command command;
    command.argv = {request.executable, "-B", "-c", k_script, link.proof};
    command.argv.insert(command.argv.end(), link.imports.begin(), link.imports.end());
    command.environment = request.environment;
    command.working_directory = folder;
    command.limits = request.limits;
    command.record_cap = k_record_cap;
    command.identity = runner.identity;
    return command;
}

/// The file that a bare program name means: beside the interpreter, then along PATH.
std::string find_program(const Request& request, const std::string& name)
{
    if (name.find('/') != std::string::npos) {
        return name.starts_with('/') ? name : request.verify_directory + "/" + name;
    }
    std::vector<std::string> folders{request.executable.substr(0, request.executable.rfind('/'))};
    constexpr std::string_view k_path = "PATH=";
    for (const auto& entry : request.environment) {
        if (!entry.starts_with(k_path)) continue;
        auto rest = std::string_view(entry).substr(k_path.size());
        while (!rest.empty()) {
            const auto end = rest.find(':');
            if (rest.starts_with('/')) folders.emplace_back(rest.substr(0, end));
            if (end == std::string_view::npos) break;
            rest.remove_prefix(end + 1);
        }
    }
    for (const auto& folder : folders) {
        auto path = folder + "/" + name;
        if (::access(path.c_str(), X_OK) == 0) return path;
    }
    return {};
}

process::Command verify_command(const Request& request, const Runner& runner, std::string program)
{
    process::Command command;
    command.argv = request.verify_command;
    command.argv.front() = std::move(program);
    command.environment = request.environment;
    command.environment.emplace_back("PYTHONDONTWRITEBYTECODE=1");
    command.working_directory = request.verify_directory;
    command.limits = request.limits;
    command.identity = runner.identity;
    return command;
}

model::ProbeResult not_run(std::string why)
{
    return {.ran = false, .ok = false, .import = {}, .error = std::move(why)};
}

model::ProbeResult command_failed(const process::Ended& ended, const process::Limits& limits)
{
    const auto words = last_line(ended.err);
    return {.ran = true,
            .ok = false,
            .import = {},
            .error = "the command that verifies it: " + process::describe(ended, limits) +
                     (words.empty() ? "" : ": " + words)};
}

model::ProbeResult all_well()
{
    return {.ran = true, .ok = true, .import = {}, .error = {}};
}

/// No link may take longer than what is left of the whole.
bool shorten(process::Limits& limits, Clock::time_point end)
{
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    limits.wall = std::min(limits.wall, left);
    return left.count() > 0;
}

} // namespace

std::vector<Link> links_of(const model::Chain& chain,
                           const std::function<bool(std::string_view distribution)>& wanted)
{
    std::vector<Link> links;
    for (const auto& link : chain.links) {
        if (!wanted(link.distribution)) continue;
        const bool proved =
            !link.proof.empty() && (link.proof_requires.empty() || wanted(link.proof_requires));
        links.push_back({.distribution = link.distribution,
                         .imports = link.imports,
                         .proof = proved ? link.proof : std::string()});
    }
    return links;
}

asio::awaitable<Result<model::ProbeResult>> run(Request request)
{
    const auto end = Clock::now() + request.deadline;
    const auto runner = runner_of(request.ground);
    if (!runner) co_return not_run(runner.error().message);
    if (runner->identity) {
        request.scratch_parent = k_shared_parent;
        std::erase_if(request.environment, [](const std::string& entry) { return entry.starts_with(k_home); });
        request.environment.push_back(std::string{k_home} + runner->home);
    }
    ENVFIX_CO_TRY(const auto scratch, process::Scratch::make(request.scratch_parent, runner->identity));
    for (const auto& link : request.links) {
        auto command = import_command(request, link, *runner, scratch.path());
        if (!shorten(command.limits, end)) {
            co_return not_run("no time was left to import " + link.distribution);
        }
        const auto ended = co_await process::run(command);
        if (!ended && ended.error().code == ErrorCode::cancelled) co_return fail(ended.error());
        if (!ended) co_return not_run(ended.error().message);
        auto result = explain(parse_record(ended->record), *ended, command.limits);
        if (!result.ok) co_return result;
    }
    if (!request.verify_command.empty()) {
        auto program = find_program(request, request.verify_command.front());
        if (program.empty()) {
            co_return not_run("the command that verifies it is not there: " +
                              request.verify_command.front());
        }
        auto command = verify_command(request, *runner, std::move(program));
        if (!shorten(command.limits, end))
            co_return not_run("no time was left for the command that verifies it");
        const auto ended = co_await process::run(command);
        if (!ended && ended.error().code == ErrorCode::cancelled) co_return fail(ended.error());
        if (!ended) co_return not_run(ended.error().message);
        if (!ended->well()) {
            co_return command_failed(*ended, command.limits);
        }
    }
    co_return all_well();
}

Result<model::ProbeResult> run_blocking(Request request)
{
    asio::io_context io{1};
    Result<model::ProbeResult> result = fail(ErrorCode::cancelled, "stopped");
    asio::co_spawn(io, run(std::move(request)),
                   [&result](const std::exception_ptr& thrown, Result<model::ProbeResult> said) {
                       if (!thrown) result = std::move(said);
                   });
    io.run();
    return result;
}

} // namespace envfix::probe
