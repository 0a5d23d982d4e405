#pragma once

#include "base/result.hpp"
#include "journal/journal.hpp"
#include "model/plan.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::service {

/// The plans of today in memory, of those that have ended the latest, so that `status` asks no disk; each change is on disk before it is here.
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

    /// A plan that waits is approved and its run begins: both are written down in one, or neither. Gives the plan as it is now.
    Result<model::Plan> begin(journal::Journal& journal, const model::Run& run);

    /// The plan's first rung was tried when it was made, so that nobody waits for it later: `key` is remedy::trial_key, empty where it
    /// could not be tried; `at_s` is boottime. A restart forgets it, and so does the end of the plan.
    Result<model::Plan> note_tried(journal::Journal& journal, const std::string& id, std::string key, std::int64_t at_s,
                                   const std::string& reason);

    [[nodiscard]] bool was_tried(const std::string& id) const { return m_tried.contains(id); }

    /// What was noted, if it went well and is not too old.
    [[nodiscard]] std::string tried_key(const std::string& id, std::int64_t now_s) const;

private:
    struct Tried {
        std::string key;
        std::int64_t at_s = 0;
    };

    void forget_ended();
    [[nodiscard]] const model::Plan* in_state(std::string_view environment_id, model::PlanState state) const;

    std::map<std::string, model::Plan> m_plans;
    std::map<std::string, Tried> m_tried; ///< by id of plans that wait or run
};

} // namespace envfix::service
