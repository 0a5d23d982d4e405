#include "service/visible.hpp"

#include "service/accounts.hpp"
#include "service/publishing.hpp"
#include "service/system_fix.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace envfix::service {

Visible::Visible(const World& world, const bus::Caller& caller) : m_world(world)
{
    if (world.accounts == nullptr) return;
    for (auto& report : world.accounts->visible_to(caller.uid)) {
        auto id = report.id;
        m_of_accounts.emplace(std::move(id), std::move(report));
    }
    m_names = world.accounts->environments_of(caller.uid);
}

std::vector<std::string> Visible::ids() const
{
    auto own = m_world.catalogue.by_path();
    if (m_of_accounts.empty()) return own;
    const auto path_of = [&](const std::string& id) -> const std::string& {
        const auto other = m_of_accounts.find(id);
        return other != m_of_accounts.end() ? other->second.path : m_world.catalogue.find(id)->environment.path;
    };
    for (const auto& [id, report] : m_of_accounts) {
        if (m_world.catalogue.find(id) == nullptr) own.push_back(id);
    }
    std::ranges::sort(own, [&](const auto& a, const auto& b) { return std::tie(path_of(a), a) < std::tie(path_of(b), b); });
    return own;
}

Result<std::vector<std::string>> Visible::named(std::string_view env) const
{
    if (env.empty()) return ids();
    ENVFIX_TRY(auto id, m_world.catalogue.resolve(env, m_names));
    return std::vector<std::string>{std::move(id)};
}

model::EnvironmentReport Visible::report(const std::string& id) const
{
    // What the daemon has seen itself comes before what anybody tells.
    if (const auto* known = m_world.catalogue.find(id); known != nullptr) return shown_report(m_world, *known);
    const auto other = m_of_accounts.find(id);
    return other != m_of_accounts.end() ? other->second : model::EnvironmentReport{};
}

std::string why_only_watched(const World& world, std::string_view env)
{
    if (world.accounts == nullptr) return {};
    const auto id = world.catalogue.resolve(env, world.accounts->environments_of(0));
    if (!id || world.catalogue.find(*id) != nullptr) return {};
    const auto owner = world.accounts->owner_of(*id, 0);
    const auto report = owner ? world.accounts->report(*id, *owner) : std::nullopt;
    if (!report) return {};
    const auto name = name_of_user(*owner);
    return report->path + " belongs to " + name + ": the machine's daemon watches it and changes nothing there. As " + name +
           ": what `envfixctl --system show " + *id + "` advises, or that account's own daemon (loginctl enable-linger " + name +
           "; systemctl --user -M " + name + "@ enable --now envfixd), which fixes it by its policies";
}

} // namespace envfix::service
