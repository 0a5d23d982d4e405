#include "remedy/create.hpp"

#include "fs/write_tree.hpp"
#include "pep/name.hpp"
#include "pep/requirement.hpp"
#include "pep/specifier_set.hpp"
#include "remedy/consistent_set.hpp"
#include "remedy/pip.hpp"
#include "remedy/recreate.hpp"
#include "remedy/wheels.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace envfix::remedy {

namespace {

Result<void> check_free(const CreateRequest& request)
{
    ENVFIX_TRY(const auto project, fs::WriteTree::open(request.project));
    const auto there = project.lstat(k_project_venv);
    if (!there && there.error().code == ErrorCode::not_found) return {};
    if (!there) return fail(there.error());
    return fail(ErrorCode::not_supported,
                request.project + "/" + k_project_venv +
                    " is there already and is no environment: move it away (mv " + request.project +
                    "/" + k_project_venv + " " + request.project + "/" + k_project_venv +
                    ".old), then try again");
}

bool suits(const model::Interpreter& interpreter, const std::vector<std::string>& specifiers)
{
    return std::ranges::all_of(specifiers, [&](const std::string& text) {
        const auto specifier = pep::SpecifierSet::parse(text);
        return specifier && specifier->contains(interpreter.version, true, true);
    });
}

/// Which Pythons come into question, best first.
Result<std::vector<model::Interpreter>> candidates_of(const CreateRequest& request,
                                                      const Asked& asked)
{
    const OldVenv none;
    auto candidates = choose_interpreters(request.pythons, none, request.interpreters);
    std::erase_if(candidates,
                  [&](const model::Interpreter& one) { return !suits(one, asked.pythons); });
    if (!candidates.empty()) return candidates;
    std::string words;
    for (const auto& python : request.pythons)
        words += (words.empty() ? "" : ", ") + python;
    std::string limits;
    for (const auto& specifier : asked.pythons)
        limits += (limits.empty() ? ", and the project asks for " : ",") + specifier;
    return fail(ErrorCode::not_found, "there is no Python " + words + " on this machine" + limits);
}

/// "name==version" of each; what pip says is looked at as anything from outside.
Result<std::vector<std::string>> exact(const std::vector<formats::PipReportItem>& items)
{
    std::vector<std::string> requirements;
    for (const auto& item : items) {
        if (!is_package_name(item.name) || !is_package_version(item.version))
            return fail(ErrorCode::malformed, "pip named no package: " + item.name);
        requirements.push_back(item.name + "==" + item.version);
    }
    return requirements;
}

asio::awaitable<Result<std::vector<model::PackageChange>>>
packages_for(CreateRequest request, Asked asked, model::Interpreter interpreter)
{
    const auto pip = co_await find_pip(interpreter, false, request.surroundings);
    if (!pip) co_return fail(pip.error());
    if (!can_report(*pip))
        co_return fail(ErrorCode::not_supported,
                       "pip " + pip->version + " of Python " + interpreter.version +
                           " cannot tell what the project needs (22.2 can)");
    auto requirements = asked.requirements;
    requirements.push_back("pip==" + newest_pip_version(interpreter));
    const auto settings = with_machine_wheels(request.settings, interpreter);
    const std::vector<std::string> no_constraints;
    const auto items = co_await consistent_set(*pip, requirements, no_constraints, settings,
                                               request.surroundings, Installed::ignored);
    if (!items) co_return fail(items.error());
    ENVFIX_CO_TRY(const auto exactly, exact(*items));
    const auto wheels = co_await fetch_wheels(*pip, exactly, settings, request.surroundings);
    if (!wheels) co_return fail(wheels.error());
    std::vector<model::PackageChange> changes;
    for (std::size_t i = 0; i < wheels->size(); ++i) {
        const auto& wheel = wheels->at(i);
        changes.push_back({.distribution = items->at(i).name,
                           .from = {},
                           .to = wheel.version,
                           .source = wheel.source,
                           .sha256 = wheel.sha256});
    }
    std::ranges::sort(changes, {}, [](const model::PackageChange& change) {
        return pep::normalize_name(change.distribution);
    });
    co_return changes;
}

/// Why a line cannot be taken over as it stands.
std::string reason_of(std::string_view text)
{
    const auto has = [&](std::string_view part) { return text.find(part) != text.npos; };
    if (text.starts_with('-')) return "an option of pip's";
    if (has(" --hash")) return "bound to hashes that a consistent set need not have";
    if (has("://") || has(" @ ") || text.starts_with('.') || text.starts_with('/'))
        return "a place and no version";
    if (has(" = ")) return "in poetry's own notation: poetry install understands it";
    return "no requirement as PEP 508 has it";
}

} // namespace

Result<Asked> asked_by(const std::vector<std::string>& requirements)
{
    Asked asked;
    for (const auto& text : requirements) {
        const auto requirement = pep::Requirement::parse(text);
        if (!requirement || requirement->url() || !is_package_name(requirement->name()))
            return fail(ErrorCode::not_supported,
                        "the project asks for \"" + text + "\", which is " + reason_of(text));
        if (pep::normalize_name(requirement->name()) == "python") {
            asked.pythons.push_back(requirement->specifier().to_string());
        } else {
            asked.requirements.push_back(requirement->to_string());
        }
    }
    if (asked.requirements.empty())
        return fail(ErrorCode::not_supported, "the project does not say what it needs");
    return asked;
}

asio::awaitable<Result<model::Step>> plan_create(CreateRequest request)
{
    ENVFIX_CO_TRY(const auto asked, asked_by(request.requirements));
    const auto free = check_free(request);
    if (!free) co_return fail(free.error());
    ENVFIX_CO_TRY(const auto candidates, candidates_of(request, asked));
    std::optional<Error> first;
    std::set<std::pair<int, int>> tried; // a minor version has the same wheels whoever built it
    for (const auto& interpreter : candidates) {
        if (!tried.emplace(interpreter.major, interpreter.minor).second) continue;
        auto changes = co_await packages_for(request, asked, interpreter);
        if (!changes && changes.error().code == ErrorCode::cancelled)
            co_return fail(changes.error());
        if (!changes) {
            if (!first) first = changes.error();
            continue;
        }
        model::Step step;
        step.kind = model::StepKind::venv_create;
        step.location = request.project + "/" + k_project_venv;
        step.text = interpreter.executable;
        step.changes = *std::move(changes);
        step.isolated = true;
        co_return step;
    }
    co_return fail(*first);
}

} // namespace envfix::remedy
