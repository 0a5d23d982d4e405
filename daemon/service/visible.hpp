#pragma once

#include "bus/port.hpp"
#include "service/world.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::service {

/// The environments that a caller may see, at this moment: all that the daemon has judged itself, and of those of accounts
/// (service/accounts.hpp) his own; root sees all. What he may not see is to him as if it were not there (THREATS.md B5).
class Visible {
public:
    Visible(const World& world, const bus::Caller& caller);

    /// By path.
    [[nodiscard]] std::vector<std::string> ids() const;
    /// What he means by ENV; all where it is empty. Errors: not_found, malformed.
    [[nodiscard]] Result<std::vector<std::string>> named(std::string_view env) const;
    /// Of an id that ids() or named() gave.
    [[nodiscard]] model::EnvironmentReport report(const std::string& id) const;

    [[nodiscard]] bool is_of_account(const std::string& id) const { return m_of_accounts.contains(id); }

private:
    const World& m_world;
    std::map<std::string, model::EnvironmentReport> m_of_accounts;
    std::vector<model::Environment> m_names; ///< of those
};

/// Why nothing is done to an environment of an account, and what that account can do; empty: `env` names none.
std::string why_only_watched(const World& world, std::string_view env);

} // namespace envfix::service
