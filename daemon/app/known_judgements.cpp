#include "app/known_judgements.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace envfix::app {

namespace {

constexpr std::size_t k_most = 64; // some 60 KiB each
constexpr std::int64_t k_burst_ns = 2'000'000'000;

} // namespace

bool KnownJudgements::holds(const fs::Tree& tree, const Kept& kept, const model::Chain& chain, const capture::Options& options)
{
    const auto& was = kept.judgement.snapshot;
    if (options.places != nullptr && was.environment.kind != model::EnvironmentKind::project) {
        const auto places = capture::look_around(tree, chain, options, was.environment, was.interpreter);
        const auto same = std::tie(was.local_modules, was.path_settings, was.starts);
        if (std::tie(places.local_modules, places.path_settings, places.starts) != same) return false;
    }
    return kept.trail.holds(tree);
}

KnownJudgements::Known& KnownJudgements::known_of(std::string key)
{
    if (m_known.size() >= k_most && !m_known.contains(key)) {
        m_known.erase(std::ranges::min_element(m_known, {}, [](const auto& entry) { return entry.second.used; }));
    }
    auto& known = m_known[std::move(key)];
    known.used = ++m_turn;
    return known;
}

Judgement KnownJudgements::judge(const fs::Tree& tree, const model::Environment& environment, const model::Chain& chain,
                                 capture::HashCache& hashes, const capture::Options& options)
{
    if (!options.variables.empty()) return app::judge(tree, environment, chain, hashes, options);
    auto& known = known_of(key_of(environment, options.home, options.session));
    if (known.kept && holds(tree, *known.kept, chain, options)) return known.kept->judgement;

    // What has just changed may change again without its times showing it, and could not be kept.
    const bool was_known = known.kept.has_value();
    const auto since = options.now_ns - known.looked_ns;
    known.kept.reset();
    known.looked_ns = options.now_ns;
    if (was_known || (since >= 0 && since < k_burst_ns)) return app::judge(tree, environment, chain, hashes, options);

    fs::Witness witness;
    auto seen = options;
    seen.witness = &witness;
    auto judgement = app::judge(tree, environment, chain, hashes, seen);
    if (!is_drawn_from_files(judgement.snapshot)) return judgement;
    if (auto trail = capture::Trail::of(tree, {&witness}, options.now_ns)) {
        known.kept = Kept{.judgement = judgement, .trail = *std::move(trail)};
    }
    return judgement;
}

} // namespace envfix::app
