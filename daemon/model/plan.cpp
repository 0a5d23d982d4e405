#include "model/plan.hpp"

#include "base/sha256.hpp"
#include "model/names.hpp"
#include "model/plan_steps.hpp"

#include <algorithm>

namespace envfix::model {

namespace {

constexpr Names<StepKind, 9> k_steps{{
    {StepKind::restore, "restore"},
    {StepKind::pip_install, "pip-install"},
    {StepKind::pip_reinstall, "pip-reinstall"},
    {StepKind::pip_uninstall, "pip-uninstall"},
    {StepKind::quarantine, "quarantine"},
    {StepKind::advise, "advise"},
    {StepKind::venv_create, "venv-create"},
    {StepKind::venv_recreate, "venv-recreate"},
    {StepKind::system_packages, "system-packages"},
}};

constexpr Names<PlanState, 8> k_states{{
    {PlanState::waiting, "waiting"},
    {PlanState::approved, "approved"},
    {PlanState::rejected, "rejected"},
    {PlanState::running, "running"},
    {PlanState::done, "done"},
    {PlanState::failed, "failed"},
    {PlanState::stale, "stale"},
    {PlanState::advice, "advice"},
}};

/// Length before content, so that no two different plans give the same bytes.
class Writer {
public:
    void text(std::string_view value)
    {
        m_bytes += std::to_string(value.size());
        m_bytes += ':';
        m_bytes += value;
    }

    void number(std::int64_t value) { text(std::to_string(value)); }

    [[nodiscard]] const std::string& bytes() const { return m_bytes; }

private:
    std::string m_bytes;
};

void put(Writer& out, const Step& step)
{
    // Together with the kind: a plan that says nothing of it has the digest that it always had.
    out.text(std::string(to_string(step.kind)) + (step.isolated ? " isolated" : ""));
    out.number(static_cast<std::int64_t>(step.changes.size()));
    for (const auto& change : step.changes) {
        for (const auto* field :
             {&change.distribution, &change.from, &change.to, &change.source, &change.sha256}) {
            out.text(*field);
        }
    }
    out.number(static_cast<std::int64_t>(step.paths.size()));
    for (const auto& path : step.paths) out.text(path);
    out.text(step.location);
    out.text(step.text);
}

} // namespace

std::string_view to_string(StepKind kind)
{
    return name_of(k_steps, kind);
}

std::optional<StepKind> step_kind(std::string_view text)
{
    return value_of(k_steps, text);
}

std::string_view to_string(PlanState state)
{
    return name_of(k_states, state);
}

std::optional<PlanState> plan_state(std::string_view text)
{
    return value_of(k_states, text);
}

bool is_for_a_person(const Step& step)
{
    if (step.kind != StepKind::system_packages) return step.kind == StepKind::advise;
    return step.changes.empty() || std::ranges::any_of(step.changes, [](const PackageChange& change) { return change.to.empty(); });
}

bool is_for_the_machine(const Rung& rung)
{
    return rung.unavailable.empty() && !rung.steps.empty() && std::ranges::all_of(rung.steps, [](const Step& step) {
        return step.kind == StepKind::system_packages && !is_for_a_person(step);
    });
}

std::string advice_of(const Plan& plan)
{
    for (const auto& rung : plan.ladder) {
        for (const auto& step : rung.steps) {
            if (rung.unavailable.empty() && is_for_a_person(step) && !step.text.empty()) return step.text;
        }
    }
    return {};
}

std::string plan_digest(const Plan& plan)
{
    Writer out;
    for (const auto* field :
         {&plan.environment_id, &plan.environment_path, &plan.fingerprint, &plan.chain,
          &plan.policy, &plan.policy_sha256}) {
        out.text(*field);
    }
    out.number(static_cast<std::int64_t>(plan.findings.size()));
    for (const auto& code : plan.findings) out.text(code);
    out.number(static_cast<std::int64_t>(plan.ladder.size()));
    for (const auto& rung : plan.ladder) {
        out.text(rung.unavailable);
        out.number(static_cast<std::int64_t>(rung.steps.size()));
        for (const auto& step : rung.steps) put(out, step);
    }
    out.number(plan.allow_externally_managed ? 1 : 0);
    out.number(plan.created_s);
    out.number(plan.expires_s);
    return sha256_hex(out.bytes());
}

} // namespace envfix::model
