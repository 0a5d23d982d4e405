#pragma once

#include "base/result.hpp"
#include "fs/write_tree.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"
#include "model/snapshot.hpp"
#include "remedy/rename_list.hpp"
#include "remedy/pip.hpp"
#include "remedy/pip_settings.hpp"
#include "remedy/store.hpp"
#include "remedy/surroundings.hpp"
#include "remedy/target.hpp"
#include "remedy/wanted.hpp"

#include <asio/awaitable.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace envfix::remedy {

/// Works out the steps of one plan that change distributions of one environment.
class StepResolver {
public:
    /// Where the environment is changed, and with what.
    struct Ground {
        model::Snapshot snapshot;
        PipSettings settings; ///< the person's own
        Surroundings surroundings;
        Target target;
    };

    /// `store` may be null. `root` is Target::root.
    StepResolver(Ground ground, Store* store, fs::WriteTree root)
        : m_ground(std::move(ground)), m_store(store), m_root(std::move(root))
    {
    }

    /// `problem` is set where the step cannot be done; the step then says what it was to be.
    asio::awaitable<Result<model::Step>> step(model::StepTemplate wanted, std::string* problem);

private:
    /// Keeps the first reason.
    static void note(const Result<void>& result, std::string* problem);

    [[nodiscard]] std::string absolute(const std::string& path) const;

    Result<void> restore(const std::string& text, model::Step& made);

    /// What goes with these distributions, unless others have it too.
    Result<std::vector<std::string>> paths_of(const std::set<std::string>& names);

    Result<void> uninstall(const std::string& text, model::Step& made);

    Result<void> quarantine(const std::string& what, model::Step& made);

    /// How much of what a RECORD lists is there as it says.
    [[nodiscard]] std::size_t matching(const InstalledFiles& files) const;

    /// Of several metadata folders of one name all but the one that describes the files best: the
    /// newest version where they describe them equally well.
    [[nodiscard]] std::vector<std::string> stale_metadata() const;

    asio::awaitable<Result<model::PackageChange>> wheel(std::string text, model::StepTemplate step);

    /// Whether its version is one that all who require it take.
    [[nodiscard]] bool suits(const model::Distribution& here, const Wanted& wanted) const;

    /// What the step's packages need and what is not there, as part of the plan. Where pip cannot
    /// tell, the plan says so and brings the packages alone.
    asio::awaitable<Result<void>> dependencies(model::StepTemplate step, model::Step& made);

    [[nodiscard]] std::string requirement_for(const Wanted& wanted, const model::Distribution* here,
                                              model::StepKind kind) const;

    Ground m_ground;
    Store* m_store;
    fs::WriteTree m_root;
    std::optional<Pip> m_pip;
};

} // namespace envfix::remedy
