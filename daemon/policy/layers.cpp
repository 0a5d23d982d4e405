#include "policy/layers.hpp"

#include "policy/fix_policy.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace envfix::policy {

namespace {

/// A policy file that has not been masked so far.
struct Candidate {
    Rank rank = Rank::vendor;
    std::string name;
    std::string path;
    Parsed<model::FixPolicy> parsed;

    [[nodiscard]] bool is_protected() const
    {
        return rank == Rank::admin && parsed && parsed->enforced;
    }
};

class Loader {
public:
    explicit Loader(std::string_view home) : m_home(home) {}

    void add(Rank rank, const File& file)
    {
        if (rank == Rank::project) {
            if (!file.off) m_projects.push_back(candidate(rank, file));
            return;
        }
        const auto there = m_candidates.find(file.name);
        if (there != m_candidates.end()) {
            if (rank > Rank::admin && there->second.is_protected()) {
                refuse(file.path, "it cannot mask " + there->second.path + ", which is enforced");
                return;
            }
            m_set.masked.push_back({.path = there->second.path, .by = file.path});
            m_candidates.erase(there);
        }
        if (!file.off) m_candidates.emplace(file.name, candidate(rank, file));
    }

    PolicySet finish()
    {
        std::vector<Candidate> ordered;
        for (auto& [name, candidate] : m_candidates)
            ordered.push_back(std::move(candidate));
        for (auto& candidate : m_projects)
            ordered.push_back(std::move(candidate));
        std::ranges::stable_sort(
            ordered, {}, [](const Candidate& c) { return std::tuple(c.rank, c.name, c.path); });
        for (auto& candidate : ordered)
            keep(std::move(candidate));
        for (auto& candidate : m_kept)
            m_set.policies.push_back(*std::move(candidate.parsed));
        return std::move(m_set);
    }

private:
    [[nodiscard]] Candidate candidate(Rank rank, const File& file) const
    {
        const Place place{.home = m_home,
                          .may_enforce = rank == Rank::admin,
                          .in_project = rank == Rank::project};
        return {.rank = rank,
                .name = file.name,
                .path = file.path,
                .parsed = parse_fix_policy(file.content, file.path, place)};
    }

    void refuse(const std::string& path, std::string reason)
    {
        m_set.problems.push_back(
            {.file = path, .line = 0, .column = 0, .reason = std::move(reason)});
    }

    /// Candidates come lowest first, so one of the same name that is kept already is the earlier.
    void keep(Candidate candidate)
    {
        if (!candidate.parsed) {
            const auto& problems = candidate.parsed.error();
            m_set.problems.insert(m_set.problems.end(), problems.begin(), problems.end());
            return;
        }
        const auto same = std::ranges::find_if(m_kept, [&](const Candidate& kept) {
            return kept.parsed->name == candidate.parsed->name;
        });
        if (same == m_kept.end()) {
            m_kept.push_back(std::move(candidate));
            return;
        }
        const auto taken = [](const Candidate& winner) {
            return "a policy of this name counts from " + winner.path;
        };
        if (same->is_protected() || candidate.rank == Rank::project) {
            refuse(candidate.path, taken(*same));
            return;
        }
        refuse(same->path, taken(candidate));
        m_kept.erase(same);
        m_kept.push_back(std::move(candidate));
    }

    std::string_view m_home;
    std::map<std::string, Candidate> m_candidates;
    std::vector<Candidate> m_projects;
    std::vector<Candidate> m_kept;
    PolicySet m_set;
};

/// Each directory's files by name, so that the result does not depend on the order of readdir.
std::vector<const File*> sorted(const Directory& directory)
{
    std::vector<const File*> files;
    for (const auto& file : directory.files)
        files.push_back(&file);
    std::ranges::sort(files, {}, [](const File* file) { return std::tie(file->name, file->path); });
    return files;
}

} // namespace

std::vector<File> in_force(std::span<const Directory> directories)
{
    std::map<std::string, File> by_name;
    for (const auto& directory : directories) {
        for (const auto* file : sorted(directory))
            by_name.insert_or_assign(file->name, *file);
    }
    std::vector<File> files;
    for (auto& [name, file] : by_name) {
        if (!file.off) files.push_back(std::move(file));
    }
    return files;
}

PolicySet load_policies(std::span<const Directory> directories, std::string_view home)
{
    Loader loader(home);
    for (const auto& directory : directories) {
        for (const auto* file : sorted(directory))
            loader.add(directory.rank, *file);
    }
    return loader.finish();
}

} // namespace envfix::policy
