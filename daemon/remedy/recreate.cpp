#include "remedy/recreate.hpp"

#include "fs/tree.hpp"
#include "pep/name.hpp"
#include "pep/version.hpp"
#include "remedy/pip.hpp"
#include "remedy/stage.hpp"
#include "remedy/wheels.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

std::string minor_of(const model::Interpreter& interpreter)
{
    return std::to_string(interpreter.major) + "." + std::to_string(interpreter.minor);
}

/// "3.12" means "3.12" and "3.12.1", not "3.1".
bool is_of_version(const model::Interpreter& interpreter, const std::string& wanted)
{
    const auto& version = interpreter.version;
    return version == wanted || version.starts_with(wanted + ".");
}

bool is_plain_cpython(const model::Interpreter& interpreter)
{
    return interpreter.implementation == "cpython" && !interpreter.debug &&
           !interpreter.free_threaded;
}

/// The old one's own Python first, then the newest.
bool is_preferred(const OldVenv& old, const model::Interpreter& one,
                  const model::Interpreter& other)
{
    const auto folder = [](const std::string& path) { return path.substr(0, path.rfind('/')); };
    const bool one_home = folder(one.executable) == old.home;
    const bool other_home = folder(other.executable) == old.home;
    if (one_home != other_home) return one_home;
    const auto first = pep::Version::try_parse(one.version);
    const auto second = pep::Version::try_parse(other.version);
    if (first && second && *first != *second) return *first > *second;
    return one.executable < other.executable;
}

model::PackageChange change_of(const OldDistribution& old, std::string source, std::string sha256)
{
    return {.distribution = old.name,
            .from = old.version,
            .to = old.version,
            .source = std::move(source),
            .sha256 = std::move(sha256)};
}

/// The name that pip has no wheel of, out of what it said: "No matching distribution found for X".
std::string unmatched(const std::string& said, const std::vector<std::string>& requirements)
{
    constexpr std::string_view k_words = "No matching distribution found for ";
    const auto at = said.find(k_words);
    if (at == std::string::npos) return {};
    const auto rest = std::string_view(said).substr(at + k_words.size());
    const auto found = std::ranges::find_if(requirements, [&](const std::string& requirement) {
        return rest.starts_with(requirement) &&
               (rest.size() == requirement.size() ||
                std::string_view(" \n\r)(").find(rest[requirement.size()]) != std::string_view::npos);
    });
    return found == requirements.end() ? std::string() : *found;
}

/// Finds a source for each distribution, for one Python.
class Sources {
public:
    Sources(const RecreateRequest& request, const OldVenv& old, const fs::WriteTree& root,
            const Store* store, model::Interpreter interpreter)
        : m_request(request), m_old(old), m_root(root), m_store(store),
          m_interpreter(std::move(interpreter)),
          m_same(m_interpreter.major == old.major && m_interpreter.minor == old.minor)
    {
        for (const auto& adopted : request.adopted) {
            const auto name = pep::normalize_name(adopted.name);
            if (std::ranges::find(old.distributions, name, &OldDistribution::normalized) ==
                old.distributions.end())
                m_adopted.push_back(
                    {.name = adopted.name, .normalized = name, .version = adopted.version});
        }
    }

    asio::awaitable<Result<std::vector<model::PackageChange>>> find()
    {
        for (const auto& distribution : m_adopted) {
            if (const auto asked = ask_for(distribution); !asked) co_return fail(asked.error());
        }
        for (const auto& distribution : m_old.distributions) {
            if (auto kept = without_pip(distribution)) {
                m_found.insert_or_assign(distribution.normalized, *std::move(kept));
                continue;
            }
            if (const auto asked = ask_for(distribution); !asked) co_return fail(asked.error());
        }
        if (!m_asked.empty()) {
            const auto asked = co_await ask_pip();
            if (!asked) co_return fail(asked.error());
        }
        std::vector<model::PackageChange> changes;
        for (auto& [name, change] : m_found)
            changes.push_back(std::move(change));
        co_return changes;
    }

private:
    Result<void> ask_for(const OldDistribution& distribution)
    {
        const auto version = version_for(distribution);
        if (!is_package_name(distribution.name) || !is_package_version(version)) {
            return fail(ErrorCode::not_found,
                        "no name and version can be told of " +
                            (distribution.metadata.empty() ? distribution.name
                                                           : distribution.metadata));
        }
        m_asked.insert_or_assign(distribution.name + "==" + version, &distribution);
        return {};
    }

    /// What needs no index: as it lies there, or out of the store.
    std::optional<model::PackageChange> without_pip(const OldDistribution& distribution)
    {
        if (distribution.editable && distribution.record)
            return change_of(distribution, k_editable, distribution.record_sha256);
        if (!m_same) return std::nullopt;
        const auto why = why_not_as_it_is(m_root, m_old, distribution);
        if (why.empty()) return change_of(distribution, k_from_old, distribution.record_sha256);
        m_why.insert_or_assign(distribution.normalized, why);
        if (is_in_store(distribution)) return change_of(distribution, k_from_store, {});
        return std::nullopt;
    }

    [[nodiscard]] bool is_in_store(const OldDistribution& distribution) const
    {
        if (m_store == nullptr) return false;
        const auto kept = m_store->find(distribution.normalized, m_interpreter.soabi,
                                        m_old.path + "/" + m_old.site);
        return std::ranges::any_of(kept, [&](const KeptDistribution& one) {
            return one.version == distribution.version && m_store->has_all(one);
        });
    }

    /// The version that is there; but an older pip does not start in a newer Python and is then of
    /// no use to anybody.
    [[nodiscard]] std::string version_for(const OldDistribution& distribution) const
    {
        const std::string name = "pip-" + distribution.version + "-py3-none-any.whl";
        if (distribution.normalized != "pip" ||
            !usable_pip_wheels({name}, m_interpreter.minor).empty())
            return distribution.version;
        const auto newest = newest_pip_version(m_interpreter);
        return newest.empty() ? distribution.version : newest;
    }

    /// Asks for all at once; one that pip has no wheel of is taken as it is where any Python can
    /// use it, and the others are asked for again.
    asio::awaitable<Result<void>> ask_pip()
    {
        const auto pip = co_await find_pip(m_interpreter, false, m_request.surroundings);
        if (!pip) co_return fail(pip.error());
        const auto settings = with_machine_wheels(m_request.settings, m_interpreter);
        while (!m_asked.empty()) {
            std::vector<std::string> requirements;
            for (const auto& [requirement, distribution] : m_asked)
                requirements.push_back(requirement);
            auto wheels =
                co_await fetch_wheels(*pip, requirements, settings, m_request.surroundings);
            if (wheels) {
                take(*wheels);
                co_return Result<void>();
            }
            if (wheels.error().code != ErrorCode::not_found) co_return fail(wheels.error());
            const auto missing = unmatched(wheels.error().message, requirements);
            if (missing.empty()) co_return fail(wheels.error());
            if (auto taken = take_as_it_is(missing, settings); !taken)
                co_return fail(taken.error());
        }
        co_return Result<void>();
    }

    void take(const std::vector<Wheel>& wheels)
    {
        std::size_t i = 0;
        for (const auto& [requirement, distribution] : m_asked) {
            const auto& wheel = wheels.at(i++);
            auto change = change_of(*distribution, wheel.source, wheel.sha256);
            change.to = wheel.version;
            if (distribution->metadata.empty()) change.from.clear(); // it was not in the venv
            m_found.insert_or_assign(distribution->normalized, std::move(change));
        }
        m_asked.clear();
    }

    Result<void> take_as_it_is(const std::string& requirement, const PipSettings& settings)
    {
        const auto place = m_asked.find(requirement);
        const auto& distribution = *place->second;
        auto why = m_why[distribution.normalized];
        if (distribution.metadata.empty()) {
            why = "it is not in the venv";
        } else if (!m_same) {
            why = distribution.pure ? why_not_as_it_is(m_root, m_old, distribution)
                                    : "it is compiled for Python " + std::to_string(m_old.major) +
                                          "." + std::to_string(m_old.minor);
        }
        if (!why.empty()) {
            return fail(ErrorCode::not_found, requirement + " cannot be had for Python " +
                                                  m_interpreter.version + ": no wheel of it in " +
                                                  describe(settings) +
                                                  ", and it cannot stay as it is: " + why);
        }
        m_found.insert_or_assign(distribution.normalized,
                                 change_of(distribution, k_from_old, distribution.record_sha256));
        m_asked.erase(place);
        return {};
    }

    const RecreateRequest& m_request;
    const OldVenv& m_old;
    const fs::WriteTree& m_root;
    const Store* m_store;
    model::Interpreter m_interpreter;
    bool m_same;
    std::vector<OldDistribution> m_adopted; ///< of other places than the venv: without metadata here
    std::map<std::string, model::PackageChange> m_found;           ///< by normalized name
    std::map<std::string, const OldDistribution*> m_asked;         ///< by requirement
    std::map<std::string, std::string> m_why;                      ///< not as it is, by name
};

/// The parent folder of a venv that can be exchanged as a whole, and the venv's own.
Result<fs::WriteTree> exchangeable(const std::string& venv)
{
    const auto slash = venv.rfind('/');
    if (slash == std::string::npos || slash == 0)
        return fail(ErrorCode::not_supported, venv + " lies in no folder that could be written in");
    ENVFIX_TRY(const auto parent, fs::WriteTree::open(venv.substr(0, slash)));
    const auto name = venv.substr(slash + 1);
    ENVFIX_TRY(const auto status, parent.lstat(name));
    if (!status.is_directory())
        return fail(ErrorCode::not_supported,
                    venv + " is a link: name the venv by the folder that it leads to");
    auto root = parent.directory(name);
    if (!root && root.error().code == ErrorCode::not_supported)
        return fail(ErrorCode::not_supported,
                    venv + " is a mount point and cannot be exchanged; make it again in place: "
                           "python3 -m venv --clear " + venv);
    return root;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

} // namespace

std::vector<model::Interpreter> choose_interpreters(const std::vector<std::string>& pythons,
                                                    const OldVenv& old,
                                                    std::vector<model::Interpreter> interpreters)
{
    std::erase_if(interpreters, [](const auto& one) { return !is_plain_cpython(one); });
    std::ranges::sort(interpreters, [&](const auto& one, const auto& other) {
        return is_preferred(old, one, other);
    });
    std::vector<model::Interpreter> chosen;
    for (const auto& word : pythons) {
        const auto wanted = word == "same" ? std::to_string(old.major) + "." +
                                                 std::to_string(old.minor)
                                           : word;
        for (const auto& interpreter : interpreters) {
            const bool known = std::ranges::find(chosen, interpreter) != chosen.end();
            if (!known && is_of_version(interpreter, wanted)) chosen.push_back(interpreter);
        }
    }
    return chosen;
}

Result<model::Interpreter> interpreter_named(const std::vector<model::Interpreter>& interpreters,
                                             const std::string& executable)
{
    const auto found =
        std::ranges::find(interpreters, executable, &model::Interpreter::executable);
    if (found == interpreters.end())
        return fail(ErrorCode::plan_changed, executable + " is not there any more");
    return *found;
}

asio::awaitable<Result<model::Step>> plan_recreate(RecreateRequest request, Store* store)
{
    ENVFIX_CO_TRY(const auto root, exchangeable(request.venv));
    ENVFIX_CO_TRY(const auto old, read_old_venv(root));
    const auto candidates = choose_interpreters(request.pythons, old, request.interpreters);
    if (candidates.empty()) {
        co_return fail(ErrorCode::not_found,
                       "there is no Python " + joined(request.pythons) + " on this machine");
    }
    std::optional<Error> first;
    std::set<std::string> tried; // a minor version has the same wheels whoever built it
    for (const auto& interpreter : candidates) {
        if (!tried.insert(minor_of(interpreter)).second) continue;
        Sources sources(request, old, root, store, interpreter);
        auto changes = co_await sources.find();
        if (!changes && changes.error().code == ErrorCode::cancelled)
            co_return fail(changes.error());
        if (!changes) {
            if (!first) first = changes.error();
            continue;
        }
        model::Step step;
        step.kind = model::StepKind::venv_recreate;
        step.location = request.venv;
        step.text = interpreter.executable;
        step.isolated = request.isolated;
        step.changes = *std::move(changes);
        co_return step;
    }
    co_return fail(*first);
}

} // namespace envfix::remedy
