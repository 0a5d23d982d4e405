#include "accounts/book.hpp"

#include "accounts/roots.hpp"

#include <algorithm>

namespace envfix::accounts {

namespace {

std::size_t memory_of(const std::string& text)
{
    return sizeof text + text.capacity();
}

std::size_t memory_of(const std::vector<std::string>& texts)
{
    std::size_t sum = sizeof texts;
    for (const auto& text : texts) sum += memory_of(text);
    return sum;
}

/// What it takes here: a record of many empty lists is short, and what is made of it is not.
std::size_t memory_of(const model::EnvironmentReport& report)
{
    auto sum = sizeof report + report.path.capacity() + report.state_reason.capacity();
    for (const auto& link : report.chain) {
        sum += sizeof link + link.distribution.capacity() + link.version.capacity() + link.location.capacity() + memory_of(link.shadows);
    }
    for (const auto& finding : report.findings) {
        sum += sizeof finding + finding.code.capacity() + finding.summary.capacity() + memory_of(finding.remedies);
        for (const auto& each : finding.evidence) {
            sum += memory_of(each.path) + memory_of(each.owner) + memory_of(each.expected) + memory_of(each.actual);
        }
    }
    return sum;
}

} // namespace

void Book::set_roots(std::vector<std::string> roots)
{
    m_roots = std::move(roots);
    m_surveyed = false;
    for (auto at = m_entries.begin(); at != m_entries.end();) {
        const auto& report = at->second.report;
        if (is_ours({.kind = report.kind, .path = report.path})) {
            ++at;
        } else {
            m_bytes -= at->second.bytes;
            at = m_entries.erase(at);
        }
    }
}

void Book::begin()
{
    for (auto& [id, entry] : m_entries) entry.told = false;
    m_too_many = 0;
    m_elsewhere = 0;
    m_trouble.clear();
    m_surveyed = false;
}

void Book::surveyed(std::string trouble)
{
    m_trouble = std::move(trouble);
    m_surveyed = true;
    for (auto at = m_entries.begin(); at != m_entries.end();) {
        if (at->second.told) {
            ++at;
        } else {
            m_bytes -= at->second.bytes;
            at = m_entries.erase(at);
        }
    }
}

bool Book::take(Seen seen)
{
    auto& report = seen.report;
    const bool project_is_ours = seen.project.empty() || is_ours({.kind = report.kind, .path = seen.project});
    if (!is_ours({.kind = report.kind, .path = report.path}) || !project_is_ours) {
        ++m_elsewhere;
        return false;
    }
    if (seen.left_out > 0) {
        report.state_reason += (report.state_reason.empty() ? "" : "; ") + std::to_string(seen.left_out) +
                               " more findings are not told here";
    }
    // The same environment takes the place of what was known of it, and its room.
    const auto size = memory_of(report) + seen.project.capacity();
    const auto old = m_entries.find(report.id);
    const auto room = m_bytes - (old == m_entries.end() ? 0 : old->second.bytes);
    if (room + size > k_most_bytes || (old == m_entries.end() && m_entries.size() == k_most_environments)) {
        ++m_too_many;
        if (old == m_entries.end()) return false;
        m_bytes = room; // what was told before is true no more
        m_entries.erase(old);
        return true;
    }
    m_bytes = room + size;
    auto& entry = m_entries[report.id];
    const bool changed = entry.report != report || entry.project != seen.project;
    entry = {.report = std::move(report), .project = std::move(seen.project), .bytes = size, .told = true};
    return changed;
}

bool Book::take(const Gone& gone)
{
    const auto found = m_entries.find(model::environment_id(gone.place.kind, gone.place.path));
    if (found == m_entries.end()) return false;
    m_bytes -= found->second.bytes;
    m_entries.erase(found);
    return true;
}

std::string Book::trouble() const
{
    if (m_too_many > 0) {
        return "there is more than the machine's daemon keeps of one account (" + std::to_string(k_most_environments) +
               " environments, 4 MiB of memory): reports of others are left out";
    }
    if (m_elsewhere > 0) return "its worker told of places outside of these folders, which is not believed";
    return m_trouble;
}

bool Book::is_ours(const Place& place) const
{
    return std::ranges::any_of(m_roots, [&](const std::string& root) { return lies_below(place.path, root); });
}

} // namespace envfix::accounts
