#include "remedy/wheels.hpp"

#include "base/printable.hpp"
#include "fs/tree.hpp"
#include "fs/write_tree.hpp"
#include "pep/name.hpp"
#include "pep/wheel_name.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

using namespace std::chrono_literals;

constexpr auto k_fetch_limit = 180s;
constexpr std::string_view k_incoming = "incoming-";

/// Removes the folder of a download, whatever came of it.
class Download {
public:
    Download(const fs::WriteTree& parent, std::string name)
        : m_parent(parent), m_name(std::move(name))
    {
    }

    Download(const Download&) = delete;
    Download& operator=(const Download&) = delete;
    Download(Download&&) = delete;
    Download& operator=(Download&&) = delete;

    ~Download()
    {
        if (const auto removed = m_parent.remove_tree(m_name); !removed)
            return; // emptied the next time
    }

private:
    const fs::WriteTree& m_parent;
    std::string m_name;
};

/// Where the wheel came from, as far as one can tell without guessing.
std::string source_of(const std::string& file, std::string_view said, const PipSettings& settings)
{
    if (const auto tree = fs::Tree::open()) {
        for (const auto& place : settings.find_links) {
            if (place.starts_with('/') && tree->exists(place + "/" + file))
                return place + "/" + file;
        }
    }
    constexpr std::string_view k_downloading = "Downloading ";
    while (true) {
        const auto at = said.find(k_downloading);
        if (at == std::string_view::npos) break;
        said.remove_prefix(at + k_downloading.size());
        const auto url = said.substr(0, said.find_first_of(" \r\n"));
        if (url.find("://") != std::string_view::npos && url.find(file) != std::string_view::npos)
            return escape_untrusted(without_password(url));
    }
    return describe(settings);
}

std::string unique_name(const fs::WriteTree& folder)
{
    for (int i = 0;; ++i) {
        auto name = std::string(k_incoming) + std::to_string(i);
        if (!folder.exists(name)) return name;
    }
}

std::vector<std::string> download_arguments(const std::string& folder,
                                            const std::vector<std::string>& requirements)
{
    std::vector<std::string> arguments{"download", "--no-deps", "--only-binary", ":all:",
                                       "--retries", "1",        "--timeout",     "15",
                                       "--dest",    folder,     "--"};
    arguments.insert(arguments.end(), requirements.begin(), requirements.end());
    return arguments;
}

/// "cffi, pycparser"
std::string listed(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

Wheel wheel_of(const pep::WheelName& name, const std::string& file, std::string sha256,
               std::string source)
{
    return {.name = name.name,
            .version = name.version.to_string(),
            .file = file,
            .sha256 = std::move(sha256),
            .source = std::move(source)};
}

} // namespace

Error fetch_error(const std::string& requirement, const process::Ended& ended,
                  const PipSettings& settings)
{
    const auto said = pip_complaint(ended, k_fetch_limit);
    const bool unreachable = ended.timed_out ||
                             ended.err.find("WARNING: Retrying") != std::string::npos ||
                             ended.err.find("Could not fetch URL") != std::string::npos;
    if (unreachable) {
        return {.code = ErrorCode::io,
                .message = "cannot be reached: " + describe(settings) + " (" + said + ")"};
    }
    return {.code = ErrorCode::not_found,
            .message = "no wheel of " + requirement + " for this Python in " + describe(settings) +
                       " (" + said + ")"};
}

Result<void> expire_wheels(const std::string& wheels, const std::set<std::string>& in_use,
                           std::int64_t oldest_ns)
{
    const auto folder = fs::WriteTree::open(wheels);
    if (!folder && folder.error().code == ErrorCode::not_found) return {};
    if (!folder) return fail(folder.error());
    ENVFIX_TRY(const auto entries, folder->list(""));
    for (const auto& entry : entries) {
        const auto status = folder->lstat(entry.name);
        if (!status || status->mtime_ns >= oldest_ns || in_use.contains(entry.name)) continue;
        ENVFIX_CHECK(folder->remove_tree(entry.name));
    }
    return {};
}

namespace {

/// Moves a downloaded wheel to its place, which its hash names.
Result<Wheel> take_in(const fs::WriteTree& folder, const std::string& incoming,
                      const std::string& file, std::string_view said, const PipSettings& settings)
{
    ENVFIX_TRY(const auto name, pep::WheelName::parse(file));
    const auto path = incoming + "/" + file;
    ENVFIX_TRY(auto hash, folder.sha256(path));
    if (!folder.exists(hash + "/" + file)) {
        ENVFIX_CHECK(folder.make_directories(hash));
        ENVFIX_CHECK(folder.rename(path, hash + "/" + file));
    }
    return wheel_of(name, file, std::move(hash), source_of(file, said, settings));
}

/// All that came, in the order of what was asked for.
Result<std::vector<Wheel>> take_in_all(const fs::WriteTree& folder, const std::string& incoming,
                                       const std::vector<std::string>& requirements,
                                       std::string_view said, const PipSettings& settings)
{
    ENVFIX_TRY(const auto entries, folder.list(incoming));
    std::map<std::string, Wheel> by_name;
    for (const auto& entry : entries) {
        ENVFIX_TRY(auto wheel, take_in(folder, incoming, entry.name, said, settings));
        auto name = wheel.name;
        by_name.insert_or_assign(std::move(name), std::move(wheel));
    }
    std::vector<Wheel> wheels;
    for (const auto& requirement : requirements) {
        const auto end = requirement.find_first_of("<>=!~[ ;");
        const auto found = by_name.find(pep::normalize_name(requirement.substr(0, end)));
        if (found == by_name.end())
            return fail(ErrorCode::not_found, "pip brought no wheel of " + requirement);
        wheels.push_back(found->second);
    }
    return wheels;
}

} // namespace

asio::awaitable<Result<std::vector<Wheel>>> fetch_wheels(Pip pip,
                                                         std::vector<std::string> requirements,
                                                         PipSettings settings,
                                                         Surroundings surroundings)
{
    if (requirements.empty()) co_return std::vector<Wheel>();
    const auto made = fs::make_private_directories(surroundings.wheels);
    if (!made) co_return fail(made.error());
    ENVFIX_CO_TRY(const auto folder, fs::WriteTree::open(surroundings.wheels));
    const auto incoming = unique_name(folder);
    const auto opened = folder.make_directory(incoming, 0700);
    if (!opened) co_return fail(opened.error());
    const Download guard(folder, incoming);

    const auto arguments = download_arguments(folder.path() + "/" + incoming, requirements);
    const auto ended = co_await run_pip(pip, arguments, settings, surroundings, k_fetch_limit);
    if (!ended) co_return fail(ended.error());
    if (!ended->well()) co_return fail(fetch_error(listed(requirements), *ended, settings));
    co_return take_in_all(folder, incoming, requirements, ended->out, settings);
}

asio::awaitable<Result<Wheel>> fetch_wheel(Pip pip, std::string requirement, PipSettings settings,
                                           Surroundings surroundings)
{
    const std::vector<std::string> requirements(1, requirement);
    auto wheels = co_await fetch_wheels(std::move(pip), requirements, std::move(settings),
                                        std::move(surroundings));
    if (!wheels) co_return fail(wheels.error());
    co_return std::move(wheels->front());
}

} // namespace envfix::remedy
