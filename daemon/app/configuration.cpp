#include "app/configuration.hpp"

#include "app/chains.hpp"
#include "app/files.hpp"
#include "policy/approval.hpp"
#include "policy/layers.hpp"

#include <iterator>
#include <utility>

namespace envfix::app {

namespace {

template <typename List> void append(List& list, List more)
{
    list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void read_daemon_config(const ConfigFiles& files, const std::string& home, policy::DaemonConfig& config,
                        std::vector<model::PolicyProblem>& problems)
{
    append(problems, files.problems);
    for (const auto& file : policy::in_force(files.directories)) {
        auto parsed = policy::parse_daemon_config(file.content, file.path, config, home);
        if (parsed) {
            config = *std::move(parsed);
        } else {
            append(problems, parsed.error());
        }
    }
}

/// Approvals for every user of the machine count only where nobody but root can have written them.
void read_fleet_approvals(const fs::Tree& tree, const std::vector<std::string>& places, Configuration& configuration)
{
    auto files = config_files(tree, places, "approvals.d", "");
    append(configuration.problems, std::move(files.problems));
    for (const auto& directory : files.directories) {
        for (const auto& file : directory.files) {
            const auto status = tree.stat(file.path);
            constexpr unsigned k_others_may_write = 022;
            const bool roots_own = status && status->uid == 0 && (status->mode & k_others_may_write) == 0;
            if (file.off || !roots_own) {
                if (!file.off) {
                    configuration.problems.push_back({.file = file.path,
                                                      .reason = "approvals count only in a file that root owns and nobody "
                                                                "else may write"});
                }
                continue;
            }
            auto parsed = policy::parse_approvals(file.content, file.path);
            if (parsed) {
                append(configuration.fleet_approvals, *std::move(parsed));
            } else {
                append(configuration.problems, parsed.error());
            }
        }
    }
}

} // namespace

policy::DaemonConfig load_daemon_config(const fs::Tree& tree, const Surroundings& surroundings,
                                        std::vector<model::PolicyProblem>& problems)
{
    policy::DaemonConfig config;
    const auto& places = surroundings.config_dirs;
    read_daemon_config(config_file(tree, places, "envfixd.yaml"), surroundings.home, config, problems);
    read_daemon_config(config_files(tree, places, "envfixd.yaml.d", ""), surroundings.home, config, problems);
    return config;
}

Configuration load_configuration(const fs::Tree& tree, const Surroundings& surroundings)
{
    Configuration configuration;
    const auto& places = surroundings.config_dirs;
    configuration.daemon = load_daemon_config(tree, surroundings, configuration.problems);

    auto chains = load_chains(tree, places, configuration.daemon.chains);
    configuration.chain = std::move(chains.chain);
    append(configuration.problems, std::move(chains.problems));

    auto files = config_files(tree, places, "policies.d", "fixes");
    append(configuration.problems, std::move(files.problems));
    auto policies = policy::load_policies(files.directories, surroundings.home);
    configuration.policies = std::move(policies.policies);
    append(configuration.problems, std::move(policies.problems));

    read_fleet_approvals(tree, places, configuration);
    return configuration;
}

} // namespace envfix::app
