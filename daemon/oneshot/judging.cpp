#include "oneshot/judging.hpp"

#include "app/configuration.hpp"
#include "capture/trail.hpp"
#include "oneshot/places.hpp"

#include <sched.h>

#include <utility>

namespace envfix::oneshot {

namespace {

/// Not std::thread::hardware_concurrency(), which reads a file of /sys.
bool has_processors_to_spare()
{
    cpu_set_t allowed;
    return ::sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 1;
}

} // namespace

Judging::Means::Means(const fs::Tree& machine, const app::Surroundings& surroundings, fs::Witness& witness)
    : hashes(machine, surroundings.cache_dir), interpreters(machine, surroundings.cache_dir, "interpreters"),
      libraries(machine, surroundings.cache_dir, "libraries")
{
    const auto seen = machine.seen_by(witness);
    const auto config = app::load_daemon_config(seen, surroundings, problems);
    auto chains = app::load_chains(seen, surroundings.config_dirs, config.chains);
    problems.insert(problems.end(), chains.problems.begin(), chains.problems.end());
    chain = std::move(chains.chain);
}

Judging::Judging(const fs::Tree& tree, const fs::Tree& machine, const app::Surroundings& surroundings)
    : m_tree(tree), m_machine(machine), m_surroundings(surroundings), m_reports(machine, surroundings)
{
}

Judging::Means& Judging::means()
{
    if (!m_means) m_means.emplace(m_machine, m_surroundings, m_seen);
    return *m_means;
}

const std::vector<model::PolicyProblem>& Judging::problems()
{
    static const std::vector<model::PolicyProblem> none;
    return m_means ? m_means->problems : none; // what was healthy without a problem in them has seen no other files since
}

model::EnvironmentReport Judging::report_of(const model::Environment& environment, bool probe)
{
    const bool may_keep = m_tree.is_system() && !probe;
    if (may_keep) {
        if (auto known = m_reports.find(environment)) return *std::move(known);
    }
    const auto now_ns = wall_clock_ns();
    auto& by = means();
    fs::Witness witness;
    const capture::Options options{.home = m_surroundings.home,
                                   .now_ns = now_ns,
                                   .interpreters = m_tree.is_system() ? &by.interpreters.facts() : nullptr,
                                   .libraries = m_tree.is_system() ? &by.libraries.facts() : nullptr,
                                   .witness = may_keep ? &witness : nullptr,
                                   .threads = has_processors_to_spare(),
                                   .session = m_surroundings.search_paths};
    auto judged = app::judge(m_tree, environment, by.chain, by.hashes.cache(), options);
    if (probe) {
        const auto request = app::probe_request(judged, by.chain, m_surroundings.home, m_surroundings.search_path,
                                                m_surroundings.cache_dir);
        const auto probed = probe::run_blocking(request);
        app::add_probe(judged.report, probed ? *probed : model::ProbeResult{.error = probed.error().message});
    }
    if (may_keep && by.problems.empty() && app::is_drawn_from_files(judged.snapshot) && app::KeptReports::is_worth_keeping(judged.report)) {
        const auto trail = capture::Trail::of(m_machine, {&m_seen, &witness}, now_ns);
        if (trail) m_reports.keep(environment, judged.report, *trail);
    }
    return std::move(judged.report);
}

void Judging::save()
{
    if (!m_means) return;
    m_means->hashes.save();
    m_means->interpreters.save();
    m_means->libraries.save();
}

} // namespace envfix::oneshot
