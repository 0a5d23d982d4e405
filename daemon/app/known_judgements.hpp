#pragma once

#include "app/judge.hpp"
#include "capture/trail.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace envfix::app {

/// Judgements of a process that judges again and again. One holds as long as everything that it was drawn from is as it was:
/// that is asked of the disk each time, by statuses alone. For one Tree and one chain: with another one it is made anew.
class KnownJudgements {
public:
    /// judge(), or what it said before where it would say the same.
    Judgement judge(const fs::Tree& tree, const model::Environment& environment, const model::Chain& chain,
                    capture::HashCache& hashes, const capture::Options& options);

private:
    struct Kept {
        Judgement judgement;
        capture::Trail trail;
    };

    struct Known {
        std::int64_t looked_ns = 0; ///< wall clock: when the disk was read last
        std::uint64_t used = 0;     ///< m_turn when it was asked for last
        std::optional<Kept> kept;
    };

    static bool holds(const fs::Tree& tree, const Kept& kept, const model::Chain& chain, const capture::Options& options);
    Known& known_of(std::string key);

    std::map<std::string, Known> m_known;
    std::uint64_t m_turn = 0;
};

} // namespace envfix::app
