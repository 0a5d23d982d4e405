#include "remedy/consistent_set.hpp"

#include "fs/write_tree.hpp"
#include "pep/version.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

using namespace std::chrono_literals;

constexpr auto k_resolve_limit = 180s;
constexpr std::size_t k_report_cap = std::size_t{64} << 20U;
constexpr std::string_view k_folder = "incoming-report-";

/// Removes the folder of a question, whatever came of it.
class Question {
public:
    Question(const fs::WriteTree& parent, std::string name)
        : m_parent(parent), m_name(std::move(name))
    {
    }

    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;
    Question(Question&&) = delete;
    Question& operator=(Question&&) = delete;

    ~Question()
    {
        if (const auto removed = m_parent.remove_tree(m_name); !removed)
            return; // removed with old wheels
    }

private:
    const fs::WriteTree& m_parent;
    std::string m_name;
};

std::string unique_name(const fs::WriteTree& folder)
{
    for (int i = 0;; ++i) {
        auto name = std::string(k_folder) + std::to_string(i);
        if (!folder.exists(name)) return name;
    }
}

std::vector<std::string> report_arguments(const std::string& folder,
                                          const std::vector<std::string>& requirements,
                                          Installed installed)
{
    std::vector<std::string> arguments{"install",
                                       "--dry-run",
                                       "--quiet",
                                       "--only-binary",
                                       ":all:",
                                       "--retries",
                                       "1",
                                       "--timeout",
                                       "15",
                                       "--report",
                                       folder + "/report.json",
                                       "--constraint",
                                       folder + "/constraints.txt"};
    if (installed == Installed::ignored) arguments.emplace_back("--ignore-installed");
    arguments.emplace_back("--");
    arguments.insert(arguments.end(), requirements.begin(), requirements.end());
    return arguments;
}

Error why_not(const process::Ended& ended, const PipSettings& settings, Installed installed)
{
    const auto has = [&](std::string_view words) {
        return ended.err.find(words) != std::string::npos;
    };
    const auto said = pip_complaint(ended, k_resolve_limit);
    if (ended.timed_out || has("WARNING: Retrying") || has("Could not fetch URL"))
        return {.code = ErrorCode::io,
                .message = "cannot be reached: " + describe(settings) + " (" + said + ")"};
    if (has("ResolutionImpossible") || has("No matching distribution found") ||
        has("conflicting dependencies"))
        return {.code = ErrorCode::not_found,
                .message = "no consistent set of versions in " + describe(settings) +
                           (installed == Installed::kept ? " leaves what is installed as it is ("
                                                         : " is what the project asks for (") +
                           said + ")"};
    return {.code = ErrorCode::not_supported, .message = said};
}

} // namespace

bool can_report(const Pip& pip)
{
    const auto version = pep::Version::try_parse(pip.version);
    const auto least = pep::Version::try_parse("22.2");
    return version && *version >= *least;
}

std::vector<std::string> constraints_of(const model::Snapshot& snapshot, const Target& target,
                                        const std::set<std::string>& asked)
{
    std::vector<std::string> constraints;
    auto seen = asked;
    for (const auto& distribution : snapshot.distributions) {
        if (distribution.location != target.site_path()) continue;
        if (!is_package_name(distribution.name) || !is_package_version(distribution.version) ||
            !pep::Version::try_parse(distribution.version))
            continue;
        if (!seen.insert(distribution.normalized).second) continue;
        constraints.push_back(distribution.name + "==" + distribution.version);
    }
    return constraints;
}

asio::awaitable<Result<std::vector<formats::PipReportItem>>>
consistent_set(Pip pip, std::vector<std::string> requirements, std::vector<std::string> constraints,
               PipSettings settings, Surroundings surroundings, Installed installed)
{
    const auto made = fs::make_private_directories(surroundings.wheels);
    if (!made) co_return fail(made.error());
    ENVFIX_CO_TRY(const auto parent, fs::WriteTree::open(surroundings.wheels));
    const auto folder = unique_name(parent);
    const auto opened = parent.make_directory(folder, 0700);
    if (!opened) co_return fail(opened.error());
    const Question guard(parent, folder);

    std::string text;
    for (const auto& constraint : constraints)
        text += constraint + "\n";
    const auto written = parent.write_file(folder + "/constraints.txt", text, 0600);
    if (!written) co_return fail(written.error());
    const auto arguments = report_arguments(parent.path() + "/" + folder, requirements, installed);
    const auto ended = co_await run_pip(std::move(pip), arguments, settings, surroundings,
                                        k_resolve_limit);
    if (!ended) co_return fail(ended.error());
    if (!ended->well()) co_return fail(why_not(*ended, settings, installed));
    const auto report = parent.read(folder + "/report.json", k_report_cap);
    if (!report) co_return fail(ErrorCode::not_supported, "pip wrote no report");
    auto items = formats::parse_pip_report(*report);
    if (!items) co_return fail(ErrorCode::not_supported, items.error().message);
    co_return items;
}

} // namespace envfix::remedy
