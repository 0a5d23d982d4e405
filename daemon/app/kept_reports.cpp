#include "app/kept_reports.hpp"

#include "app/judge.hpp"
#include "app/kept_facts.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace envfix::app {

namespace {

constexpr std::uint32_t k_format = 0x31526645; // "EfR1"
constexpr std::size_t k_name_digits = 2;       // 256 files at most: another environment's is written over

std::string name_of(const model::Environment& environment)
{
    return "healthy-" + environment.id.substr(0, k_name_digits);
}

void put(fs::ByteWriter& out, const model::EnvironmentReport& report)
{
    out.text(report.fingerprint).text(report.interpreter_path).text(report.interpreter_version);
    out.text(report.interpreter_implementation).text(report.interpreter_soabi);
    out.u32(static_cast<std::uint32_t>(report.chain.size()));
    for (const auto& link : report.chain) {
        out.text(link.distribution).text(link.version).text(link.location).text(link.state);
        out.u32(static_cast<std::uint32_t>(link.shadows.size()));
        for (const auto& shadow : link.shadows) out.text(shadow);
    }
}

model::EnvironmentReport take_report(fs::ByteReader& in, const model::Environment& environment)
{
    model::EnvironmentReport report;
    report.id = environment.id;
    report.path = environment.path;
    report.kind = environment.kind;
    report.state = model::EnvironmentState::healthy;
    report.fingerprint = in.text();
    report.interpreter_path = in.text();
    report.interpreter_version = in.text();
    report.interpreter_implementation = in.text();
    report.interpreter_soabi = in.text();
    const auto links = in.count(sizeof(std::uint32_t));
    for (std::size_t n = 0; n < links && in.ok(); ++n) {
        model::ChainReport link;
        link.distribution = in.text();
        link.version = in.text();
        link.location = in.text();
        link.state = in.text();
        const auto shadows = in.count(sizeof(std::uint32_t));
        for (std::size_t s = 0; s < shadows && in.ok(); ++s) link.shadows.push_back(in.text());
        report.chain.push_back(std::move(link));
    }
    return report;
}

} // namespace

KeptReports::KeptReports(const fs::Tree& tree, const Surroundings& surroundings)
    : m_tree(tree), m_surroundings(surroundings), m_program(own_mark(tree))
{
}

std::string KeptReports::key_of(const model::Environment& environment) const
{
    fs::ByteWriter key;
    key.text(app::key_of(environment, m_surroundings.home, m_surroundings.search_paths)).text(m_surroundings.user);
    for (const auto& folder : m_surroundings.config_dirs) key.text(folder);
    // What somebody may read is part of what is told; that he has left a group no file shows.
    key.u32(::geteuid()).u32(::getegid());
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const auto count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(0, count)));
    for (const auto group : groups) key.u32(group);
    return key.bytes();
}

std::optional<model::EnvironmentReport> KeptReports::find(const model::Environment& environment) const
{
    const auto bytes = read_kept(m_tree, m_surroundings.cache_dir, name_of(environment));
    fs::ByteReader in(bytes);
    if (in.u32() != k_format || m_program == capture::FileMark{} || capture::FileMark::take(in) != m_program) return std::nullopt;
    if (in.text() != key_of(environment)) return std::nullopt;
    auto report = take_report(in, environment);
    const auto trail = capture::Trail::take(in);
    if (!in.finish("what is known of an environment") || trail.is_empty() || !trail.holds(m_tree)) return std::nullopt;
    return report;
}

bool KeptReports::is_worth_keeping(const model::EnvironmentReport& report)
{
    return report.state == model::EnvironmentState::healthy && report.state_reason.empty() && report.findings.empty() && !report.probe;
}

void KeptReports::keep(const model::Environment& environment, const model::EnvironmentReport& report,
                       const capture::Trail& trail) const
{
    if (m_program == capture::FileMark{}) return;
    fs::ByteWriter out;
    out.u32(k_format);
    m_program.put(out);
    out.text(key_of(environment));
    put(out, report);
    trail.put(out);
    write_kept(m_surroundings.cache_dir, name_of(environment), out.bytes());
}

} // namespace envfix::app
