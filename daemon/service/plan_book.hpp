#pragma once

#include "base/result.hpp"
#include "journal/journal.hpp"
#include "model/plan.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::service {

/// The plans of today in memory, so that `status` asks no disk; each change is on disk before it is here.
class PlanBook {
public:
    /// Takes what the journal has of plans that may still go on, and those made after `since_s`.
    void load(const journal::Journal& journal, std::int64_t since_s);

    [[nodiscard]] std::vector<model::Plan> all() const; ///< oldest first
    [[nodiscard]] std::vector<model::Plan> of(std::string_view environment_id) const;

    /// By id or unique prefix of 4 digits at least. Errors: not_found, malformed.
    [[nodiscard]] Result<model::Plan> find(std::string_view id) const;

    /// The plan of this environment that waits for a person, or nullptr.
    [[nodiscard]] const model::Plan* waiting(std::string_view environment_id) const;

    /// The one that tells the person what to do there, or nullptr.
    [[nodiscard]] const model::Plan* advice(std::string_view environment_id) const;

    Result<void> add(journal::Journal& journal, const model::Plan& plan);
    /// Gives the plan as it is now. A step that the life of a plan does not have is plan_changed and changes nothing.
    Result<model::Plan> set_state(journal::Journal& journal, const std::string& id, model::PlanState state,
                                  const std::string& reason);

private:
    [[nodiscard]] const model::Plan* in_state(std::string_view environment_id, model::PlanState state) const;

    std::map<std::string, model::Plan> m_plans;
};

} // namespace envfix::service
