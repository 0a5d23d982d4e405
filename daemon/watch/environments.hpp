#pragma once

#include "formats/inotify.hpp"
#include "fs/tree.hpp"
#include "inventory/watch_folders.hpp"
#include "watch/facts.hpp"
#include "watch/inotify.hpp"
#include "watch/table.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace envfix::watch {

/// The watches inside of environments, and what their events mean. Those that cannot be watched are
/// named by `polled`.
class Environments {
public:
    /// `most` watches may be set in all, those above environments included.
    Environments(const fs::Tree& tree, const Inotify& inotify, Table& table, std::size_t most)
        : m_tree(tree), m_inotify(inotify), m_table(table), m_most(most)
    {
    }

    /// Watches the first of `folders`, with six watches at most. Of one that does not exist the
    /// folder is watched that will hold it, or the next above that exists, until it comes. True if
    /// one of them was not watched before: what happened in it until now went unseen.
    bool follow(const std::string& environment, std::vector<inventory::WatchedFolder> folders);
    void forget(const std::string& environment);
    /// Other folders may lie at the paths of this one's: `catch_up` looks.
    void look_again_at(const std::string& environment);
    /// Ends the watches on dist-info folders in the making.
    void settled(const std::string& environment);

    /// Notes what one event means for each subscriber of its folder.
    void take(const formats::InotifyEvent& event, const WatchedFolder& folder, Facts& facts);
    /// Watches what `take` found to have come, and looks what is in it already.
    void catch_up(Facts& facts);

    /// Tries again to watch what is polled.
    void retry_polled();

    [[nodiscard]] const std::set<std::string>& polled() const { return m_polled; }

    [[nodiscard]] bool is_limit_reached() const { return m_limit_reached; }

private:
    using Watched = std::map<std::pair<int, Role>, std::string>; ///< path

    struct Followed {
        std::vector<inventory::WatchedFolder> wanted;
        Watched watched;
        std::deque<std::pair<int, std::string>> in_the_making;
    };

    bool arm(const std::string& environment, Followed& followed);
    bool watch(const std::string& environment, const inventory::WatchedFolder& wanted, Watched& watched);
    [[nodiscard]] Result<int> add_within_limit(int folder, Interest interest) const;
    Result<int> add(int folder, Interest interest);
    void drop(int watch, const std::string& environment, Role role);
    void end_of_folder(int watch, const Subscriber& subscriber, Facts& facts);
    void watch_metadata(const std::string& environment, const std::string& path, Facts& facts);

    const fs::Tree& m_tree;
    const Inotify& m_inotify;
    Table& m_table;
    std::size_t m_most;
    std::map<std::string, Followed> m_followed;
    std::set<std::string> m_polled;
    std::set<std::string> m_to_arm;
    std::set<std::pair<std::string, std::string>> m_new_metadata; ///< environment, path
    bool m_limit_reached = false;
};

} // namespace envfix::watch
