#pragma once

#include "formats/inotify.hpp"
#include "fs/tree.hpp"
#include "inventory/inventory.hpp"
#include "model/environment.hpp"
#include "watch/inotify.hpp"
#include "watch/table.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace envfix::watch {

/// A look at the disk that takes its time: done away from the loop, with watches set on the way.
struct Job {
    inventory::Places places;
    inventory::Limits limits;
    bool all = false;                 ///< every root and the known places
    bool known_places = false;        ///< the known places only
    std::map<std::string, int> below; ///< folders, with their depth below their root
    std::size_t budget = 0;           ///< so many watches may be set
    std::uint64_t generation = 0;
};

struct Scan {
    Job job;
    inventory::Survey survey;
    std::vector<std::pair<int, Above>> watched;
    bool limit_reached = false;
};

/// Does a job. Watches each folder before it reads its names. May run in any thread.
Scan perform(const fs::Tree& tree, const Inotify& inotify, Job job);

/// Which environments there are, kept up to date by watches on the folders above them, and by scans
/// of what these tell of. Decides what to scan; `perform` does it.
class Surroundings {
public:
    struct Change {
        std::vector<model::Environment> appeared; ///< or found with another executable or project
        std::vector<model::Environment> vanished;
        std::vector<std::string> exchanged; ///< there, and maybe not the one that was: a folder above it moved
    };

    /// At most `most` watches are set above environments.
    Surroundings(const fs::Tree& tree, const Inotify& inotify, Table& table,
                 inventory::Limits limits, std::size_t most)
        : m_tree(tree), m_inotify(inotify), m_table(table), m_limits(std::move(limits)),
          m_most(most)
    {
    }

    void set_places(inventory::Places places);

    void scan_all() { m_all = true; }

    /// What is known of an environment's own folder may be out of date.
    void look_again_at(const std::string& environment) { m_look_again.insert(environment); }

    /// Keeps an event of a folder above environments until next_job. False if it does not matter,
    /// or if too many are kept already: then all is scanned.
    bool keep(const formats::InotifyEvent& event);
    [[nodiscard]] bool has_work() const;

    /// Digests what was kept. What it can tell at once is in `change`; the job is what is left to
    /// scan.
    Job next_job(Change& change);

    [[nodiscard]] static bool is_empty(const Job& job)
    {
        return !job.all && !job.known_places && job.below.empty();
    }

    /// Between next_job and merge, events of watches that are not known yet are kept, too.
    [[nodiscard]] bool is_scanning() const { return m_scanning; }

    void merge(Scan scan, Change& change);

    [[nodiscard]] const std::map<std::string, model::Environment>& known() const { return m_known; }

    [[nodiscard]] bool is_limit_reached() const { return m_limit_reached; }

    /// What cut the last scan of everything short, and what it could not look into.
    [[nodiscard]] const std::vector<std::string>& limits() const { return m_limits_met; }

    [[nodiscard]] const std::vector<model::Unreadable>& unreadable() const { return m_unreadable; }

private:
    void digest(const formats::InotifyEvent& event);
    void digest_below(const Above& above, const formats::InotifyEvent& event);
    void drop(const std::vector<int>& watches);
    void check(const std::string& path, Change& change);
    void look_again(const std::string& environment, Change& change);
    void put(model::Environment environment, Change& change);
    void note_projects(const Scan& scan);
    void ask_again(const std::string& folder);
    void settle_projects(Change& change);

    const fs::Tree& m_tree;
    const Inotify& m_inotify;
    Table& m_table;
    inventory::Limits m_limits;
    std::size_t m_most;
    inventory::Places m_places;
    std::map<std::string, model::Environment> m_known; ///< by id
    std::vector<formats::InotifyEvent> m_kept;
    std::set<std::string> m_look_again;
    inventory::ProjectFolders m_projects;
    std::set<std::string> m_to_ask;   ///< folders whose statement of what they need has come, gone or changed
    std::set<std::string> m_to_check; ///< paths at or below which environments may have gone
    std::map<std::string, int> m_to_scan;
    bool m_known_places = false;
    bool m_all = false;
    bool m_scanning = false;
    bool m_limit_reached = false;
    std::uint64_t m_generation = 0;
    std::vector<std::string> m_limits_met;
    std::vector<model::Unreadable> m_unreadable;
};

} // namespace envfix::watch
