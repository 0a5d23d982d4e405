#pragma once

#include "base/result.hpp"
#include "bus/resolve.hpp"
#include "model/answers.hpp"
#include "model/environment.hpp"
#include "model/report.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envfix::service {

/// A person's wish that we keep off.
struct Hold {
    std::int64_t until_s = 0; ///< wall clock; 0: until released
    std::string reason;
    std::string by;

    bool operator==(const Hold&) const = default;
};

/// What the system's journal has of an environment (chronicle.hpp).
struct Recorded {
    model::EnvironmentState state = model::EnvironmentState::healthy;
    std::set<std::string> codes;
    bool broken = false; ///< since it was well the last time
};

/// What is known of one environment between two judgements. Small: a machine may have ten thousand.
struct Known {
    model::Environment environment;
    model::EnvironmentReport report; ///< as judged; its state is what the disk gave
    std::optional<Hold> hold;
    std::optional<std::string> quarantine; ///< why we gave up on it
    std::string run;                       ///< id of the run that works on it; empty: none
    bool needs_libraries = false;          ///< a change of the system's libraries may concern it
    bool judged = false;                   ///< a report is there
    Recorded recorded;
};

/// The environments that the daemon knows. Keeps books; reads nothing.
class Catalogue {
public:
    /// `exists`: whether something lies at an absolute path.
    explicit Catalogue(bus::Exists exists) : m_exists(std::move(exists)) {}

    [[nodiscard]] const std::map<std::string, Known>& all() const { return m_known; }

    [[nodiscard]] Known* find(const std::string& id);
    [[nodiscard]] const Known* find(const std::string& id) const;

    /// Takes up an environment; false if it was there already.
    bool add(const model::Environment& environment);
    void remove(const std::string& id);

    /// What a person means by ENV (bus/resolve.hpp), `more` that he may name included. Errors: not_found, malformed.
    [[nodiscard]] Result<std::string> resolve(std::string_view text, const std::vector<model::Environment>& more = {}) const;

    /// The report as it is shown: with the states that only we know of, `fixing`, `quarantined`, `awaiting-approval`.
    /// `waiting`: a plan for it waits for approval.
    [[nodiscard]] model::EnvironmentReport shown(const Known& known, bool waiting) const;

    /// Ids by path.
    [[nodiscard]] std::vector<std::string> by_path() const;

private:
    bus::Exists m_exists;
    std::map<std::string, Known> m_known;
};

} // namespace envfix::service
