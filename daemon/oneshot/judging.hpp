#pragma once

#include "app/chains.hpp"
#include "app/judge.hpp"
#include "app/kept_facts.hpp"
#include "app/kept_reports.hpp"
#include "app/known_hashes.hpp"
#include "app/surroundings.hpp"
#include "fs/tree.hpp"
#include "fs/witness.hpp"
#include "model/policy.hpp"
#include "model/report.hpp"

#include <optional>
#include <vector>

namespace envfix::oneshot {

/// The judgements of one run of the program, with what its earlier runs have left in the cache.
class Judging {
public:
    /// `tree`: where the environments lie; `machine`: the system's, with the configuration. All outlive this.
    Judging(const fs::Tree& tree, const fs::Tree& machine, const app::Surroundings& surroundings);

    /// What is wrong with the files of the configuration, which are left out.
    [[nodiscard]] const std::vector<model::PolicyProblem>& problems();

    /// With `probe` the chain is imported in the real interpreter, too; the cache folder has to be there.
    model::EnvironmentReport report_of(const model::Environment& environment, bool probe = false);

    /// Leaves what was learnt to the next run.
    void save();

private:
    /// What only a look at the disk needs: most runs find that nothing has changed.
    struct Means {
        Means(const fs::Tree& machine, const app::Surroundings& surroundings, fs::Witness& witness);

        std::vector<model::PolicyProblem> problems;
        model::Chain chain;
        app::KnownHashes hashes;
        app::KeptFacts<capture::KnownInterpreters> interpreters;
        app::KeptFacts<capture::KnownLibraries> libraries;
    };

    Means& means();

    const fs::Tree& m_tree;
    const fs::Tree& m_machine;
    const app::Surroundings& m_surroundings;
    app::KeptReports m_reports;
    fs::Witness m_seen; ///< of the configuration
    std::optional<Means> m_means;
};

} // namespace envfix::oneshot
